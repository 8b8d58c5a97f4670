# Made while the wheel is built, see build_ffi.py.
from typing import Any

ffi: Any    # a cffi.FFI
