#!/usr/bin/env python3
"""What the program tells while it works for long, and what Ctrl-C at any moment of that leaves behind."""

import json
import os
import random
import re
import signal
import time
import unittest

import support
from support import CliTest


class Progress(support.TerminalTest):
    """How far it is: a line that redraws itself, lines of a log, or JSON for a program."""

    test_apply_asks = test_progress_is_one_line = None  # they are the base's own

    def slow(self, rate):
        return ("--rate", rate, "--concurrency", 1)

    def test_terminal(self):
        self.pull()
        self.change_two()
        code, shown = self.on_terminal("apply", self.bundle, "--yes", *self.slow(10))
        self.assertEqual(code, 0, shown)
        lines = [part for part in shown.split("\r\033[K") if part.startswith("releasing: ")]
        self.assertGreater(len(lines), 5, shown)
        self.assertRegex(lines[-1], r"releasing: [12]/2, \d+ requests, [\d.]+ requests/s")
        self.assertTrue(any(re.search(r"\d+ s left, agents/", line) for line in lines), lines)
        done = [int(line.split("/")[0].split()[-1]) for line in lines]
        self.assertEqual(done, sorted(done))

    def change_two(self):
        self.append(support.RECEPTION_PROMPT, "Neu.\n")
        self.append(support.NIGHT_PROMPT, "Neu.\n")

    def test_log(self):
        """Not a terminal: a plain line now and then, none for what is over at once."""
        self.assertNotIn("reading", self.pull().err)
        self.change_two()
        result = self.run_cli("apply", self.bundle, "--yes", *self.slow(8))
        lines = [line for line in result.err.splitlines() if "requests/s" in line]
        self.assertTrue(1 <= len(lines) <= 3, result)
        self.assertRegex(lines[0], r"^trunkline: (reading|releasing): \d+/\d+, \d+ requests?, [\d.]+ requests/s")
        self.assertNotIn("\033", result.err)
        self.assertNotIn("\r", result.err)
        self.append(support.RECEPTION_PROMPT, "Neuer.\n")
        self.assertEqual(self.run_cli("apply", self.bundle, "--yes", "--quiet", *self.slow(8)).err, "")

    def test_json(self):
        self.pull()
        self.change_two()
        result = self.run_cli("apply", self.bundle, "--yes", "--json", *self.slow(8))
        self.assertEqual(result.json()["state"], "done")  # one document on standard output, as ever
        told = [json.loads(line) for line in result.err.splitlines()]
        self.assertGreaterEqual(len(told), 2, result)
        for p in told:
            self.assertEqual(set(p), {"step", "phase", "done", "total", "what", "requests", "requests_per_second",
                                      "left_ms"})
            self.assertEqual(p["step"], "progress")
            self.assertLessEqual(p["done"], p["total"] or p["done"])
        last = [p for p in told if p["phase"] == "releasing"][-1]
        self.assertEqual(last["total"], 2)
        self.assertTrue(2 < last["requests_per_second"] < 12, last)
        self.assertGreater(last["left_ms"], 0)

    def test_rollback(self):
        self.pull()
        self.change_two()
        self.run_cli("apply", self.bundle, "--yes")
        result = self.run_cli("rollback", "--last", "--yes", "--json", *self.slow(8))
        self.assertIn("releasing", {json.loads(line)["phase"] for line in result.err.splitlines()})


class Interrupt(support.CrashTest):
    """Ctrl-C, at each write of a release and at random moments: the guarantees of a kill."""

    test_ctrl_c_and_on = test_ctrl_c_during_pull_writes_nothing = test_killed_at_any_moment = None

    def test_at_each_write(self):
        seed = int(os.environ.get("TRUNKLINE_TEST_SEED", random.randrange(1 << 30)))
        chance = random.Random(seed)
        self.pull()
        resources = self.numbers_and_resources()
        interrupted = 0
        for i in range(12):
            with self.subTest(seed=seed, round=i):
                marks = self.change(i)
                self.simulator.control("POST", "options", {"latency_ms": 15})
                before = self.simulator.writes()
                process = self.start("apply", self.bundle, "--yes")
                self.wait_for_writes(process, before + i)
                if i == 0 or i > 9:
                    time.sleep(chance.random() * 0.3)
                process.send_signal(signal.SIGINT)
                result = self.finish(process)
                self.assertIn(result.code, (0, 130), result)
                self.simulator.control("POST", "options", {"latency_ms": 0})
                if result.code == 130:
                    interrupted += 1
                    self.run_cli("apply", self.bundle, "--yes")
                self.check_live(marks)
                self.assertEqual(self.numbers_and_resources(), resources)
                self.run_cli("plan", self.bundle)
        self.assertGreaterEqual(interrupted, 6, f"seed {seed}")


if __name__ == "__main__":
    unittest.main()
