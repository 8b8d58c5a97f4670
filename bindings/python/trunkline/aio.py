"""The client for asyncio: completion over the queue's descriptor, no thread of Python's, nothing polls."""
import asyncio
import json
from typing import Any, Dict, Mapping, Optional, Tuple

from ._handle import closed_error
from ._queue import Queue
from .client import Progress, call_request, options_text, request_text
from .errors import InvalidArgument

__all__ = ["AsyncClient"]


class AsyncClient:
    """As Client, with methods to await. Belongs to the event loop in which it is first used.

    Cancelling a task that awaits a request cancels the request, with the guarantees of a crash.
    """

    def __init__(self, **options: Any) -> None:
        if options.get("threads") == 0:
            raise InvalidArgument("threads: 0 has nobody to run requests under asyncio")
        self._queue = Queue(self, options_text(options))
        self._loop: Optional[asyncio.AbstractEventLoop] = None
        self._pending: Dict[int, Tuple["asyncio.Future[str]", Optional[Progress]]] = {}

    def _attach(self) -> asyncio.AbstractEventLoop:
        self._queue.check_process()
        if self._queue.closed:
            raise closed_error(self)
        loop = asyncio.get_running_loop()
        if self._loop is None:
            loop.add_reader(self._queue.fd, self._on_ready)
            self._loop = loop
        elif self._loop is not loop:
            raise RuntimeError("this AsyncClient belongs to another event loop")
        return loop

    async def request(self, request: Mapping[str, Any], on_progress: Optional[Progress] = None) -> Any:
        """Runs {"op": NAME, ...} and gives its answer. Raises Error."""
        return json.loads(await self.request_text(request_text(request), on_progress))

    async def request_text(self, request: str, on_progress: Optional[Progress] = None) -> str:
        loop = self._attach()
        ended: "asyncio.Future[str]" = loop.create_future()
        op = self._queue.submit(request)
        self._pending[op] = (ended, on_progress)
        try:
            return await ended
        except asyncio.CancelledError:
            self._queue.cancel(op)
            raise
        finally:
            self._pending.pop(op, None)

    def _on_ready(self) -> None:
        if self._queue.closed:
            return
        for event in self._queue.events():
            ended, on_progress = self._pending.get(event.op, (None, None))
            if ended is None or ended.done():
                continue
            if event.done and event.error is not None:
                ended.set_exception(event.error)
            elif event.done:
                ended.set_result(event.document)
            elif on_progress is not None:
                try:
                    on_progress(json.loads(event.document))
                except Exception as e:    # ends the request it belongs to, not the reader of all of them
                    ended.set_exception(e)
                    self._queue.cancel(event.op)

    async def call(self, operation: str, arguments: Optional[Mapping[str, Any]] = None,
                   priority: Optional[str] = None) -> Any:
        """One call of the API; gives the body of the answer. It is not masked: it is for the program, not for logs."""
        return (await self.request(call_request(operation, arguments, priority)))["body"]

    async def aclose(self) -> None:
        """Cancels what is under way, with the guarantees of a crash, and waits for its end."""
        if self._queue.closed:
            return
        if self._queue.forked:
            self.close()
            return
        self._detach()
        await asyncio.get_running_loop().run_in_executor(None, self._queue.close)

    def close(self) -> None:
        """As aclose(), for use without a loop; blocks until what was under way has ended."""
        self._detach()
        self._queue.close()

    def _detach(self) -> None:
        if self._queue.forked:    # the loop's epoll is the parent's too: what is removed here is removed there
            self._pending.clear()
            return
        if self._loop is not None and not self._loop.is_closed():
            self._loop.remove_reader(self._queue.fd)
        for ended, _ in list(self._pending.values()):
            if not ended.done():
                ended.set_exception(closed_error(self))
        self._pending.clear()

    @property
    def closed(self) -> bool:
        return self._queue.closed

    async def __aenter__(self) -> "AsyncClient":
        self._attach()
        return self

    async def __aexit__(self, *ignored: Any) -> None:
        await self.aclose()
