"""Circuit breaker, rate limiter and call leases, shared by all processes of this user on this host."""
import enum
import errno
import socket
import sys
import time
from dataclasses import dataclass, fields
from functools import partial
from typing import Any, Callable, Iterator, List, Optional, Set, Type

from ._handle import Handle, gone, opened, text
from ._library import ffi, lib
from .errors import CircuitOpen, LeaseGone, fail

__all__ = [
    "Space", "Breaker", "BreakerOptions", "BreakerSnapshot", "Call", "Circuit", "Outcome", "Limiter", "LimiterOptions",
    "LimiterSnapshot", "Priority", "Leases", "Lease", "LeasesSnapshot", "Direction", "outcome_of_status",
]

NEVER = -(2**63)    #: what Limiter.try_acquire() gives for a request that can never go


class Outcome(enum.IntEnum):
    """How a guarded call ended."""

    OK = 0
    REJECTED = 1         #: the caller's fault: 400, 404, 409, 412, 413, 422
    MISCONFIGURED = 2    #: 401, 402, 403
    THROTTLED = 3        #: 429 for the rate
    SATURATED = 4        #: 429 that names concurrency
    SICK = 5             #: 5xx, 408
    UNREACHABLE = 6      #: no connection; nothing was sent
    UNKNOWN = 7          #: sent, and no complete answer
    CANCELLED = 8        #: the caller gave up
    LOCAL = 9            #: never left


class Circuit(enum.IntEnum):
    CLOSED = 0
    OPEN = 1
    HALF_OPEN = 2
    FORCED_OPEN = 3
    DISABLED = 4
    MISCONFIGURED = 5


class Priority(enum.IntEnum):
    LIVE_CALL = 0
    BOOKING = 1
    ADMIN = 2
    BACKGROUND = 3


class Direction(enum.IntEnum):
    OUTBOUND = 0
    INBOUND = 1


def outcome_of_status(status: int) -> Outcome:
    """The outcome of an HTTP answer that does not speak of concurrent calls."""
    if 200 <= status < 400:
        return Outcome.OK
    if status == 429:
        return Outcome.THROTTLED
    if status in (401, 402, 403):
        return Outcome.MISCONFIGURED
    return Outcome.SICK if status == 408 or status >= 500 or status < 200 else Outcome.REJECTED


def _look(kind: str, call: Any, *arguments: Any) -> Any:
    out = ffi.new(f"trunkline_{kind}_snapshot *")
    out.struct_size = ffi.sizeof(f"trunkline_{kind}_snapshot")
    status = call(*arguments, out)
    if status != 0:
        fail(status)
    return out


class Space(Handle):
    """The shared memory in which processes protect a service together.

    If it cannot be shared it is private memory and `reason` says why: protection never fails a call. Threads: any. Works
    on after fork(). What is made from it outlives it.
    """

    __slots__ = ()

    def __init__(self, name: str, *, private: bool = False, create: bool = True, directory: str = "", keys: int = 0,
                 lease_pools: int = 0, events: int = 0) -> None:
        options = ffi.new("trunkline_space_options *")
        options.struct_size = ffi.sizeof("trunkline_space_options")
        options.flags = (lib.TRUNKLINE_SPACE_PRIVATE if private else 0) | (0 if create else lib.TRUNKLINE_SPACE_NO_CREATE)
        options.keys, options.lease_pools, options.events = keys, lease_pools, events
        where = ffi.new("char[]", text(directory, "directory"))
        options.directory, options.directory_len = where, len(where) - 1
        encoded = text(name, "name")
        self._handle = opened("space", lib.trunkline_space_open, encoded, len(encoded), options)

    @property
    def shared(self) -> bool:
        """Whether other processes see it."""
        return bool(lib.trunkline_space_is_shared(self._live()))

    @property
    def reason(self) -> str:
        """Why it is private; "" if it is shared."""
        return str(ffi.string(lib.trunkline_space_reason(self._live())).decode())

    def breaker(self, service: str, tenant: str, group: str = "",
                options: "Optional[BreakerOptions]" = None) -> "Breaker":
        return Breaker(self, service, tenant, group, options)

    def limiter(self, service: str, tenant: str, group: str = "",
                options: "Optional[LimiterOptions]" = None) -> "Limiter":
        return Limiter(self, service, tenant, group, options)

    def leases(self, service: str, tenant: str) -> "Leases":
        return Leases(self, service, tenant)


