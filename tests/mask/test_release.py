#!/usr/bin/env python3
"""The masker as a release compiles it, by what it counts (cmake/profile.cmake), masks as the one that is tested does."""

import os
import pathlib
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("TRUNKLINE_BIN", ROOT / "build/dev/bin"))
PROGRAM = "test_mask_training"


def run(*command):
    result = subprocess.run([*map(str, command)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if result.returncode != 0:
        raise AssertionError(f"{command}: exit code {result.returncode}\n{result.stdout[-4000:]}")
    return result.stdout


class Release(unittest.TestCase):
    def test_examples_come_out_alike(self):
        with tempfile.TemporaryDirectory(prefix="trunkline-release-") as tree:
            run("cmake", "-G", "Ninja", "-S", ROOT, "-B", tree, "-DCMAKE_BUILD_TYPE=Release", "-DTRUNKLINE_PROFILE=ON",
                "-DTRUNKLINE_PROGRAMS=OFF", "-DTRUNKLINE_INSTALL=OFF")
            run("ninja", "-C", tree, PROGRAM)
            counts = list(pathlib.Path(tree, "mask_profile").glob("*.gcda"))
            self.assertGreaterEqual(len(counts), 3, "nothing was counted")
            masked = run(pathlib.Path(tree, "bin", PROGRAM))
        self.assertRegex(masked, r"^\d+ values masked, digest [0-9a-f]{16}\n$")
        self.assertEqual(masked, run(BIN / PROGRAM))


if __name__ == "__main__":
    unittest.main()
