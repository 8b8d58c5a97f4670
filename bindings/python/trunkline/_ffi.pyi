# Made while the wheel is built, see build_ffi.py.
from cffi import FFI

ffi: FFI