@dataclass(frozen=True)
class BreakerOptions:
    """0 is the default of the library (in brackets); -1 switches a rule off."""

    window_ms: int = 0                    #: [10,000]
    slow_call_ms: int = 0                 #: [5,000]
    open_base_ms: int = 0                 #: [5,000]
    open_cap_ms: int = 0                  #: [120,000]
    probe_lease_ms: int = 0               #: [30,000]
    misconfigured_interval_ms: int = 0    #: [60,000]
    minimum_calls: int = 0                #: [20]
    count_window: int = 0                 #: 0: a window of time; else the last so many calls, up to 48
    probes: int = 0                       #: [3]
    successes: int = 0                    #: [3]
    connect_failures: int = 0             #: [5] in a row
    failure_permille: int = 0             #: [500]
    slow_permille: int = 0                #: [800]
    combined_permille: int = 0            #: [off]
    seed: int = 0                         #: of the jitter; 0: random
    shadow: bool = False                  #: evaluate and count, admit everything
    striped: bool = False                 #: for a key that many threads use at once
    jitter: bool = True
    slow_start: bool = True

    def _c(self) -> Any:
        return _options("breaker", self, shadow=self.shadow, striped=self.striped, no_jitter=not self.jitter,
                        no_slow_start=not self.slow_start)


@dataclass(frozen=True)
class BreakerSnapshot:
    state: Circuit
    retry_after_ns: int     #: 0 if a call would be admitted now
    generation: int
    calls: int              #: in the window, while closed; so are failures and slow
    failures: int
    slow: int
    rejected: int
    late: int
    would_have_rejected: int
    changes: int
    probes_out: int
    exponent: int           #: of the open time


def _given(options: Any, kind: Type[Any]) -> Any:
    """What the library takes for options, or for none."""
    if options is None:
        return ffi.NULL
    if not isinstance(options, kind):
        raise TypeError(f"options must be {kind.__name__}, not {type(options).__name__}")
    return options._c()


def _options(kind: str, given: Any, **flags: bool) -> Any:
    c = ffi.new(f"trunkline_{kind}_options *")
    c.struct_size = ffi.sizeof(f"trunkline_{kind}_options")
    for field in fields(given):
        value = getattr(given, field.name)
        if not isinstance(value, bool):
            setattr(c, field.name, value)
    for name, on in flags.items():
        if on:
            c.flags |= getattr(lib, f"TRUNKLINE_{kind.upper()}_{name.upper()}")
    return c


class Call:
    """A guarded call; set `outcome` in the block if it was not OK."""

    __slots__ = ("permit", "outcome", "_breaker", "_report", "_start", "_before")

    def __init__(self, breaker: "Breaker") -> None:
        self.permit = 0
        self.outcome: Optional[Outcome] = None
        self._breaker = breaker
        self._report = breaker.report    # also where the breaker is closed meanwhile
        self._start = 0
        self._before: Optional[BaseException] = None

    def __enter__(self) -> "Call":
        self.permit = self._breaker.allow()
        if self.permit == 0:
            wait = self._breaker.look().retry_after_ns / 1e9
            raise CircuitOpen("the circuit breaker is open, nothing was sent", status=lib.TRUNKLINE_E_CIRCUIT_OPEN,
                              conditions=lib.TRUNKLINE_CONDITION_RETRYABLE, retry_after=wait)
        self._before = sys.exc_info()[1]
        self._start = time.monotonic_ns()
        return self

    def __exit__(self, kind: Optional[Type[BaseException]], error: Optional[BaseException], trace: Any) -> None:
        took = time.monotonic_ns() - self._start
        outcome: int = 0
        if self.outcome is not None:
            outcome = self.outcome
        elif error is not None:
            outcome = _outcome_of(error, self._before)
        self._before = None
        self._report(self.permit, outcome, took)


