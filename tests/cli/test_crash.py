#!/usr/bin/env python3
"""Runs that are stopped or killed."""

import json
import os
import random
import shutil
import signal
import sys
import time

from support import CANARY, CrashTest, main


class Crash(CrashTest):
    def test_ctrl_c_and_on(self):
        self.pull()
        shutil.copytree(self.bundle, self.dir / "untouched")
        marks = self.change(0)
        self.simulator.control("POST", "options", {"latency_ms": 30})
        before = self.simulator.writes()
        process = self.start("apply", self.bundle, "--yes")
        self.wait_for_writes(process, before + 3)
        process.send_signal(signal.SIGINT)
        result = self.finish(process)
        self.assertEqual(result.code, 130, result)
        self.assertRegex(result.err, "release r1 is interrupted.*apply")
        self.assertEqual(self.run_json("history")["releases"][0]["state"], "running")
        self.simulator.control("POST", "options", {"latency_ms": 0})
        told = self.run_cli("plan", self.bundle, code=2)
        self.assertRegex(told.out + told.err, r"release r1 .* has not ended: .*trunkline rollback r1")
        saved = self.dir / "plan.json"
        saved.write_text(json.dumps(self.run_json("plan", self.bundle, code=2)))
        self.assertEqual(json.loads(saved.read_text())["unfinished"], "r1")
        told = self.run_cli("plan", self.dir / "untouched", code=2)  # apply would have something to do
        self.assertIn("release r1", told.out)
        result = self.finish(self.start("drift"))
        self.assertRegex(result.out, r"release r1 .* has not ended: .*trunkline rollback r1")
        result = self.finish(self.start("drift", "--json"))
        self.assertEqual(json.loads(result.out)["unfinished"], "r1")
        resumed = self.run_json("apply", self.bundle, "--yes")
        self.assertEqual((resumed["resumed"], resumed["release"]), (True, "r1"))
        self.assertIsNone(self.run_json("plan", self.bundle)["unfinished"])
        self.assertEqual(self.run_json("apply", "--plan", saved, "--yes", code=3)["error"]["code"], "stale_plan")
        self.check_live(marks)
        self.run_cli("plan", self.bundle)
        self.assertIsNone(self.run_json("drift")["unfinished"])
        self.assertNotIn("has not ended", self.run_cli("drift").out)

    def test_ctrl_c_during_pull_writes_nothing(self):
        self.simulator.control("POST", "options", {"latency_ms": 300})
        self.simulator.control("DELETE", "log")
        process = self.start("pull", self.bundle)
        while not self.simulator.operations() and process.poll() is None:
            time.sleep(0.005)
        process.send_signal(signal.SIGINT)
        result = self.finish(process)
        self.assertEqual(result.code, 130, result)
        self.assertFalse((self.bundle / "agents").exists())

    def test_killed_at_any_moment(self):
        seed = int(os.environ.get("TRUNKLINE_TEST_SEED", random.randrange(1 << 32)))
        print(f"kill -9: seed {seed} (TRUNKLINE_TEST_SEED replays it)", file=sys.stderr)
        dice = random.Random(seed)
        self.pull()
        resources = self.numbers_and_resources()
        self.simulator.control("POST", "options", {"latency_ms": 2})
        # An undisturbed release, to know how long one takes and how much it writes.
        marks, before, started = self.change("first"), self.simulator.writes(), time.monotonic()
        self.run_cli("apply", self.bundle, "--yes")
        took, writes = time.monotonic() - started, self.simulator.writes() - before
        self.check_live(marks)
        killed = 0
        rounds = int(os.environ.get("TRUNKLINE_KILLS", 20))
        for i in range(rounds):
            marks, before = self.change(i), self.simulator.writes()
            process = self.start("apply", self.bundle, "--yes")
            if i % 2:
                self.wait_for_writes(process, before + dice.randint(0, writes))
                time.sleep(dice.random() * 0.01)
            else:
                time.sleep(dice.random() * took)
            process.kill()
            process.communicate()
            killed += process.returncode == -signal.SIGKILL  # else it was done already
            with self.subTest(seed=seed, round=i):
                self.run_cli("apply", self.bundle, "--yes")
                self.check_live(marks)
                self.assertEqual(self.numbers_and_resources(), resources, "no resource came or went")
        print(f"kill -9: {killed} of {rounds} hit a running release", file=sys.stderr)
        self.assertGreaterEqual(killed, rounds * 8 // 20, "most kills came too late to prove anything")
        self.run_cli("plan", self.bundle)
        self.run_cli("drift")
        states = {r["state"] for r in self.run_json("history")["releases"]}
        self.assertEqual(states, {"done"})
        everything = b"".join(f.read_bytes() for f in self.dir.rglob("*") if f.is_file())
        self.assertNotIn(CANARY.encode(), everything)


if __name__ == "__main__":
    main()
