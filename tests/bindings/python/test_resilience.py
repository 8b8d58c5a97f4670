import errno
import os
import socket
import ssl
import threading
import urllib.error
import urllib.request
from dataclasses import replace

import pytest

import trunkline as tl
from conftest import resident_kib

SECOND = 10**9
FOUR = tl.BreakerOptions(minimum_calls=4, probes=1, successes=1, open_base_ms=2000, jitter=False, slow_start=False)


def trip(breaker, now):
    for _ in range(4):
        breaker.report_at(breaker.allow_at(now), tl.Outcome.SICK, SECOND, now)


def test_a_guarded_block_reports_how_it_ended(space):
    b = space.breaker("retell", "t1", options=replace(FOUR, minimum_calls=5))
    with b.call():
        pass
    assert b.look().calls == 1 and b.look().failures == 0
    for error, failures in ((TimeoutError(), 1), (ConnectionRefusedError(), 2), (socket.gaierror(), 3), (KeyError(), 3)):
        with pytest.raises(type(error)):
            with b.call():
                raise error
        assert b.look().failures == failures
    with b.call() as call:
        call.outcome = tl.outcome_of_status(503)
    assert b.look().state is tl.Circuit.OPEN
    with pytest.raises(tl.CircuitOpen) as e:
        with b.call():
            pytest.fail("this must not run")
    assert e.value.code == "circuit_open" and e.value.retryable and e.value.retry_after > 1


class Wrapper(Exception):
    pass


class RequestException(OSError):    # these are as requests and httpx have them
    pass


class Timeout(RequestException):
    pass


RequestsConnectionError = type("ConnectionError", (RequestException,), {})
ConnectTimeout = type("ConnectTimeout", (RequestsConnectionError, Timeout), {})
SSLError = type("SSLError", (RequestsConnectionError,), {})
MissingSchema = type("MissingSchema", (RequestException, ValueError), {})
HttpxConnectError = type("ConnectError", (Wrapper,), {})


def caused(cause):
    try:
        raise Wrapper("explicitly") from cause
    except Wrapper as e:
        return e


def in_context(of, error):
    try:
        try:
            raise of
        except type(of):
            raise error
    except type(error) as e:
        return e


def with_reason(reason):
    error = Wrapper("max retries")
    error.reason = reason
    return error


def endless():
    a, b = Wrapper(), Wrapper()
    a.__cause__, b.__cause__ = b, a
    return a


OUTCOMES = [
    *[(OSError(getattr(errno, name), "x"), "UNREACHABLE") for name in ("ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH")],
    *[(OSError(getattr(errno, name), "x"), "UNKNOWN") for name in ("ECONNRESET", "ETIMEDOUT", "EPIPE")],
    (urllib.error.URLError(socket.gaierror(-2, "no such name")), "UNREACHABLE"),
    (urllib.error.URLError(OSError(errno.EHOSTUNREACH, "x")), "UNREACHABLE"),
    (urllib.error.URLError(socket.timeout("timed out")), "UNKNOWN"),
    (RequestsConnectionError(with_reason(caused(ConnectionRefusedError(errno.ECONNREFUSED, "x")))), "UNREACHABLE"),
    (RequestsConnectionError(Wrapper("aborted", ConnectionResetError(errno.ECONNRESET, "x"))), "UNKNOWN"),
    (RequestsConnectionError("without more"), "UNKNOWN"), (SSLError("x"), "UNKNOWN"), (Timeout("x"), "UNKNOWN"),
    (ConnectTimeout("x"), "UNREACHABLE"), (HttpxConnectError("x"), "UNREACHABLE"),
    (caused(socket.timeout()), "UNKNOWN"), (in_context(ConnectionRefusedError(), Wrapper()), "UNREACHABLE"),
    (Wrapper("many", [KeyError(), ConnectionRefusedError()]), "UNREACHABLE"),
    *[(e, "LOCAL") for e in (
        KeyError("ConnectionError"), ValueError(errno.ECONNREFUSED), FileNotFoundError(errno.ENOENT, "x"), MissingSchema("x"),
        RequestException("x"), urllib.error.URLError("unknown url type"), ssl.SSLError(1, "x"), caused(KeyError()), endless(),
        urllib.error.HTTPError("http://x", 500, "x", {}, None), PermissionError(errno.EACCES, "x"))],
    (KeyboardInterrupt(), "CANCELLED"),
]