_UNREACHABLE = frozenset((errno.ECONNREFUSED, errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EHOSTDOWN, errno.ENETDOWN))
_UNKNOWN = frozenset((errno.ECONNRESET, errno.ECONNABORTED, errno.EPIPE, errno.ETIMEDOUT))
_MOST_LINKS = 64    # of a chain of errors


def _outcome_of(error: BaseException, before: Optional[BaseException] = None) -> Outcome:
    """`before`: what was being handled when the call began, which is no part of how it ended."""
    if not isinstance(error, Exception):
        return Outcome.CANCELLED    # KeyboardInterrupt, asyncio.CancelledError, ...
    found = {_kind_of(link) for link in _chain(error, before)}
    # The system's word is deep inside: requests wraps what urllib3 wraps. That nothing was sent says more than a time-out.
    return next((o for o in (Outcome.UNREACHABLE, Outcome.UNKNOWN) if o in found), Outcome.LOCAL)


def _kind_of(error: BaseException) -> Outcome:
    if isinstance(error, socket.gaierror):
        return Outcome.UNREACHABLE
    if isinstance(error, OSError) and error.errno is not None:
        if error.errno in _UNREACHABLE:
            return Outcome.UNREACHABLE
        if error.errno in _UNKNOWN:
            return Outcome.UNKNOWN
    # By name, because the client libraries are not known here: of requests, urllib3, httpx, aiohttp, and of Python itself.
    names = {c.__name__ for c in type(error).__mro__}
    if names & {"ConnectionRefusedError", "ConnectError", "ConnectTimeout"}:
        return Outcome.UNREACHABLE
    return Outcome.UNKNOWN if "ConnectionError" in names or any("Timeout" in n for n in names) else Outcome.LOCAL


def _chain(error: BaseException, before: Optional[BaseException]) -> Iterator[BaseException]:
    """An error and what it came from, as far as it says."""
    seen: Set[int] = {id(before)}
    left: List[Any] = [error]
    while left and len(seen) <= _MOST_LINKS:
        link = left.pop()
        if isinstance(link, (list, tuple)):    # as the arguments of a group are
            left += [e for e in link[:_MOST_LINKS] if isinstance(e, BaseException)]
        elif isinstance(link, BaseException) and id(link) not in seen:
            seen.add(id(link))
            yield link
            left += [*link.args[:_MOST_LINKS], vars(link).get("reason"), link.__cause__,
                     None if link.__suppress_context__ else link.__context__]


class Breaker(Handle):
    """The circuit breaker of one (service, tenant, endpoint group). Threads: any. Works on after fork().

    `allow` and `report` are the functions of the library with the handle bound: positional arguments only.
    """

    __slots__ = ("allow", "report", "allow_at", "report_at")

    #: allow() -> permit of one call, to be reported once; 0: rejected, do not call
    allow: Callable[[], int]
    #: report(permit, outcome, duration_ns); duration -1: unknown. Late, double and forged permits change nothing
    report: Callable[[int, int, int], None]
    #: as above at a time of the monotonic clock, in ns: allow_at(now_ns), report_at(permit, outcome, duration_ns, now_ns)
    allow_at: Callable[[int], int]
    report_at: Callable[[int, int, int, int], None]

    def __init__(self, space: Space, service: str, tenant: str, group: str = "",
                 options: Optional[BreakerOptions] = None) -> None:
        s, t, g = text(service, "service"), text(tenant, "tenant"), text(group, "group")
        c = _given(options, BreakerOptions)
        handle = opened("breaker", lib.trunkline_breaker_open, space._live(), s, len(s), t, len(t), g, len(g), c)
        self._handle = handle
        for name in ("allow", "report", "allow_at", "report_at"):
            setattr(self, name, partial(getattr(lib, "trunkline_breaker_" + name), handle))

    def close(self) -> None:
        gone(self, ("allow", "report", "allow_at", "report_at"))
        super().close()

    def call(self) -> Call:
        """Guards a `with` block. Entering raises CircuitOpen if rejected. An exception out of the block that is no matter
        of the connection counts as LOCAL: say what it was through `outcome`."""
        return Call(self)

    def force_open(self) -> None:
        """An operator's word: reject everything."""
        lib.trunkline_breaker_force_open(self._live())

    def disable(self) -> None:
        """Admit everything."""
        lib.trunkline_breaker_disable(self._live())

    def reset(self) -> None:
        """Start anew as closed."""
        lib.trunkline_breaker_reset(self._live())

    def look(self, now_ns: int = -1) -> BreakerSnapshot:
        c = _look("breaker", lib.trunkline_breaker_look, self._live(), now_ns)
        values = {f.name: getattr(c, f.name) for f in fields(BreakerSnapshot)}
        return BreakerSnapshot(**{**values, "state": Circuit(c.state)})


