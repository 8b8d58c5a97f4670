#!/usr/bin/env python3
"""What the library costs from PHP: runs bindings.php against the release build, with PHP's peers beside it.

Figures depend on the machine, so each is also given as ratio to two empty FFI calls, or to a loop of the same run. Ends
with 1 if one is beyond twice its target: cores are shared.
"""
import os
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
BIN = pathlib.Path(os.environ.get("TRUNKLINE_BIN", HERE.parents[1] / "build/release/bin")).resolve()


def main():
    if not shutil.which("php"):
        print("bindings: php is not installed")
        return 0
    env = dict(os.environ, TRUNKLINE_LIBRARY=str(BIN.parent / "lib/libtrunkline.so.0"))
    flags = ["apc.enable_cli=1", "opcache.enable_cli=1", "ffi.enable=true"]
    command = ["php", *[word for flag in flags for word in ("-d", flag)], HERE / "bindings.php"]
    return subprocess.run(command, env=env, timeout=600).returncode


if __name__ == "__main__":
    sys.exit(main())
