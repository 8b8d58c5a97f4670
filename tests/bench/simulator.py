#!/usr/bin/env python3
"""How many get-agent requests a second retell-simulator answers on one core, and whether its memory stays as it is.

    simulator.py [--requests N] [--seconds S]

wrk asks for the agents of the demo account in turn. Figures depend on the machine, so each is also given as ratio to the
smallest answer of the same server in the same run (get-api-key-info), by processor time: on a machine that does other
things, requests a second say little. Ends with 1 if a target is missed.
"""

import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "conformance"))
import harness    # noqa: E402

HEADERS = {"Authorization": "Bearer " + harness.KEY}
TARGET = 5000           # requests a second
LOG_IS_FULL = 150_000   # the request log keeps 100,000 entries: memory is level once it is full
GROWTH = 1024           # KiB; what an allocator may still find to do

LUA = """
local paths = {%s}
local i = 0
request = function()
    i = i %% #paths + 1
    return wrk.format("GET", paths[i], {["Authorization"] = "%s"})
end
"""


class Load:
    """wrk on one core, the server on another where there are two."""

    def __init__(self, simulator, folder):
        self.simulator, self.folder = simulator, pathlib.Path(folder)
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(simulator.process.pid, {cores[0]})
        self.core = str(cores[-1])

    def run(self, paths, seconds):
        """(requests, of which wrong, wall seconds, processor seconds of the server)"""
        script = self.folder / "load.lua"
        script.write_text(LUA % (", ".join(f'"{p}"' for p in paths), HEADERS["Authorization"]))
        before = self.processor_seconds()
        done = subprocess.run(["taskset", "-c", self.core, "wrk", "-t1", "-c16", f"-d{seconds}s", "--timeout", "30s",
                               "-s", script, self.simulator.url], capture_output=True, text=True, check=True)
        used = self.processor_seconds() - before
        count, wall = re.search(r"(\d+) requests in ([\d.]+)s", done.stdout).groups()
        wrong = re.findall(r"(?:Non-2xx or 3xx responses:|connect|read|write|timeout) (\d+)", done.stdout)
        return int(count), sum(map(int, wrong)), float(wall), used

    def processor_seconds(self):
        fields = pathlib.Path(f"/proc/{self.simulator.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident(self):
        status = pathlib.Path(f"/proc/{self.simulator.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", status).group(1))


def agents(simulator):
    _, page = harness.send("POST", simulator.url + "/v2/list-agents?limit=1000", {}, HEADERS)
    return ["/get-agent/" + row["agent_id"] for row in page["items"]]


def measure(simulator, folder, requests, seconds):
    load = Load(simulator, folder)
    paths = agents(simulator)
    print(f"{len(paths)} agents, {load.resident()} KiB resident at the start")
    missed = []

    costs = {}
    for name, asked in (("get-api-key-info", ["/get-api-key-info"]), ("get-agent", paths)):
        count, wrong, wall, used = load.run(asked, seconds)
        costs[name] = used / count
        print(f"{name:18} {count / wall:8.0f} a second    {costs[name] * 1e6:6.1f} us of processor time"
              f"    {costs[name] / costs['get-api-key-info']:5.2f} x the smallest answer")
        if wrong:
            missed.append(f"{wrong} answers of {name} were wrong")
    if count / wall < TARGET:
        missed.append(f"fewer than {TARGET} a second on one core")

    asked = wrong = 0
    while asked < LOG_IS_FULL:
        asked += load.run(paths, seconds)[0]
    before, asked = load.resident(), 0
    while asked < requests:
        count, failed, _, _ = load.run(paths, seconds)
        asked, wrong = asked + count, wrong + failed
    after = load.resident()
    print(f"{before} KiB resident once the request log is full, {after} KiB after {asked} requests more ({after - before:+} KiB)")
    if wrong:
        missed.append(f"{wrong} of {asked} answers were wrong")
    if after - before > GROWTH:
        missed.append(f"memory grew by more than {GROWTH} KiB")
    return missed


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--requests", type=int, default=1_000_000, help="over which memory has to stay level")
    arguments.add_argument("--seconds", type=int, default=5, help="of one run of wrk")
    given = arguments.parse_args()
    simulator = harness.Simulator("--account", "demo")
    try:
        with tempfile.TemporaryDirectory() as folder:
            missed = measure(simulator, folder, given.requests, given.seconds)
    finally:
        simulator.stop()
    for line in missed:
        print("missed: " + line)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
