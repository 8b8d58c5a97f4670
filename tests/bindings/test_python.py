#!/usr/bin/env python3
"""The Python package: builds its wheel and installs it as a user does, then runs tests/bindings/python with pytest.

    test_python.py [PYTEST-ARGUMENTS]

Exit code 77 (skipped) without cffi, pytest, setuptools, wheel, pip and venv; Debian's packages are in ./dev.
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import python_host

HERE = pathlib.Path(__file__).resolve().parent


def main():
    python = python_host.interpreter("cffi", "pytest", "setuptools", "wheel", "pip", "venv")
    if not python:
        print("skipped: no Python has cffi, pytest, setuptools, wheel, pip and venv, or the library is built with sanitizers")
        return 77
    with tempfile.TemporaryDirectory(prefix="trunkline-python-") as folder:
        # A copy of the parts that the build reads: it would leave its traces in the checkout.
        source, venv = pathlib.Path(folder, "checkout"), pathlib.Path(folder, "venv")
        shutil.copytree(python_host.ROOT / "bindings" / "python", source / "bindings" / "python",
                        ignore=shutil.ignore_patterns("build", "*.egg-info", "__pycache__"))
        (source / "capi").mkdir()
        shutil.copy(python_host.ROOT / "capi" / "trunkline.ffi.h", source / "capi")
        shutil.copy(python_host.ROOT / "CMakeLists.txt", source)
        env = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INDEX": "1"}
        env.pop("PYTHONPATH", None)
        subprocess.run([python, "-m", "venv", "--system-site-packages", "--without-pip", str(venv)], check=True)
        inside = str(venv / "bin" / "python")
        subprocess.run([inside, "-m", "pip", "install", "--quiet", "--no-build-isolation", "--no-deps",
                        str(source / "bindings" / "python")],
                       env={**env, "TRUNKLINE_LIBRARY": str(python_host.LIBRARY)}, check=True)
        env["TRUNKLINE_BIN"] = str(python_host.BIN)
        env["PYTHONDONTWRITEBYTECODE"] = "1"
        env.pop("TRUNKLINE_LIBRARY", None)
        return subprocess.run([inside, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--durations=5",
                               *(sys.argv[1:] or [str(HERE / "python")])], env=env, cwd=HERE / "python").returncode


if __name__ == "__main__":
    sys.exit(main())
