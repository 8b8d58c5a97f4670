#!/usr/bin/env python3
"""The sources are laid out as .clang-format says. Exits 77 (skipped) where clang-format 14 is not installed.

Another version would lay some lines out differently, so that it cannot judge.
"""
import os
import pathlib
import shutil
import subprocess
import sys

VERSION = "14."
SHOWN = 20
MADE = ".ffi.h"    # by capi/ffi.py


def find_tool():
    for name in ("clang-format-14", "clang-format"):
        tool = shutil.which(name)
        if tool and f"version {VERSION}" in subprocess.run([tool, "--version"], capture_output=True, text=True).stdout:
            return tool
    return None


def main():
    root = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).parents[2]
    tool = find_tool()
    if not tool:
        print("skipped: clang-format 14 is not installed (./dev format installs it)")
        return 77
    files = [str(path) for top in ("include", "src", "capi", "tests", "examples")
             for path in (root / top).rglob("*")
             if path.suffix in (".hpp", ".cpp", ".h", ".c") and not path.name.endswith(MADE)]
    jobs = os.cpu_count() or 1
    running = [subprocess.Popen([tool, "--style=file", "--dry-run", "--Werror", *files[i::jobs]],
                                stderr=subprocess.PIPE, text=True) for i in range(jobs) if files[i::jobs]]
    lines, failed = [], False
    for process in running:
        report = process.communicate()[1]
        lines += [line for line in report.splitlines() if "[-Wclang-format-violations]" in line]
        failed = failed or process.returncode != 0
    wrong = sorted({line.split(": ")[0].rsplit(":", 1)[0] for line in lines})    # without the column
    print("\n".join(wrong[:SHOWN] + (["..."] if len(wrong) > SHOWN else [])))
    print(f"{len(files)} files, {len(wrong)} lines laid out differently" + (": run ./dev format" if failed else ""))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