@pytest.mark.parametrize("error, outcome", OUTCOMES, ids=lambda v: v if isinstance(v, str) else repr(v))
def test_an_error_is_what_it_came_from(error, outcome):
    from trunkline.resilience import _outcome_of
    assert _outcome_of(error).name == outcome


def test_a_refused_request_of_urllib_counts(space):
    b = space.breaker("retell", "t1", options=tl.BreakerOptions(connect_failures=3))
    with socket.socket() as s:    # bound and not listening: its port refuses
        s.bind(("127.0.0.1", 0))
        for _ in range(3):
            with pytest.raises(urllib.error.URLError):
                with b.call():
                    urllib.request.urlopen(f"http://127.0.0.1:{s.getsockname()[1]}/")
    assert b.look().state is tl.Circuit.OPEN


def test_what_was_handled_before_the_call_is_no_part_of_it(space):
    b = space.breaker("retell", "t1", options=replace(FOUR, minimum_calls=5))
    try:
        raise ConnectionRefusedError("of some cache")
    except ConnectionRefusedError:
        with pytest.raises(KeyError):
            with b.call():
                raise KeyError("local")
    assert b.look().failures == 0


def test_outcomes_of_answers():
    assert [tl.outcome_of_status(s).name for s in (200, 302, 404, 401, 402, 403, 429, 408, 500, 100)] == [
        "OK", "OK", "REJECTED", "MISCONFIGURED", "MISCONFIGURED", "MISCONFIGURED", "THROTTLED", "SICK", "SICK", "SICK"]


def test_use_after_close_is_an_error_and_no_crash(space):
    b, l, p = space.breaker("a", "t"), space.limiter("a", "t"), space.leases("a", "t")
    for handle in (b, l, p):
        handle.close()
        handle.close()
        assert handle.closed
        with pytest.raises(tl.ClosedError):
            handle.look()
        with pytest.raises(tl.ClosedError):
            with handle:
                pass
    for call in (b.allow, lambda: b.report(1, 0, 0), lambda: b.allow_at(1), b.reset, lambda: l.try_acquire(1, 2),
                 lambda: l.refund(1), p.take, lambda: p.ended("x")):
        with pytest.raises(tl.ClosedError):
            call()
    space.close()
    with pytest.raises(ValueError):    # ClosedError is one, as with files
        space.breaker("a", "t")


def test_wrong_types_are_refused(space):
    b, l = space.breaker("a", "t"), space.limiter("a", "t")
    for call in (lambda: tl.Space(5), lambda: tl.Space(None), lambda: space.breaker(b"bytes", "t"),
                 lambda: space.breaker("a", None), lambda: b.report("x", 0, 0), lambda: b.report(1, "ok", 0),
                 lambda: b.report(1), lambda: b.allow_at("now"), lambda: l.try_acquire(1.5, 0), lambda: l.try_acquire(),
                 lambda: l.accepted("many"), lambda: space.leases("a", "t").take("outbound"),
                 lambda: space.leases("a", "t").ended(7), lambda: tl.BreakerOptions(windows=1),
                 lambda: space.breaker("a", "t", options=tl.BreakerOptions(probes="many"))):
        with pytest.raises(TypeError):
            call()
    for call in (lambda: b.report(2**64, 0, 0), lambda: b.allow_at(2**63), lambda: l.try_acquire(-1, 0)):
        with pytest.raises(OverflowError):
            call()
    with pytest.raises(AttributeError):
        tl.Breaker("no space", "a", "t")


def test_options_of_another_type_are_named(space):
    for make, kind in ((space.breaker, "BreakerOptions"), (space.limiter, "LimiterOptions")):
        for wrong in ({"minimum_calls": 3}, 5, "x", FOUR if kind == "LimiterOptions" else tl.LimiterOptions()):
            with pytest.raises(TypeError, match=f"options must be {kind}, not {type(wrong).__name__}"):
                make("r", "t", "g", wrong)


