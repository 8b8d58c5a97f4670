#!/usr/bin/env python3
"""One behaviour: runs scenarios.json in every host there is and compares what comes out; the format is described there.

    test_scenarios.py [--host NAME]... [--case TEXT] [--show]

--show prints every result. A host whose language is not installed is left out; C++ and C are always there.
"""
import argparse
import copy
import functools
import glob
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import urllib.request

import python_host

HERE = pathlib.Path(__file__).resolve().parent
BIN, LIBRARY = python_host.BIN, python_host.LIBRARY
KEY = "key_scenario"

# Differ from run to run: times, what is hashed with times in it, and random ids.
VOLATILE = {"backup", "backup_digest", "digest", "plan_digest", "started_at", "ended_at", "created_at", "made_at", "at",
            "last_modification_timestamp", "version_title", "prepared_at", "request_id", "requests", "age_ms", "workspace",
            "folder", "modified_at"}
NOT_HERE = {"not_here": True}
DRIVER = {"expect", "contains", "lacks", "not_in"}


def hosts():
    """Name -> command of each host this machine has."""
    found = {"cpp": [str(BIN / "scenarios-cpp")], "c": [str(BIN / "scenarios-c")]}
    python = python_host.interpreter("cffi")
    if python:
        found["python"] = [python, str(HERE / "run_scenarios.py")]
    php = HERE / "run_scenarios.php"
    probe = ["php", "-r", "exit(extension_loaded('ffi') ? 0 : 1);"]
    if php.exists() and not python_host.is_sanitized() and shutil.which("php") and subprocess.run(probe, capture_output=True).returncode == 0:
        found["php"] = ["php", "-d", "ffi.enable=1", str(php)]
    return found


class Simulator:
    def __init__(self):
        env = {**os.environ, "RETELL_SIMULATOR_KEY": KEY}
        self.process = subprocess.Popen([BIN / "retell-simulator", "--listen", "127.0.0.1:0", "--account", "empty"],
                                        stdout=subprocess.PIPE, text=True, env=env)
        line = self.process.stdout.readline()
        self.url = next(word for word in line.split() if word.startswith("http://"))

    def ask(self, method, path, body):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/__simulator/{path}", data, {"Content-Type": "application/json"},
                                         method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            answer.read()

    def stop(self):
        self.process.terminate()
        self.process.wait()


