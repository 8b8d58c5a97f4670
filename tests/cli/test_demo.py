#!/usr/bin/env python3
"""./dev demo works: what a visitor runs first ends with 0, and leaves the files it speaks of."""

import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("TRUNKLINE_BIN", ROOT / "build/dev/bin"))


def main():
    if not (BIN / "trunkline").exists() or not (BIN / "retell-simulator").exists():
        print(f"{BIN} holds no trunkline or no retell-simulator: build them first", file=sys.stderr)
        return 77
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "demo-out"
        # A key would lead it to a real account.
        env = {k: v for k, v in os.environ.items() if not k.startswith(("RETELL_", "TRUNKLINE_"))}
        env.update(TRUNKLINE_BIN=str(BIN), TRUNKLINE_DEMO_OUT=str(out), PYTHONDONTWRITEBYTECODE="1")
        run = subprocess.run([ROOT / "examples/demo/run"], env=env, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, text=True, timeout=300)
        if run.returncode != 0:
            print(run.stdout)
            return 1
        for name in ("account", "store.db"):
            assert (out / name).exists(), f"{name} is not there"
    return 0


sys.exit(main())
