"""An account: store, client of the service, sync engine. Requests and answers are JSON documents."""
import json
import select
import threading
from typing import Any, Callable, Dict, List, Mapping, Optional, Union

from ._handle import closed_error
from ._queue import Event, Queue

__all__ = ["Client", "Progress"]

Progress = Callable[[Dict[str, Any]], None]


def options_text(options: Mapping[str, Any]) -> str:
    return json.dumps({k: v for k, v in options.items() if v is not None})


def request_text(request: Union[str, Mapping[str, Any]]) -> str:
    return request if isinstance(request, str) else json.dumps(request)


class Client:
    """One account. One request runs at a time, others wait for it. Threads: any. After fork(): ForkedError.

    `options`: store, environment, key_file, tenant, actor, shared, cache, base_url, api_key, api_key_file, concurrency,
    rate, burst, timeout_ms, ca_file, allow_plain_http, threads; what is not given comes from the environment
    (RETELL_API_KEY, RETELL_BASE_URL, ...). Opens nothing yet: the store is opened by the first request that needs it.
    """

    def __init__(self, **options: Any) -> None:
        self._pumped = options.get("threads") == 0
        self._queue = Queue(self, options_text(options))
        self._changed = threading.Condition()
        self._pending: Dict[int, List[Event]] = {}    # of operations somebody waits for
        self._leading = False                         # a thread waits for the descriptor, for all others too

    def request(self, request: Mapping[str, Any], on_progress: Optional[Progress] = None) -> Any:
        """Runs {"op": NAME, ...} and gives its answer. Raises Error. An exception while it waits (KeyboardInterrupt)
        cancels the request, with the guarantees of a crash."""
        return json.loads(self.request_text(request_text(request), on_progress))

    def request_text(self, request: str, on_progress: Optional[Progress] = None) -> str:
        """As request(), JSON text to JSON text: nothing of a document is lost on the way, not even how a number is spelled."""
        queue = self._queue
        queue.check_process()
        with self._changed:
            op = queue.submit(request)
            self._pending[op] = []
        try:
            return self._outcome(op, on_progress)
        except BaseException:
            if not queue.closed:
                queue.cancel(op)
            raise
        finally:
            with self._changed:
                self._pending.pop(op, None)

    def _outcome(self, op: int, on_progress: Optional[Progress]) -> str:
        while True:
            for event in self._next_events(op):
                if not event.done:
                    if on_progress is not None:
                        on_progress(json.loads(event.document))
                elif event.error is not None:
                    raise event.error
                else:
                    return event.document

    def _next_events(self, op: int) -> List[Event]:
        """Waits until there is one. Of several threads one leads: it waits for the descriptor and hands events out."""
        with self._changed:
            while not self._pending[op] and self._leading:
                self._changed.wait()
            events = self._pending[op]
            if events:
                self._pending[op] = []
                return events
            self._leading = True
        try:
            self._lead()
        finally:
            with self._changed:
                self._leading = False
                self._changed.notify_all()
        return []

    def _lead(self) -> None:
        queue = self._queue
        if queue.closed:
            raise closed_error(self)
        if self._pumped:
            queue.pump()
        ready = select.poll()
        ready.register(queue.fd, select.POLLIN)
        ready.poll()
        if queue.closed:
            raise closed_error(self)
        events = queue.events()
        with self._changed:
            for event in events:
                if event.op in self._pending:
                    self._pending[event.op].append(event)

    def call(self, operation: str, arguments: Optional[Mapping[str, Any]] = None, priority: Optional[str] = None) -> Any:
        """One call of the API; gives the body of the answer. It is not masked: it is for the program, not for logs."""
        return self.request(call_request(operation, arguments, priority))["body"]

    def __copy__(self) -> "Client":
        return self    # two would take each other's events off the one queue

    def close(self) -> None:
        """Cancels what is under way, with the guarantees of a crash, and waits for its end. Closing again does nothing."""
        self._queue.close()

    @property
    def closed(self) -> bool:
        return self._queue.closed

    def __enter__(self) -> "Client":
        if self.closed:
            raise closed_error(self)
        return self

    def __exit__(self, *ignored: Any) -> None:
        self.close()


def call_request(operation: str, arguments: Optional[Mapping[str, Any]], priority: Optional[str]) -> Dict[str, Any]:
    request: Dict[str, Any] = {"op": "call", "operation": operation, "arguments": dict(arguments or {})}
    if priority is not None:
        request["priority"] = priority
    return request