@dataclass(frozen=True)
class LimiterOptions:
    """0 is the default of the library (in brackets)."""

    rate: float = 0       #: requests a second [10]
    floor: float = 0      #: [0.5]
    ceiling: float = 0    #: [1,000, or the rate if that is more]
    burst: int = 0        #: [20]
    shadow: bool = False
    fixed: bool = False       #: the rate does not follow what the service says
    reserves: bool = True     #: keep part of the burst for urgent requests

    def _c(self) -> Any:
        return _options("limiter", self, shadow=self.shadow, fixed=self.fixed, no_reserves=not self.reserves)


@dataclass(frozen=True)
class LimiterSnapshot:
    burst: int
    rate: float
    credit: float             #: requests that may leave now; negative: reserved ahead
    penalty_left_ns: int
    denied: int
    throttled: int
    decreases: int
    penalties_cut: int
    would_have_denied: int
    generation: int


class Limiter(Handle):
    """The rate limiter of one (service, tenant, endpoint group). Threads: any. Works on after fork()."""

    __slots__ = ("try_acquire", "try_acquire_at", "refund")

    #: try_acquire(cost, priority) -> 0 or more: granted, the generation of the rate for throttled();
    #: less than 0: not now, asking earlier than in -x ns is in vain; NEVER: it can never go
    try_acquire: Callable[[int, int], int]
    #: try_acquire_at(cost, priority, now_ns)
    try_acquire_at: Callable[[int, int, int], int]
    #: refund(cost): gives back what a request took that did not leave
    refund: Callable[[int], None]

    def __init__(self, space: Space, service: str, tenant: str, group: str = "",
                 options: Optional[LimiterOptions] = None) -> None:
        s, t, g = text(service, "service"), text(tenant, "tenant"), text(group, "group")
        c = _given(options, LimiterOptions)
        handle = opened("limiter", lib.trunkline_limiter_open, space._live(), s, len(s), t, len(t), g, len(g), c)
        self._handle = handle
        self.try_acquire = partial(lib.trunkline_limiter_try, handle)
        self.try_acquire_at = partial(lib.trunkline_limiter_try_at, handle)
        self.refund = partial(lib.trunkline_limiter_refund, handle)

    def close(self) -> None:
        gone(self, ("try_acquire", "try_acquire_at", "refund"))
        super().close()

    def wait_time(self, cost: int = 1, priority: int = Priority.ADMIN) -> float:
        """Takes credit and gives 0, or takes nothing and gives the seconds to wait before asking again. Raises
        InvalidArgument for a cost that can never go."""
        n = self.try_acquire(cost, priority)
        if n == NEVER:
            fail(lib.TRUNKLINE_E_INVALID_ARGUMENT, "the cost is more than a full burst, or the priority is none")
        return 0.0 if n >= 0 else -n / 1e9

    def throttled(self, generation: int, retry_after_ns: int = -1, now_ns: int = -1) -> None:
        """The service refused a request for its rate. `generation`: what try_acquire() gave."""
        lib.trunkline_limiter_throttled(self._live(), generation, retry_after_ns, now_ns)

    def accepted(self, limit: float = -1, remaining: float = -1, reset_ns: int = -1, now_ns: int = -1) -> None:
        """The service took a request; the rate headers, negative if there are none."""
        lib.trunkline_limiter_accepted(self._live(), limit, remaining, reset_ns, now_ns)

    def look(self, now_ns: int = -1) -> LimiterSnapshot:
        c = _look("limiter", lib.trunkline_limiter_look, self._live(), now_ns)
        return LimiterSnapshot(**{f.name: getattr(c, f.name) for f in fields(LimiterSnapshot)})


