"""Signatures of what the service sends."""
import enum
from typing import Iterable, Optional, Tuple, Union

from ._handle import text
from ._library import ffi, lib
from .errors import SignatureError, fail

__all__ = ["Webhook", "Signature", "SIGNATURE_HEADER"]

SIGNATURE_HEADER = "X-Retell-Signature"


class Signature(enum.IntEnum):
    OK = 0
    MALFORMED = 1    #: no header, or not of the form
    EXPIRED = 2
    IN_FUTURE = 3
    MISMATCH = 4
    NO_KEY = 5


def _bytes(value: Union[str, bytes], what: str) -> bytes:
    return value if isinstance(value, bytes) else text(value, what)


class Webhook:
    """Checks signatures against every key that is valid now: several while one is replaced by another.

    Threads: any. Holds no handle.
    """

    __slots__ = ("_keys", "tolerance_ms")

    def __init__(self, keys: Union[str, Iterable[str]], tolerance_ms: int = -1) -> None:
        self._keys: Tuple[bytes, ...] = tuple(text(k, "a key") for k in ([keys] if isinstance(keys, str) else keys))
        self.tolerance_ms = tolerance_ms    #: both ways; negative: 5 minutes

    def verify(self, body: bytes, header: Optional[str], now_ms: int = -1) -> Signature:
        """`body`: the raw bytes as they came, before anything parses them. `header`: the value of X-Retell-Signature."""
        if not isinstance(body, (bytes, bytearray, memoryview)):
            raise TypeError("the body must be the raw bytes of the request")
        body, h = bytes(body), text(header or "", "header")
        kept = [ffi.from_buffer(k) for k in self._keys]
        keys = ffi.new("trunkline_text[]", [(k, len(raw)) for k, raw in zip(kept, self._keys)])
        result = lib.trunkline_webhook_verify(body, len(body), h, len(h), keys, len(kept), now_ms, self.tolerance_ms)
        if result < 0:
            fail(result)
        return Signature(result)

    def check(self, body: bytes, header: Optional[str], now_ms: int = -1) -> None:
        """As verify(), but raises SignatureError for anything but OK."""
        result = self.verify(body, header, now_ms)
        if result is not Signature.OK:
            e = SignatureError("the signature of the webhook is not good: " + result.name.lower())
            e.result = result
            raise e

    @staticmethod
    def sign(body: bytes, key: str, now_ms: int = -1) -> str:
        """Makes the header's value, for tests of receivers."""
        out, k = ffi.new("char[]", 96), text(key, "key")
        n = lib.trunkline_webhook_sign(bytes(body), len(body), k, len(k), now_ms, out, 96)
        if n < 0:
            fail(n, "the key is empty or the time has not 13 digits")
        return str(ffi.buffer(out, n)[:].decode())
