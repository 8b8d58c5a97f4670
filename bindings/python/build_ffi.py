"""Declares the C interface for cffi (out-of-line, ABI mode): makes trunkline/_ffi.py from trunkline.ffi.h.

    build_ffi.py FOLDER     writes FOLDER/trunkline/_ffi.py; setup.py does the same while it builds the wheel
"""
import pathlib
import sys

from cffi import FFI

HERE = pathlib.Path(__file__).resolve().parent
# In a checkout, and in a source distribution.
HEADERS = (HERE.parents[1] / "capi" / "trunkline.ffi.h", HERE / "trunkline.ffi.h")

ffi = FFI()
ffi.cdef(next(h for h in HEADERS if h.is_file()).read_text(encoding="utf-8"))
ffi.set_source("trunkline._ffi", None)

if __name__ == "__main__":
    ffi.compile(tmpdir=sys.argv[1])
