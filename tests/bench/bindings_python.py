#!/usr/bin/env python3
"""What the library costs from Python, in ns and as ratio to two empty calls through the same FFI in the same run.

    bindings_python.py

An empty call has one pointer argument and returns at once: what it takes is cffi's and Python's. Times are the best of many
rounds, which is what a machine that does other things has to say. Ends with 1 if a figure is beyond twice its target.
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import timeit

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "bindings"))
import python_host    # noqa: E402

ROUNDS = 25


def best(statement, names, number):
    """ns of one execution."""
    return min(timeit.repeat(statement, globals=names, number=number, repeat=ROUNDS)) / number * 1e9


def call_document():
    """The call that ./dev bench mask measures, 10 KB with 32 values that go: what its header's literals say."""
    return "".join(re.findall(r'R"\((.*?)\)"', (pathlib.Path(__file__).parent / "ended_call.hpp").read_text(), re.DOTALL))


def measure():
    import trunkline as tl
    from trunkline._library import ffi, lib
    space = tl.Space("bench", private=True)
    breaker = space.breaker("retell", "t1")
    limiter = space.limiter("retell", "t1", options=tl.LimiterOptions(rate=1e6, burst=1_000_000, fixed=True))
    masker, text = tl.Masker(), call_document()
    clean = "Der Anruf dauerte drei Minuten und endete mit einem Termin. " * (10_240 // 60)
    masked = masker.mask(text, tl.Zone.LOG)
    assert masker.mask(clean) is clean and masked != text and "Mustermann" in text and "Mustermann" not in masked
    names = {"empty": lib.trunkline_space_is_shared, "null": ffi.NULL, "allow": breaker.allow, "report": breaker.report,
             "take": limiter.try_acquire, "mask": masker.mask, "text": text, "clean": clean, "data": text.encode(),
             "zone": int(tl.Zone.LOG), "breaker": breaker, "raw": lib.trunkline_mask, "handle": masker._handle}
    names["out"] = ffi.new("char[]", lib.trunkline_mask_bound(masker._handle, len(names["data"])))
    # In turns, so that a slow moment of the machine meets all of them.
    rows = {}
    for _ in range(3):
        for name, statement, number, target in (
                ("two empty calls", "empty(null); empty(null)", 20_000, None),
                ("breaker: allow + report", "report(allow(), 0, 1000)", 20_000, (450, 2.2)),
                ("limiter: try", "take(1, 0)", 20_000, None),
                ("a block guarded by breaker.call()", "with breaker.call(): pass", 5_000, None),
                ("mask 10 KB of a call, str", "mask(text, zone)", 200, (25_000, None)),
                ("mask 10 KB of a call, bytes", "mask(data, zone)", 200, (25_000, None)),
                ("  of it in the library", "raw(handle, zone, data, len(data), out, len(out), null)", 200, None),
                ("mask 10 KB of German prose, nothing in it", "mask(clean)", 200, None)):
            took = best(statement, names, number)
            rows[name] = (min(took, rows.get(name, (took,))[0]), target)
    pair, missed, bad = rows["two empty calls"][0], [], False
    print(f"Python {sys.version.split()[0]}, {len(text)} characters, {len(text.encode())} bytes")
    print(f"{'':36}{'ns':>9}{'ratio':>8}   target")
    for name, (took, target) in rows.items():
        ns, ratio = target or (None, None)
        said = " ".join(filter(None, (f"{ns} ns" if ns else "", f"{ratio}" if ratio else "")))
        print(f"{name:36}{took:9.0f}{took / pair:8.2f}   {said}")
        # What is stated as ratio is judged by it: nanoseconds are those of another machine.
        over = took / pair / ratio if ratio else took / ns if ns else 0
        if over > 1:
            missed.append(f"{name}: {over:.2f} times its target")
        bad = bad or over > 2
    print("\n".join(missed) if missed else "all within their targets")
    return 1 if bad else 0


def main():
    if "--inside" in sys.argv:
        return measure()
    python = python_host.interpreter("cffi")
    if not python:
        print("bindings_python.py: no Python has cffi; Debian's package is python3-cffi")
        return 0
    with tempfile.TemporaryDirectory(prefix="trunkline-python-") as folder:
        env = python_host.stage(python, folder)
        return subprocess.run([python, os.path.abspath(__file__), "--inside"], env=env).returncode


if __name__ == "__main__":
    sys.exit(main())
