"""Finds and opens the shared library."""
import os
import pathlib
from typing import Any, Iterator

from ._ffi import ffi as ffi    # for the other modules too

SONAME = "libtrunkline.so.0"


def _places() -> Iterator[str]:
    named = os.environ.get("TRUNKLINE_LIBRARY")
    if named:
        yield named    # and nothing else: who names a library means that one
        return
    beside = pathlib.Path(__file__).resolve().parent / SONAME
    if beside.is_file():
        yield str(beside)
    yield SONAME       # wherever the system's loader looks


def _open() -> Any:
    tried = []
    for place in _places():
        try:
            return ffi.dlopen(place)
        except OSError as e:
            tried.append(str(e))
    raise ImportError(f"trunkline: the shared library {SONAME} cannot be loaded ({'; '.join(tried)}); "
                      "install it, or name it in TRUNKLINE_LIBRARY")


lib: Any = _open()


def version() -> str:
    """Version of the shared library."""
    return str(ffi.string(lib.trunkline_version_text()).decode())
