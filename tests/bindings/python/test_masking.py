import array
import copy
import io
import logging
import os
import pickle
import subprocess
import sys
import threading
from dataclasses import dataclass

import pytest

import trunkline as tl
from conftest import resident_kib

SECRET = "hunter2hunter2"
PHONE = "+49 171 3920012"


@pytest.fixture
def masker():
    with tl.Masker() as m:
        yield m


@pytest.fixture
def log(masker):
    """A logger and what it has written; each with a formatter of its own making."""
    logger, out = logging.Logger("test.masking"), io.StringIO()

    def make(format="%(levelname)s %(message)s", **more):
        handler = logging.StreamHandler(out)
        handler.setFormatter(tl.MaskingFormatter(logging.Formatter(format), more.get("masker", masker)))
        logger.handlers = [handler]
        return logger, out
    return make


def test_masks_text_and_bytes(masker):
    assert SECRET not in masker.mask(f"password={SECRET} end") and SECRET.encode() not in masker.mask(f"password={SECRET}".encode())
    assert isinstance(masker.mask(b"password=" + SECRET.encode()), bytes)
    clean = "Zoë grüßt 世界 🎉 \ud800 and a lone surrogate"
    assert masker.mask(clean) is clean
    assert masker.mask("") == "" and masker.totals.found == 3 and masker.totals.failed == 0


@pytest.mark.parametrize("kind", [bytearray, memoryview])
def test_other_bytes_give_bytes(masker, kind):
    for data in (f"password={SECRET} end".encode(), b"nothing here", b""):
        got = masker.mask(kind(data))
        assert type(got) is bytes and got == masker.mask(data)
    apart = memoryview(bytes(b for c in b"max@example.com" for b in (c, 0)))[::2]
    assert masker.mask(apart) == b"[EMAIL]"
    with masker.stream() as s:
        assert s.feed(memoryview(array.array("I", b"max@example.com "))) + s.flush() == b"[EMAIL] "


def test_a_handle_is_not_copied(masker, space):
    handles = (masker, masker.stream(), space, space.breaker("a", "t"), space.limiter("a", "t"), space.leases("a", "t"))
    for handle in handles:
        for way in (copy.copy, copy.deepcopy, pickle.dumps):
            with pytest.raises(TypeError, match=f"a {type(handle).__name__} cannot be copied or pickled"):
                way(handle)
        assert not handle.closed


def test_a_long_text_and_a_short_one_after_it(masker):
    long = "x " * 2_000_000 + f"password={SECRET}"
    assert SECRET not in masker.mask(long) and masker.mask(f"pin: 4711, call {PHONE}").count("[") == 2


def test_register_secret(masker):
    masker.register_secret("orange-elephant")
    assert "elephant" not in masker.mask("an orange-elephant here", tl.Zone.API)
    for bad in ("short", "x" * 513):
        with pytest.raises(tl.InvalidArgument):
            masker.register_secret(bad)


def test_policy_as_dict_and_as_text():
    for policy in ({"actions": {"log": {"phone": "keep"}}}, '{"actions": {"log": {"phone": "keep"}}}'):
        with tl.Masker(policy) as m:
            assert PHONE in m.mask(f"call {PHONE}") and PHONE not in m.mask(f"call {PHONE}", tl.Zone.ERROR)
    with pytest.raises(tl.InvalidArgument, match="no_such"):
        tl.Masker({"no_such": 1})


def test_failure_gives_a_marker_and_nothing_of_the_text():
    with tl.Masker({"max_input": 64}) as m:
        with pytest.raises(tl.MaskerError) as e:
            m.mask("x" * 65)
        assert e.value.marker == "[MASKER_LIMIT]" and e.value.code == "masker_limit" and "xx" not in str(e.value)
        assert m.totals.failed == 1


def test_misuse(masker):
    for call in (lambda: masker.mask(5), lambda: masker.mask(None), lambda: masker.mask("x", "log"),
                 lambda: masker.register_secret(b"bytes-bytes"), lambda: tl.Masker({"x": {1}}), lambda: masker.stream("log"),
                 lambda: masker.stream().feed("text")):
        with pytest.raises(TypeError):
            call()
    for call in (lambda: masker.mask("x", 17), lambda: masker.mask("x", -1), lambda: masker.stream(99), lambda: tl.Masker(5)):
        with pytest.raises(tl.InvalidArgument):
            call()
    stream = masker.stream()
    masker.close()
    masker.close()
    for call in (lambda: masker.mask("x"), lambda: masker.totals, masker.stream, lambda: masker.register_secret("x" * 9)):
        with pytest.raises(tl.ClosedError):
            call()
    assert stream.feed(b"still ") + stream.flush() == b"still "    # it outlives its masker
    stream.close()
    with pytest.raises(tl.ClosedError):
        stream.feed(b"x")


