"""What can go wrong, by what a caller can do about it. Everything the library raises of its own is an Error."""
import json
from typing import Any, Dict, NoReturn, Optional, Type

from ._library import ffi, lib

__all__ = [
    "Error", "InvalidArgument", "TransportError", "Canceled", "OutcomeUnknown", "ServiceError", "NotFound", "Unauthorized",
    "RateLimited", "CircuitOpen", "StoreError", "SyncError", "MergeConflict", "StalePlan", "GuardRefused", "Partial",
    "UnknownRelease", "InternalError", "ForkedError", "ClosedError", "MaskerError", "LeaseGone", "SignatureError",
]


class Error(Exception):
    """A failure of the library.

    Branch on the class, on `code` (a stable name such as "outcome_unknown") or on the conditions; `str(e)` is one line
    for people and never holds a secret.
    """

    def __init__(self, message: str = "", *, status: int = 0, conditions: int = 0, operation: str = "",
                 request_id: str = "", http_status: Optional[int] = None, retry_after: Optional[float] = None,
                 document_text: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.operation = operation           #: of the API, for example "get-agent"; "" for local work
        self.request_id = request_id         #: the service's, or ""
        self.http_status = http_status       #: None if no answer arrived
        self.retry_after = retry_after       #: seconds, as the service asked; None if it did not
        self.document_text = document_text   #: JSON of what was done all the same, or ""
        self._conditions = conditions

    @property
    def code(self) -> str:
        return status_name(self.status)

    @property
    def document(self) -> Any:
        """What the operation brought although it failed (conflicts, partial work); None if nothing."""
        return json.loads(self.document_text) if self.document_text else None

    @property
    def retryable(self) -> bool:
        """Repeating later may succeed."""
        return bool(self._conditions & lib.TRUNKLINE_CONDITION_RETRYABLE)

    @property
    def ambiguous(self) -> bool:
        """The service may or may not have acted."""
        return bool(self._conditions & lib.TRUNKLINE_CONDITION_AMBIGUOUS)

    @property
    def auth(self) -> bool:
        """Key or payment: repeating cannot help."""
        return bool(self._conditions & lib.TRUNKLINE_CONDITION_AUTH)


class InvalidArgument(Error, ValueError):
    """The caller's input; nothing was done."""


class TransportError(Error):
    """No complete answer was received."""


class Canceled(TransportError):
    """Cancelled, with the guarantees of a crash."""


class OutcomeUnknown(TransportError):
    """It was sent, no answer came, and it must not be repeated blindly."""


class ServiceError(Error):
    """The service refused or answered something unusable."""


class NotFound(ServiceError):
    pass


class Unauthorized(ServiceError):
    """401, 402 or 403: the key or the account."""


class RateLimited(ServiceError):
    pass


class CircuitOpen(Error):
    """Refused locally, nothing was sent."""


class StoreError(Error):
    """The store, its key, or a backup."""


class SyncError(Error):
    pass


class MergeConflict(SyncError):
    """A field changed here and at the service; `document` names the conflicts and what was done all the same."""


class StalePlan(SyncError):
    pass


class GuardRefused(SyncError):
    pass


class Partial(SyncError):
    """Some of the work is done; `document` names the rest, applying again goes on."""


class UnknownRelease(SyncError):
    pass


class InternalError(Error):
    """A broken invariant of the library."""


class ForkedError(Error):
    """The client was opened before fork(), in another process."""


class ClosedError(Error, ValueError):
    """The object is closed."""


class MaskerError(Error):
    """A text could not be masked. `marker` may stand in its place; nothing of the text is in it."""

    marker = "[MASKER_ERROR]"
    ready = b""    # of a stream: what was decided until then, and the marker


class LeaseGone(Error):
    """The lease was released or has expired."""


class SignatureError(Error):
    """A webhook's signature is not good; `result` says why."""

    result: Any = None


def _classes() -> Dict[int, Type[Error]]:
    named: Dict[str, Type[Error]] = {
        "CANCELED": Canceled, "OUTCOME_UNKNOWN": OutcomeUnknown, "NOT_FOUND": NotFound, "UNAUTHORIZED": Unauthorized,
        "PAYMENT_REQUIRED": Unauthorized, "FORBIDDEN": Unauthorized, "RATE_LIMITED": RateLimited,
        "CIRCUIT_OPEN": CircuitOpen, "MERGE_CONFLICT": MergeConflict, "STALE_PLAN": StalePlan,
        "GUARD_REFUSED": GuardRefused, "PARTIAL": Partial, "UNKNOWN_RELEASE": UnknownRelease, "INTERNAL": InternalError,
        "FORKED": ForkedError, "CLOSING": ClosedError, "MASKER_LIMIT": MaskerError, "MASKER_INTERNAL": MaskerError,
        "LEASE_GONE": LeaseGone,
    }
    return {int(getattr(lib, "TRUNKLINE_E_" + name)): c for name, c in named.items()}


_by_status = _classes()
# The numbers of a kind are together, see trunkline.h: (least, class).
_by_range = ((-19, InvalidArgument), (-39, TransportError), (-69, ServiceError), (-89, StoreError), (-119, SyncError))


def class_of(status: int) -> Type[Error]:
    known = _by_status.get(status)
    if known:
        return known
    return next((c for least, c in _by_range if status >= least), Error)


def status_name(status: int) -> str:
    """The stable name of a status, "ok" for 0."""
    return str(ffi.string(lib.trunkline_status_name(status)).decode())


def fail(status: int, message: str = "") -> NoReturn:
    """Raises what a bare status stands for."""
    raise class_of(status)(message or status_name(status).replace("_", " "), status=status)


def _text(c: Any) -> str:
    return str(ffi.string(c).decode("utf-8", "replace"))


def error_of(e: Any, status: int) -> Error:
    """The exception for a trunkline_error, which stays its owner's; `e` may be NULL."""
    if e == ffi.NULL:
        return class_of(status)(status_name(status).replace("_", " "), status=status)
    wait = lib.trunkline_error_retry_after_ms(e)
    return class_of(status)(
        _text(lib.trunkline_error_message(e)), status=status, conditions=lib.trunkline_error_conditions(e),
        operation=_text(lib.trunkline_error_operation(e)), request_id=_text(lib.trunkline_error_request_id(e)),
        http_status=lib.trunkline_error_http_status(e) or None, retry_after=None if wait < 0 else wait / 1000,
        document_text=_text(lib.trunkline_error_document(e)))


def checked(call: Any, *arguments: Any) -> None:
    """Calls a function whose last parameter is `trunkline_error **`; raises if it fails."""
    out = ffi.new("trunkline_error **")
    status = call(*arguments, out)
    if status != 0:
        owned = ffi.gc(out[0], lib.trunkline_error_free) if out[0] != ffi.NULL else out[0]
        raise error_of(owned, status)
