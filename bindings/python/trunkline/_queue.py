"""A client's handle with its queue of requests and events: what Client and AsyncClient share.

Every call into the library is short and made under one lock, also for requests that block: they wait in Python, for the
queue's descriptor. So a thread that waits can be interrupted, and nobody is inside the library while it closes.
"""
import os
import threading
from typing import Any, List, NamedTuple, Optional

from ._handle import closed_error, text
from ._library import ffi, lib
from .errors import Error, ForkedError, checked, error_of


class Event(NamedTuple):
    op: int
    done: bool
    document: str
    error: Optional[Error]


class Queue:
    def __init__(self, owner: object, options: str) -> None:
        self._owner_type = owner
        self._pid = os.getpid()
        self.lock = threading.Lock()
        encoded = text(options, "options")
        out = ffi.new("trunkline_client **")
        checked(lib.trunkline_client_open, encoded, len(encoded), out)
        self._handle: Any = out[0]
        # A second descriptor of the same counter: it can be waited for, and written to, until the last waiter has gone.
        self.fd = os.dup(lib.trunkline_queue_fd(self._handle))

    def __del__(self) -> None:
        try:
            self.close()
        except Exception:
            pass
        if getattr(self, "fd", -1) >= 0:
            os.close(self.fd)

    @property
    def closed(self) -> bool:
        return self._handle is None

    @property
    def forked(self) -> bool:
        """Whether this is a child of the process that opened it."""
        return os.getpid() != self._pid

    def check_process(self) -> None:
        """Before any lock: in a forked child another thread's lock would never open."""
        if self.forked:
            raise ForkedError("the client was opened before fork(), in another process; open one in this process",
                              status=lib.TRUNKLINE_E_FORKED)

    def _live(self) -> Any:
        if self._handle is None:
            raise closed_error(self._owner_type)
        return self._handle

    def submit(self, request: str) -> int:
        self.check_process()
        encoded, op = text(request, "request"), ffi.new("uint64_t *")
        with self.lock:
            checked(lib.trunkline_queue_submit, self._live(), encoded, len(encoded), op)
        return int(op[0])

    def cancel(self, op: int) -> None:
        self.check_process()
        with self.lock:
            if self._handle is not None:
                lib.trunkline_queue_cancel(self._handle, op)

    def pump(self) -> None:
        """Runs what is queued, for a client that was opened with {"threads": 0}."""
        with self.lock:
            lib.trunkline_queue_wait(self._live(), 0)

    def events(self) -> List[Event]:
        """What has come since the last call."""
        out: List[Event] = []
        with self.lock:
            while True:
                e = lib.trunkline_queue_next(self._live())
                if e == ffi.NULL:
                    return out
                try:
                    out.append(self._event(e))
                finally:
                    lib.trunkline_event_free(e)

    @staticmethod
    def _event(e: Any) -> Event:
        status = lib.trunkline_event_status(e)
        return Event(lib.trunkline_event_op(e), lib.trunkline_event_kind(e) == lib.TRUNKLINE_EVENT_DONE,
                     ffi.string(lib.trunkline_event_document(e)).decode("utf-8", "surrogatepass"),
                     error_of(lib.trunkline_event_error(e), status) if status != 0 else None)

    def close(self) -> None:
        """Cancels what is under way and waits for its end; who waits is woken and finds it closed."""
        if self.forked:
            self._handle = None    # another process's: only forgotten
            return
        with self.lock:
            handle, self._handle = self._handle, None
            if handle is not None:
                lib.trunkline_client_close(handle)
        if handle is not None:
            os.write(self.fd, (1).to_bytes(8, "little"))
