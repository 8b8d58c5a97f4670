#!/usr/bin/env python3
"""The PHP binding: its made files are up to date, and PHPUnit runs tests/bindings/php against the shared object.

    test_php.py [PHPUNIT ARGUMENTS]     exits 77 (skipped) where php or phpunit is missing; ./dev test installs them
"""
import os
import shutil
import subprocess
import sys

from python_host import BIN, LIBRARY, ROOT, is_sanitized


def main():
    if not shutil.which("php") or not shutil.which("phpunit"):
        print("skipped: php or phpunit is not installed (./dev test installs them)")
        return 77
    if subprocess.run([sys.executable, ROOT / "bindings/php/declarations.py", "--check"]).returncode:
        return 1
    if is_sanitized():
        print("skipped: PHP does not load an object built with sanitizers")
        return 77
    env = dict(os.environ, TRUNKLINE_BIN=str(BIN), TRUNKLINE_LIBRARY=str(LIBRARY))
    folder = ROOT / "tests/bindings/php"
    return subprocess.run(["phpunit", "--configuration", folder / "phpunit.xml", *sys.argv[1:]],
                          cwd=folder, env=env, stdin=subprocess.DEVNULL, timeout=300).returncode


sys.exit(main())
