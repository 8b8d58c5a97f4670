"""The masker: removes secrets and personal data from texts that are about to leave."""
import enum
import json
import threading
from dataclasses import dataclass
from typing import Any, Mapping, Union, overload

from ._handle import Handle, opened, text
from ._library import ffi, lib
from .errors import MaskerError, class_of, fail, status_name

__all__ = ["Masker", "MaskStream", "MaskTotals", "Zone"]


class Zone(enum.IntEnum):
    """Where a text is about to go."""

    LOG = 0
    ERROR = 1
    API = 2
    WEBHOOK_OUT = 3
    EXPORT = 4
    TRANSCRIPT = 5


@dataclass(frozen=True)
class MaskTotals:
    found: int     #: values masked, ever
    failed: int    #: texts in whose place a marker came


_raw = ffi.new_allocator(should_clear_after_alloc=False)


class _Room(threading.local):
    """A buffer a thread: made anew only for a longer text, dropped after a very long one."""

    size = 0
    buffer: Any = None

    def of(self, size: int) -> Any:
        if size > self.size:
            buffer = _raw("char[]", size)
            if size > 1 << 20:
                return buffer
            self.buffer, self.size = buffer, size
        return self.buffer


_room = _Room()


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return data.decode("utf-8", "replace")


def _bytes(piece: Union[bytes, bytearray, memoryview], demand: str) -> bytes:
    if not isinstance(piece, (bytes, bytearray, memoryview)):
        raise TypeError(f"{demand}, not {type(piece).__name__}")
    return bytes(piece)


def _failed(status: int, marker: str = "") -> MaskerError:
    kind = class_of(status)
    if not issubclass(kind, MaskerError):
        fail(status)
    e = kind("the text could not be masked (" + status_name(status) + "); a marker stands in its place", status=status)
    if marker:
        e.marker = marker
    return e


class Masker(Handle):
    """Threads: any. Works on after fork().

    `policy`: a document as in docs/masker.md, as JSON text or as dict; None for the rules of the library alone.
    """

    __slots__ = ()

    def __init__(self, policy: Union[None, str, Mapping[str, Any]] = None) -> None:
        document = "" if policy is None else policy if isinstance(policy, str) else json.dumps(policy)
        encoded = text(document, "policy")
        self._handle = opened("masker", lib.trunkline_masker_open, encoded, len(encoded))

    @overload
    def mask(self, value: str, zone: int = Zone.LOG) -> str: ...

    @overload
    def mask(self, value: Union[bytes, bytearray, memoryview], zone: int = Zone.LOG) -> bytes: ...

    def mask(self, value: Union[str, bytes, bytearray, memoryview], zone: int = 0) -> Union[str, bytes]:
        """The text with everything masked that may not go there; the same object if there was nothing, but always bytes for
        a bytearray or memoryview.

        Raises MaskerError, whose `marker` may stand in its place, and never gives any of the text then.
        """
        handle = self._handle
        if handle is None:
            self._live()
        if not isinstance(value, (str, bytes)):
            value = _bytes(value, "a text must be str or bytes")    # a copy: others may write to what it was made of
        data = value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value
        size = lib.trunkline_mask_bound(handle, len(data))
        out = _room.of(size)
        n = lib.trunkline_mask(handle, zone, data, len(data), out, size, ffi.NULL)
        if n == 0:
            return value
        if n < 0:
            raise _failed(n, "[MASKER_LIMIT]" if n == lib.TRUNKLINE_E_MASKER_LIMIT else "")
        masked = ffi.buffer(out, n)[:]
        return _decoded(masked) if isinstance(value, str) else bytes(masked)

    def register_secret(self, secret: str) -> None:
        """From now on this value is masked wherever it appears; 8 to 512 bytes."""
        s = text(secret, "secret")
        status = lib.trunkline_mask_register_secret(self._live(), s, len(s))
        if status != 0:
            fail(status, "a secret must have 8 to 512 bytes")

    @property
    def totals(self) -> MaskTotals:
        found, failed = ffi.new("uint64_t *"), ffi.new("uint64_t *")
        lib.trunkline_masker_totals(self._live(), found, failed)
        return MaskTotals(found[0], failed[0])

    def stream(self, zone: int = Zone.LOG) -> "MaskStream":
        return MaskStream(self, zone)


class MaskStream(Handle):
    """A text that arrives in pieces, cut anywhere; it may outlive its masker. One thread at a time (others wait)."""

    __slots__ = ("_lock", "_out")

    def __init__(self, masker: Masker, zone: int = Zone.LOG) -> None:
        if not isinstance(masker, Masker):
            raise TypeError(f"a stream needs a Masker, not {type(masker).__name__}")
        self._handle = opened("mask_stream", lib.trunkline_mask_stream_open, masker._live(), zone)
        self._lock = threading.Lock()
        self._out = _raw("char[]", 4096)

    def _take(self, call: Any, *piece: Any) -> bytes:
        left = ffi.new("size_t *")
        parts, failure = [], None
        with self._lock:
            handle = self._live()
            while True:
                n = call(handle, *piece, self._out, 4096, left)
                if n < 0:
                    failure = _failed(n)
                else:
                    parts.append(ffi.buffer(self._out, n)[:])
                if left[0] == 0:
                    break
                if piece:
                    piece = (ffi.NULL, 0)
        if failure is not None:
            failure.ready = b"".join(parts)
            raise failure
        return b"".join(parts)

    def feed(self, piece: Union[bytes, bytearray, memoryview]) -> bytes:
        """Takes a piece, gives what is decided.

        Raises MaskerError once, with what was decided until then, and a marker, as `ready`. Nothing of the input comes
        out after that.
        """
        data = _bytes(piece, "a piece must be bytes")
        return self._take(lib.trunkline_mask_stream_feed, data, len(data))

    def flush(self) -> bytes:
        """The input has ended; gives the rest. The stream is then as new."""
        return self._take(lib.trunkline_mask_stream_flush)
