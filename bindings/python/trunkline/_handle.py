"""What all handles have in common."""
from typing import Any, NoReturn, Optional, Tuple, Type, TypeVar

from .errors import ClosedError, checked
from ._library import ffi, lib

Self = TypeVar("Self", bound="Handle")


def text(value: str, what: str) -> bytes:
    if not isinstance(value, str):
        raise TypeError(f"{what} must be a str, not {type(value).__name__}")
    return value.encode("utf-8", "surrogatepass")


def opened(kind: str, call: Any, *arguments: Any) -> Any:
    """Calls an _open function; what it gives is closed when the last reference to it is gone."""
    out = ffi.new(f"trunkline_{kind} **")
    checked(call, *arguments, out)
    return ffi.gc(out[0], getattr(lib, f"trunkline_{kind}_close"))


class Handle:
    """Closing drops our reference only: a call under way in another thread has its own, so nothing is freed under it."""

    __slots__ = ("_handle", "__weakref__")
    _handle: Any

    def close(self) -> None:
        """Ends the use of this object; closing again does nothing."""
        self._handle = None

    @property
    def closed(self) -> bool:
        return self._handle is None

    def _live(self) -> Any:
        handle = self._handle
        if handle is None:
            raise closed_error(self)
        return handle

    def __enter__(self: Self) -> Self:
        self._live()
        return self

    def __exit__(self, kind: Optional[Type[BaseException]], error: Optional[BaseException], trace: Any) -> None:
        self.close()

    def __reduce__(self) -> NoReturn:
        """What copy and pickle go by. A copy would be a second owner: closing one of them would not close the other."""
        raise TypeError(f"a {type(self).__name__} cannot be copied or pickled; share it, or open another one")


def closed_error(of: object) -> ClosedError:
    return ClosedError(f"the {type(of).__name__} is closed", status=lib.TRUNKLINE_E_CLOSING)


class _Gone:
    """Stands where a bound function of the library stood before close(). Pickles and copies of it are of no use."""

    __slots__ = ("_of",)

    def __init__(self, of: object) -> None:
        self._of = type(of).__name__

    def __call__(self, *ignored: Any) -> Any:
        raise ClosedError(f"the {self._of} is closed", status=lib.TRUNKLINE_E_CLOSING)


def gone(of: object, names: Tuple[str, ...]) -> None:
    stand_in = _Gone(of)
    for name in names:
        setattr(of, name, stand_in)
