#!/usr/bin/env python3
"""retell-simulator --state: what it has answered survives kill -9.

TRUNKLINE_BIN names the folder of the programs.
"""

import json
import os
import pathlib
import subprocess
import tempfile
import threading
import unittest
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = pathlib.Path(os.environ.get("TRUNKLINE_BIN", ROOT / "build/dev/bin")) / "retell-simulator"


class Simulator:
    def __init__(self, *options):
        self.process = subprocess.Popen([PROGRAM, "--listen", "127.0.0.1:0", *options], stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().split()[-1]

    def send(self, method, path, body=None):
        request = urllib.request.Request(self.url + path, method=method, headers={"Authorization": "Bearer key"},
                                         data=None if body is None else json.dumps(body).encode())
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read() or b"null")

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


class State(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.file = pathlib.Path(folder.name, "state.json")

    def start(self, *options):
        simulator = Simulator("--state", self.file, *options)
        self.addCleanup(simulator.kill)
        return simulator

    def known(self):
        items = self.start("--account", "empty").send("GET", "/v2/list-retell-llms?limit=1000")["items"]
        return {item["llm_id"] for item in items}

    def test_what_was_answered_survives_a_kill(self):
        simulator = self.start("--account", "empty")
        made = {simulator.send("POST", "/create-retell-llm", {"general_prompt": str(i)})["llm_id"] for i in range(20)}
        simulator.kill()
        self.assertEqual(made - self.known(), set())

    def test_also_when_many_change_at_once(self):
        simulator = self.start("--account", "demo")
        made = []

        def write():
            try:
                for i in range(100):
                    made.append(simulator.send("POST", "/create-retell-llm", {"general_prompt": str(i)})["llm_id"])
            except OSError:
                pass  # killed

        writers = [threading.Thread(target=write) for _ in range(8)]
        for writer in writers:
            writer.start()
        while len(made) < 40:
            writers[0].join(0.01)
        simulator.kill()
        for writer in writers:
            writer.join()
        self.assertEqual(set(made) - self.known(), set())

    def test_a_file_that_cannot_be_written_stops_no_answer(self):
        simulator = self.start("--account", "empty")
        self.file.with_suffix(".json.new").mkdir()
        self.assertIn("llm_id", simulator.send("POST", "/create-retell-llm", {}))
        self.file.with_suffix(".json.new").rmdir()
        last = simulator.send("POST", "/create-retell-llm", {})["llm_id"]
        simulator.kill()
        self.assertEqual(len(self.known()), 2)
        self.assertIn(last, self.known())


if __name__ == "__main__":
    unittest.main()
