"""Builds the wheel: _ffi.py from the C header, and the shared library beside it if one is built.

The library that goes in: TRUNKLINE_LIBRARY, else the newest build/*/lib/libtrunkline.so.0 of the checkout. Without one the
wheel is small and the package looks for libtrunkline.so.0 where the system keeps libraries (see trunkline/_library.py).
"""
import os
import pathlib
import re
import shutil
import sys

from setuptools import setup
from setuptools.command.build_py import build_py
from wheel.bdist_wheel import bdist_wheel

HERE = pathlib.Path(__file__).resolve().parent
CHECKOUT = HERE.parents[1]
NAME = "libtrunkline.so.0"
sys.path.insert(0, str(HERE))    # a build backend does not put it there


def library():
    if os.environ.get("TRUNKLINE_LIBRARY"):
        return pathlib.Path(os.environ["TRUNKLINE_LIBRARY"])
    built = sorted(CHECKOUT.glob(f"build/*/lib/{NAME}"), key=lambda p: p.stat().st_mtime)
    return built[-1] if built else None


def version():
    text = (CHECKOUT / "CMakeLists.txt").read_text(encoding="utf-8")
    return re.search(r"project\(trunkline VERSION ([0-9.]+)", text).group(1)


class Build(build_py):
    def run(self):
        super().run()
        from build_ffi import ffi
        target = pathlib.Path(self.build_lib)
        ffi.compile(tmpdir=str(target))
        if library():
            shutil.copyfile(library(), target / "trunkline" / NAME)


class Wheel(bdist_wheel):
    """Any Python 3 of this platform: the library is called through its C interface, nothing is compiled against Python."""

    def finalize_options(self):
        super().finalize_options()
        self.root_is_pure = library() is None

    def get_tag(self):
        _, _, platform = super().get_tag()
        return "py3", "none", platform


setup(version=version(), cmdclass={"build_py": Build, "bdist_wheel": Wheel})