def test_options_that_are_none_say_what(space):
    with pytest.raises(tl.InvalidArgument, match="probes") as e:
        space.breaker("a", "t", options=tl.BreakerOptions(probes=99))
    assert e.value.code == "invalid_argument" and e.value.status == -1


def test_what_is_made_from_a_space_outlives_it():
    s = tl.Space("gone", private=True)
    b, l = s.breaker("a", "t"), s.limiter("a", "t")
    s.close()
    del s
    assert b.allow() and l.try_acquire(1, tl.Priority.ADMIN) >= 0


def test_leases(space):
    pool = space.leases("retell", "t1")
    pool.configure(2)
    with pool.take() as unused:
        assert pool.look().taken == 1
    with pytest.raises(tl.LeaseGone):
        unused.release()
    with pool.take(tl.Direction.INBOUND) as lease:
        lease.sending()
        lease.bind("call_1")
    assert pool.look().bound == 1    # the call goes on
    again = pool.lease(lease.token)
    again.renew(60_000)
    assert pool.take() is not None and pool.take() is None
    pool.ended("call_1")
    with pytest.raises(tl.LeaseGone):
        again.renew(60_000)
    with pytest.raises(tl.InvalidArgument):
        pool.configure(1000)


def test_a_lease_that_cannot_be_is_an_error(space):
    pool, longest = space.leases("retell", "t1"), 36 * 3_600_000
    pool.configure(1)
    for direction in (9, -1, 2):
        with pytest.raises(tl.InvalidArgument, match="direction"):
            pool.take(direction)
    for ttl in (0, -1, longest + 1, 2**62):
        with pytest.raises(tl.InvalidArgument, match="36 hours"):
            pool.take(ttl_ms=ttl)
    assert pool.take(ttl_ms=longest) is not None
    assert pool.take(ttl_ms=1) is None and pool.take(tl.Direction.INBOUND, longest) is None    # no error, but none is left


def test_limiter_says_how_long_to_wait(space):
    l = space.limiter("retell", "t1", options=tl.LimiterOptions(rate=10, burst=2, reserves=False))
    assert l.wait_time() == 0 and l.wait_time() == 0 and 0 < l.wait_time() <= 0.1
    with pytest.raises(tl.InvalidArgument):
        l.wait_time(cost=3)


def test_threads_share_one_limit(space):
    l = space.limiter("retell", "threads", options=tl.LimiterOptions(rate=0.001, burst=1000, reserves=False))
    granted = []

    def work():
        granted.append(sum(l.try_acquire_at(1, 0, 100 * SECOND) >= 0 for _ in range(500)))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert sum(granted) == 1000


def test_closing_while_other_threads_call():
    for _ in range(20):
        s = tl.Space("closing", private=True)
        b, ended = s.breaker("retell", "t"), []
        barrier = threading.Barrier(4)

        def work():
            barrier.wait()
            try:
                while True:
                    b.report(b.allow(), 0, 1)
            except tl.ClosedError:
                ended.append(True)

        threads = [threading.Thread(target=work) for _ in range(3)]
        for t in threads:
            t.start()
        barrier.wait()
        b.close()
        s.close()
        for t in threads:
            t.join(10)
        assert len(ended) == 3


def test_a_forked_child_shares_the_segment(tmp_path):
    with tl.Space("forks", directory=str(tmp_path)) as s:
        assert s.shared and s.reason == ""
        b = s.breaker("retell", "t1", options=FOUR)
        now = 100 * SECOND
        pid = os.fork()
        if pid == 0:
            trip(b, now)
            os._exit(0)
        assert os.waitpid(pid, 0)[1] == 0
        assert b.look(now).state is tl.Circuit.OPEN and b.allow_at(now) == 0


def test_memory_is_flat_over_10000_calls(space):
    b, l, p = space.breaker("a", "t"), space.limiter("a", "t"), space.leases("a", "t")
    p.configure(5)

    def calls(n):
        for _ in range(n):
            with b.call():
                l.try_acquire(1, 3)
            with p.take():
                pass
            b.look()
            space.breaker("a", "t").close()

    calls(1000)
    before = resident_kib()
    calls(10_000)
    assert resident_kib() - before < 512
