#!/usr/bin/env python3
"""The hot path of the C interface under valgrind: no invalid access, nothing lost. (The client is ASan's: under valgrind its
time-outs pass before its work is done.)

Exit code 77 (skipped) without valgrind, or where the programs are built with sanitizers.
"""
import os
import pathlib
import shutil
import subprocess
import sys

BIN = pathlib.Path(os.environ.get("TRUNKLINE_BIN", pathlib.Path(__file__).resolve().parents[2] / "build" / "dev" / "bin"))


def main():
    library = (BIN.parent / "lib" / "libtrunkline.so.0").read_bytes()
    if not shutil.which("valgrind") or b"__asan_init" in library or b"__tsan_init" in library:
        print("skipped: valgrind is not installed, or this is a build with sanitizers")
        return 77
    return subprocess.run(["valgrind", "--quiet", "--error-exitcode=9", "--leak-check=full", "--show-leak-kinds=definite",
                           "--errors-for-leak-kinds=definite", BIN / "capi_hot_path"]).returncode


if __name__ == "__main__":
    sys.exit(main())
