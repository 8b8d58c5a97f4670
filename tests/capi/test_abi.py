#!/usr/bin/env python3
"""The binary interface of trunkline.h only grows: abidiff against capi/abi/trunkline.abi, and values against capi/abi/values.txt.

    test_abi.py              compares, and proves on broken copies of the header that each kind of break is found
    test_abi.py --write      stores what the header says now; only for additions, or before the first release

What is compared is an object made from the header alone, each function with an empty body: its debug information has all
types and nothing else. That the real object exports just these functions is what capi.symbols checks. Exit code 77
(skipped) without abigail-tools or a C compiler.
"""
import pathlib
import platform
import re
import shutil
import subprocess
import sys
import tempfile

CAPI = pathlib.Path(__file__).resolve().parents[2] / "capi"
STORED, VALUES = CAPI / "abi" / "trunkline.abi", CAPI / "abi" / "values.txt"
sys.path.insert(0, str(CAPI))
sys.dont_write_bytecode = True
import ffi    # noqa: E402


def values_of(declarations):
    """NAME -> value of each enumerator."""
    return {name: int(value) for name, value in re.findall(r"\b(TRUNKLINE_\w+) = (-?\d+)", declarations)}


def stub(declarations):
    """C source with a body for each function."""
    out = ['#include "trunkline.h"']
    for line in declarations.splitlines():
        if re.match(r"(typedef|enum|/\*)", line):
            continue
        body = " {}" if line.startswith("void trunkline") else " { return 0; }"
        out.append(line.rstrip(";") + body)
    return "\n".join(out) + "\n"


def built(folder, header):
    """An object with the interface of a header."""
    (folder / "trunkline.h").write_text(header)
    (folder / "stub.c").write_text(stub(ffi.declarations(header)))
    subprocess.run(["cc", "-std=c99", "-g", "-O0", "-w", "-shared", "-fPIC", "stub.c", "-o", "stub.so", "-Wl,-soname,trunkline"],
                   cwd=folder, check=True)
    return folder / "stub.so"


def changes(header, stored_values):
    """What a header changes against what is stored, as text; empty if it only adds."""
    with tempfile.TemporaryDirectory(prefix="trunkline-abi-") as place:
        done = subprocess.run(["abidiff", "--no-added-syms", "--no-show-locs", STORED, built(pathlib.Path(place), header)],
                              capture_output=True, text=True)
    now = values_of(ffi.declarations(header))
    out = [f"{name} was {value}, is {now.get(name)}" for name, value in stored_values.items() if now.get(name) != value]
    return "\n".join(filter(None, [done.stdout + done.stderr if done.returncode else "", *out]))


# What somebody might do, a part of the header, what it becomes.
BREAKS = (
    ("swaps members", "    uint32_t successes;               /**< 3; 1 to 15. */\n    int32_t connect_failures;",
     "    int32_t connect_failures;\n    uint32_t successes;"),
    ("puts a member in the middle", "    uint32_t probes;", "    uint32_t more;\n    uint32_t probes;"),
    ("widens a parameter", "const trunkline_limiter *l, uint32_t cost, int32_t priority);",
     "const trunkline_limiter *l, uint64_t cost, int32_t priority);"),
    ("takes a parameter away", "trunkline_breaker_look(\n    const trunkline_breaker *b, int64_t now_ns,",
     "trunkline_breaker_look(\n    const trunkline_breaker *b,"),
    ("removes a function", "TRUNKLINE_API void trunkline_breaker_reset(const trunkline_breaker *b);", ""),
    ("changes what comes back", "TRUNKLINE_API uint32_t trunkline_version(void);",
     "TRUNKLINE_API uint64_t trunkline_version(void);"),
    ("renumbers a status", "TRUNKLINE_E_FORKED = -200,", "TRUNKLINE_E_FORKED = -210,"),
    ("removes a value", "    TRUNKLINE_CALL_INBOUND = 1\n", "    TRUNKLINE_CALL_OTHER = 1\n"),
)
ADDITIONS = (
    ("a function", "TRUNKLINE_API uint32_t trunkline_version(void);",
     "TRUNKLINE_API uint32_t trunkline_version(void);\nTRUNKLINE_API int32_t trunkline_more(int32_t n);"),
    ("a value", "TRUNKLINE_CALL_INBOUND = 1\n", "TRUNKLINE_CALL_INBOUND = 1,\n    TRUNKLINE_CALL_MORE = 2\n"),
)


def main():
    if not shutil.which("abidiff") or not shutil.which("cc") or platform.machine() != "x86_64":
        print("skipped: abigail-tools or a C compiler is not installed, or this is not the machine of the stored interface")
        return 77
    header = ffi.HEADER.read_text(encoding="utf-8")
    if "--write" in sys.argv:
        STORED.parent.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="trunkline-abi-") as place:
            subprocess.run(["abidw", "--no-corpus-path", "--no-comp-dir-path", "--no-show-locs", "--out-file", STORED,
                            built(pathlib.Path(place), header)], check=True)
        VALUES.write_text("".join(f"{name} {value}\n" for name, value in values_of(ffi.declarations(header)).items()))
        return 0
    stored = {name: int(value) for name, value in (line.split() for line in VALUES.read_text().splitlines())}
    failed = []
    if found := changes(header, stored):
        failed.append(f"the interface does not only grow:\n{found}")
    for cases, wanted in ((BREAKS, True), (ADDITIONS, False)):
        for what, part, instead in cases:
            assert part in header, f"the header no longer holds what the self-test changes: {part}"
            found = changes(header.replace(part, instead, 1), stored)
            if bool(found) != wanted:
                failed.append(f"a header that {what} passes" if wanted else f"{what} more is refused:\n{found}")
    print("\n".join(failed) or f"{len(stored)} values and all functions as stored; {len(BREAKS)} breaks found")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