def test_wrong_types_are_named(masker):
    for call, said in ((lambda: masker.mask(None), "must be str or bytes, not NoneType"),
                       (lambda: masker.mask(["x"]), "must be str or bytes, not list"),
                       (lambda: tl.MaskStream(None), "needs a Masker, not NoneType"),
                       (lambda: masker.stream().feed("x"), "must be bytes, not str")):
        with pytest.raises(TypeError, match=said):
            call()


def test_a_stream_cut_anywhere_gives_what_the_whole_gives(masker):
    text = f"call {PHONE}, password={SECRET}, Grüße ".encode() * 50
    whole = masker.mask(text)
    for cut in (1, 7, 100, 5000):
        with masker.stream() as s:
            assert b"".join([s.feed(text[i:i + cut]) for i in range(0, len(text), cut)]) + s.flush() == whole


# --- logging: scenarios 19 and 20 of the specification ------------------------------------------------------------------

def test_a_secret_visible_only_after_interpolation(log):
    logger, out = log()
    logger.warning("login with %s=%s", "password", SECRET)
    logger.warning("call %s", PHONE)
    assert SECRET not in out.getvalue() and "392" not in out.getvalue() and out.getvalue().count("\n") == 2


def test_in_the_traceback(log):
    logger, out = log()
    try:
        raise RuntimeError(f"cannot log in, password={SECRET}")
    except RuntimeError:
        logger.exception("failed")
    assert SECRET not in out.getvalue() and "Traceback" in out.getvalue() and "RuntimeError" in out.getvalue()


def test_in_extra_without_its_key(log):
    logger, out = log("%(message)s %(password)s %(request)s %(pin)s %(harmless)s")
    logger.warning("x", extra={"password": SECRET, "request": {"api_key": ["orange-elephant-9"]}, "pin": 471199,
                               "harmless": "Empfang"})
    assert all(s not in out.getvalue() for s in (SECRET, "elephant", "471199")) and "Empfang" in out.getvalue()


def test_in_an_objects_string_form(log):
    class Login:
        def __str__(self):
            return f"Login(password={SECRET!r})"

    @dataclass
    class Account:
        user: str
        password: str

    logger, out = log()
    logger.warning("%s and %r", Login(), Account("max", SECRET))
    assert SECRET not in out.getvalue() and "max" in out.getvalue()


def test_in_an_array_under_a_sensitive_key(log):
    logger, out = log()
    logger.warning("context %s", {"passwords": [SECRET, "second-secret-1"], "user": "max"})
    logger.warning("%(who)s has %(token)s", {"who": "max", "token": "quiet-otter-77"})
    logger.warning("values %s", {"secret": {"a": ["it's \"quoted\""]}})
    text = out.getvalue()
    assert all(s not in text for s in (SECRET, "second-secret", "otter", "quoted")) and text.count("max") == 2


def test_nothing_raises_into_who_logs(log):
    class Broken:
        def __str__(self):
            raise ValueError(SECRET)

    class Endless:
        def __repr__(self):
            return f"{self!r}"

    logger, out = log()
    logging.raiseExceptions, before = True, logging.raiseExceptions
    try:
        logger.error("%s", Broken())
        logger.error("%d and %d", "no number", SECRET)
        logger.error("%r", Endless())
        logger.error("%s", {"token": Broken()})
        logger.error("still %s", "here")
    finally:
        logging.raiseExceptions = before
    lines = out.getvalue().splitlines()
    assert lines[:-1] == ["[MASKER_ERROR] ERROR test.masking"] * 4 and lines[-1] == "ERROR still here"
    assert logger.handlers[0].formatter.failures == 4


def test_what_cannot_be_masked_is_a_marker_line(log):
    logger, out = log(masker=tl.Masker({"max_input": 100}))
    logger.error("password %s", SECRET * 20)
    closed = tl.Masker()
    closed.close()
    logger, out = log(masker=closed)
    logger.error("password=%s", SECRET)
    assert out.getvalue() == "[MASKER_LIMIT] ERROR test.masking\n[MASKER_ERROR] ERROR test.masking\n"
    record = logger.makeRecord("for max@example.com", logging.ERROR, "f", 1, "x", (), None)
    assert logger.handlers[0].formatter.format(record) == "[MASKER_ERROR] ERROR for [EMAIL]"


