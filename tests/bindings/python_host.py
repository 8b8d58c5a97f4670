"""For the drivers: a Python that has cffi, and the package as one can import it from a folder."""
import functools
import os
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("TRUNKLINE_BIN", ROOT / "build" / "dev" / "bin")).resolve()
LIBRARY = BIN.parent / "lib" / "libtrunkline.so.0"


@functools.lru_cache(maxsize=None)
def is_sanitized():
    """Built with sanitizers: no foreign program can load such an object."""
    return any(name in LIBRARY.read_bytes() for name in (b"__asan_init", b"__tsan_init"))


@functools.lru_cache(maxsize=None)
def interpreter(*modules):
    """A Python that can import these: this one, or Debian's, for which the packages are; None if there is none."""
    if is_sanitized():
        return None
    for python in (sys.executable, "/usr/bin/python3"):
        probe = [python, "-c", "import " + ", ".join(modules)]
        if os.path.exists(python) and subprocess.run(probe, capture_output=True).returncode == 0:
            return python
    return None


def stage(python, folder):
    """Puts the package into a folder, ready to be imported."""
    source, target = ROOT / "bindings" / "python", pathlib.Path(folder)
    shutil.copytree(source / "trunkline", target / "trunkline", dirs_exist_ok=True,
                    ignore=shutil.ignore_patterns("__pycache__"))
    subprocess.run([python, str(source / "build_ffi.py"), str(target)], check=True)
    return {**os.environ, "PYTHONPATH": str(target), "TRUNKLINE_LIBRARY": str(LIBRARY), "PYTHONDONTWRITEBYTECODE": "1"}