@dataclass(frozen=True)
class LeasesSnapshot:
    limit: int
    external: int            #: used by calls without a lease
    reserved_inbound: int
    taken: int
    sending: int
    bound: int
    in_use: int


_LONGEST_TTL_MS = 36 * 3_600_000    # of a lease, see trunkline.h


class Lease:
    """The right to have one call under way; `token` may be kept and used in another process through Leases.lease().

    As a context manager it gives the lease back if nothing was sent; what was sent stays until the call ends, is
    released, or its time is over.
    """

    __slots__ = ("pool", "token", "_sent")

    def __init__(self, pool: "Leases", token: int) -> None:
        self.pool = pool
        self.token = token
        self._sent = False

    def sending(self) -> None:
        """The request is about to leave. Raises LeaseGone: send nothing."""
        _done(lib.trunkline_lease_sending(self.pool._live(), self.token))
        self._sent = True

    def bind(self, call_id: str) -> None:
        """The service has named the call, in up to 48 bytes."""
        c = text(call_id, "call_id")
        _done(lib.trunkline_lease_bind(self.pool._live(), self.token, c, len(c)))
        self._sent = True

    def renew(self, ttl_ms: int) -> None:
        _done(lib.trunkline_lease_renew(self.pool._live(), self.token, ttl_ms))

    def release(self) -> None:
        _done(lib.trunkline_lease_release(self.pool._live(), self.token))

    def __enter__(self) -> "Lease":
        return self

    def __exit__(self, *ignored: Any) -> None:
        if self._sent or self.pool.closed:
            return
        try:
            self.release()
        except LeaseGone:
            pass    # released by hand, or its time was over


def _done(status: int) -> None:
    if status != 0:
        fail(status)


class Leases(Handle):
    """The concurrency limit of one workspace as leases, one for each call; they outlive the process that took them."""

    __slots__ = ()

    def __init__(self, space: Space, service: str, tenant: str) -> None:
        s, t = text(service, "service"), text(tenant, "tenant")
        self._handle = opened("leases", lib.trunkline_leases_open, space._live(), s, len(s), t, len(t))

    def configure(self, limit: int, reserved_inbound: int = 0) -> None:
        """`limit`: 0 to 256. `reserved_inbound`: what outbound calls leave to inbound ones."""
        _done(lib.trunkline_leases_configure(self._live(), limit, reserved_inbound))

    def take(self, direction: int = Direction.OUTBOUND, ttl_ms: int = 3_600_000) -> Optional[Lease]:
        """A lease, or None if the limit is reached. Until sending() the death of this process frees it. `ttl_ms`: when it
        ends by itself, up to 36 hours. Raises InvalidArgument for another time or direction."""
        token = lib.trunkline_lease_take(self._live(), direction, ttl_ms)
        if token:
            return Lease(self, token)
        # The library says the same of both: that there is none, and that there can be none.
        if direction not in (Direction.OUTBOUND, Direction.INBOUND):
            fail(lib.TRUNKLINE_E_INVALID_ARGUMENT, "the direction of a call is OUTBOUND or INBOUND")
        if not 0 < ttl_ms <= _LONGEST_TTL_MS:
            fail(lib.TRUNKLINE_E_INVALID_ARGUMENT, "the time of a lease is 1 ms to 36 hours")
        return None

    def lease(self, token: int) -> Lease:
        """A lease that was taken elsewhere."""
        return Lease(self, token)

    def started(self, call_id: str, ttl_ms: int = 3_600_000) -> None:
        """The webhook call_started. Raises LeaseGone if no lease is known for it."""
        c = text(call_id, "call_id")
        _done(lib.trunkline_lease_started(self._live(), c, len(c), ttl_ms))

    def ended(self, call_id: str) -> None:
        """The webhook call_ended. Raises LeaseGone if no lease is known for it."""
        c = text(call_id, "call_id")
        _done(lib.trunkline_lease_ended(self._live(), c, len(c)))

    def look(self) -> LeasesSnapshot:
        c = _look("leases", lib.trunkline_leases_look, self._live())
        return LeasesSnapshot(**{f.name: getattr(c, f.name) for f in fields(LeasesSnapshot)})