@pytest.mark.parametrize("line", [None, 7, b"mail max@example.com", bytearray(b"mail max@example.com"), ["max@example.com"]])
def test_what_a_formatter_gives_and_is_no_text_is_a_marker_line(log, line):
    class Broken(logging.Formatter):
        def format(self, record):
            return line

    logger, out = log()
    logger.handlers[0].formatter.inner = Broken()
    logger.error("password=%s", SECRET)
    assert out.getvalue() == "[MASKER_ERROR] ERROR test.masking\n" and logger.handlers[0].formatter.failures == 1


def test_the_record_itself_stays_as_it_was(log):
    logger, out = log()
    record = logger.makeRecord("n", logging.INFO, "f", 1, "p %(password)s", ({"password": SECRET},), None)
    formatter = logger.handlers[0].formatter
    assert SECRET not in formatter.format(record) and record.args == {"password": SECRET}


def test_install_wraps_what_is_there(masker):
    from trunkline.logs import install
    logger = logging.Logger("root")
    logger.addHandler(logging.StreamHandler(io.StringIO()))
    logger.addHandler(logging.NullHandler())
    assert install(masker, logger) is masker and install(masker, logger) is masker
    logger.warning("password=%s", SECRET)
    assert logger.handlers[0].stream.getvalue() == "password=[PASSWORD]\n"


def test_100000_records_from_8_threads_add_up(masker):
    class Lines(logging.Handler):
        """Lines are counted under the handler's lock."""
        count = leaks = 0

        def emit(self, record):
            line = self.format(record)
            self.count += 1
            self.leaks += SECRET in line or "3920012" in line

    logger, handler = logging.Logger("many"), Lines()
    handler.setFormatter(tl.MaskingFormatter(logging.Formatter("%(threadName)s %(message)s"), masker))
    logger.addHandler(handler)

    def work():
        for i in range(12_500):
            logger.info("record %d: password=%s for %s", i, SECRET, PHONE)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert (handler.count, handler.leaks, handler.formatter.failures) == (100_000, 0, 0)
    assert masker.totals == tl.MaskTotals(found=200_000, failed=0)


def test_works_on_after_fork(masker):
    pid = os.fork()
    if pid == 0:
        os._exit(0 if SECRET not in masker.mask(f"password={SECRET}") else 1)
    assert os.waitpid(pid, 0)[1] == 0


def test_closing_while_other_threads_mask():
    for _ in range(10):
        m, ended = tl.Masker(), []
        barrier = threading.Barrier(4)

        def work():
            barrier.wait()
            try:
                while True:
                    m.mask(f"password={SECRET}" * 50)
            except tl.ClosedError:
                ended.append(True)

        threads = [threading.Thread(target=work) for _ in range(3)]
        for t in threads:
            t.start()
        barrier.wait()
        m.close()
        for t in threads:
            t.join(10)
        assert len(ended) == 3


def test_memory_is_flat_over_10000_calls(masker):
    text = f"call {PHONE}, password={SECRET} " * 30

    def calls(n):
        for _ in range(n):
            masker.mask(text)
            masker.totals

    calls(500)
    with masker.stream() as s:
        s.feed(b"x" * 10_000)
    before = resident_kib()
    calls(10_000)
    for _ in range(1000):
        with masker.stream() as s:
            s.feed(b"password=hunt")
    assert resident_kib() - before < 512


WITHOUT_MEMORY = """
import mmap, resource
import trunkline as tl
stream = tl.Masker().stream()
large = b"mail max@example.com".ljust(96 << 20)
out = [stream.feed(large[:20_000]).rstrip()]
with open("/proc/self/statm") as f:
    size = int(f.read().split()[0]) * mmap.PAGESIZE
limits = resource.getrlimit(resource.RLIMIT_AS)
resource.setrlimit(resource.RLIMIT_AS, (size + (8 << 20), limits[1]))
try:
    stream.feed(large)
except tl.MaskerError as e:
    out += [e.marker.encode(), e.ready]
resource.setrlimit(resource.RLIMIT_AS, limits)
out += [stream.feed(b"max@example.com") + stream.flush(), stream.feed(b"again") + stream.flush()]
print(out)
"""


def test_a_stream_without_memory_says_so_once_and_loses_nothing_decided():
    done = subprocess.run([sys.executable, "-c", WITHOUT_MEMORY], capture_output=True, text=True, timeout=60)
    assert done.stdout == "[b'mail [EMAIL]', b'[MASKER_ERROR]', b'[MASKER_ERROR]', b'', b'again']\n", done.stderr