class Host:
    def __init__(self, name, command):
        self.name = name
        # One key for all stores, because references to secrets are made with it.
        env = {**os.environ, "TRUNKLINE_LIBRARY": str(LIBRARY), "TRUNKLINE_STORE_KEY": "5c" * 32}
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env)

    def send(self, step):
        try:
            self.process.stdin.write(json.dumps(step, separators=(",", ":"), ensure_ascii=False).encode() + b"\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass    # run() says that it has died

    def run(self, step):
        self.send(step)
        line = self.process.stdout.readline()
        if not line:
            return {"died": self.process.wait()}
        try:
            return json.loads(line)
        except ValueError:
            return {"not JSON": line.decode(errors="replace")}

    def stop(self):
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            pass
        return self.process.wait(60)


def filled(value, folder, url, kept):
    if isinstance(value, str):
        name, *path = value[1:-1].split(".")
        if value[:1] == "{" and name in kept:
            return functools.reduce(lambda found, member: found[member], path, kept[name])
        return value.replace("{dir}", str(folder)).replace("{url}", url)
    if isinstance(value, list):
        return [filled(v, folder, url, kept) for v in value]
    if isinstance(value, dict):
        return {k: filled(v, folder, url, kept) for k, v in value.items()}
    return value


def file_step(what, step):
    path = step["path"]
    if what == "write":
        pathlib.Path(path).parent.mkdir(parents=True, exist_ok=True)
        pathlib.Path(path).write_text(step["text"])
        return None
    if what == "search":
        return sorted(str(p.relative_to(path)) for p in pathlib.Path(path).rglob("*")
                      if p.is_file() and step["text"] in p.read_text(errors="replace"))
    changed = 0
    for name in glob.glob(path):
        text = pathlib.Path(name).read_text()
        if step["from"] in text:
            pathlib.Path(name).write_text(text.replace(step["from"], step["to"]))
            changed += 1
    return changed


def run_case(case, account, host, simulator, folder):
    """The results of the steps."""
    kept, results = {}, []
    host.send({"do": "new_case"})
    if case.get("account"):
        simulator.ask("DELETE", "faults", None)
        simulator.ask("PUT", "state", account)
    for original in case["steps"]:
        step = filled({k: v for k, v in original.items() if k not in DRIVER}, folder, simulator.url, kept)
        room, _, what = step["do"].partition(".")
        if host.name in original.get("not_in", []):
            results.append(NOT_HERE)
            continue
        if room == "file":
            result = file_step(what, step)
        elif room == "simulator":
            result = simulator.ask(step["method"], step["path"], step["body"])
        else:
            result = host.run(step)
            if step["do"] == "client.request" and "as" in step and "answer" in result:
                kept[step["as"]] = copy.deepcopy(result["answer"])
        results.append(json.loads(json.dumps(result).replace(str(folder), "{dir}").replace(simulator.url, "{url}")))
    return results


def fits(expected, got):
    """Members named, deeply; anything else exactly."""
    if isinstance(expected, dict) and isinstance(got, dict):
        return all(k in got and fits(v, got[k]) for k, v in expected.items())
    return type(expected) is type(got) and expected == got or \
        isinstance(expected, float) and isinstance(got, (int, float)) and expected == got or \
        isinstance(expected, int) and isinstance(got, float) and expected == got


def complaints(step, result):
    text = json.dumps(result, ensure_ascii=False)
    if result == NOT_HERE:
        return []
    out = [f"holds {word!r}" for word in step.get("lacks", []) if word in text]
    out += [f"lacks {word!r}" for word in step.get("contains", []) if word not in text]
    if "expect" in step and not fits(step["expect"], result):
        out.append(f"expected {json.dumps(step['expect'], ensure_ascii=False)}")
    out += [f"{key}" for key in ("died", "not JSON", "broken_scenario") if isinstance(result, dict) and key in result]
    return out


def lasting(value):
    if isinstance(value, dict):
        return {k: lasting(v) for k, v in value.items() if k not in VOLATILE}
    if isinstance(value, list):
        return [lasting(v) for v in value]
    return value


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--host", action="append")
    options.add_argument("--case", default="")
    options.add_argument("--show", action="store_true")
    options = options.parse_args()
    document = json.loads((HERE / "scenarios.json").read_text(encoding="utf-8"))
    cases = [case for case in document["cases"] if options.case in case["name"]]
    failed, first = [], {}
    found = {name: command for name, command in hosts().items() if not options.host or name in options.host}
    staged = tempfile.TemporaryDirectory(prefix="trunkline-python-")
    if "python" in found:
        os.environ.update(python_host.stage(found["python"][0], staged.name))
    for name, command in found.items():
        simulator, host = Simulator(), Host(name, command)
        try:
            for case in cases:
                with tempfile.TemporaryDirectory(prefix="trunkline-scenarios-") as folder:
                    results = run_case(case, document["account"], host, simulator, pathlib.Path(folder))
                for step, result, number in zip(case["steps"], results, range(1, 1000)):
                    place = f"{name}: {case['name']}, step {number} ({step['do']})"
                    if options.show:
                        print(place, json.dumps(result, ensure_ascii=False))
                    wrong = complaints(step, result)
                    other, known = first.setdefault((case["name"], number), (name, result))
                    if known == NOT_HERE:
                        first[case["name"], number] = (name, result)
                    elif result != NOT_HERE and lasting(result) != lasting(known):
                        wrong.append(f"{other} gives {json.dumps(lasting(known), ensure_ascii=False)[:1500]}")
                    failed += [f"{place}: {w}\n    got {json.dumps(lasting(result), ensure_ascii=False)[:1500]}"
                               for w in wrong]
            host.send({"do": "new_case"})
            if host.stop() != 0:
                failed.append(f"{name}: the host ended with {host.process.returncode}")
        finally:
            host.process.kill()
            host.process.wait()
            simulator.stop()
    print("\n".join(failed))
    print(f"{len(cases)} cases in {', '.join(found)}: {len(failed)} differences")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
