"""What the conformance tests share: the npm tools, programs that serve on loopback, and the peer that is our client."""

import fcntl
import hashlib
import json
import os
import pathlib
import queue
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import unittest
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
BIN = pathlib.Path(os.environ.get("TRUNKLINE_BIN", ROOT / "build/dev/bin"))
SHARED = pathlib.Path(os.environ.get("TRUNKLINE_SHARED", ROOT.parent / "shared"))
CONTRACT = HERE / "openapi-sdk-5.66.1.yaml"
KEY = "key_conformance"


class Unavailable(Exception):
    """What a test needs and this machine cannot have; never a fault of ours."""


# --- the npm tools ----------------------------------------------------------------------------------

def install_tools():
    """The folder whose node_modules holds exactly what package-lock.json says: made once for each lock file, in build/."""
    for program in ("node", "npm"):
        if not shutil.which(program):
            raise Unavailable(f"no {program} on this machine")
    key = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()[:16]
    shelf = BIN.resolve().parents[1] / "npm"
    folder = shelf / key
    shelf.mkdir(parents=True, exist_ok=True)
    with open(shelf / "lock", "w") as lock:    # the tests run side by side, one of them installs
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.is_dir():
            with tempfile.TemporaryDirectory(dir=shelf, prefix="installing-") as scratch:
                fill(pathlib.Path(scratch) / key)
                os.rename(pathlib.Path(scratch) / key, folder)
    return folder


def fill(folder):
    folder.mkdir()
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(HERE / name, folder)
    done = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"], cwd=folder,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300)
    if done.returncode != 0:
        said = [line for line in (done.stderr + done.stdout).splitlines() if line.strip()]
        reason = re.sub(r"https?://\S+", "the registry", said[0] if said else "no reason given")
        raise Unavailable(f"npm could not install prism and the SDK ({reason})")


def node(tools, script, *arguments, **environment):
    """Runs a script of ours with the SDK at hand; returns what it printed, one JSON document a line."""
    done = subprocess.run(["node", HERE / script, *arguments], capture_output=True, text=True, timeout=170,
                          env=dict(clean_environment(), CONFORMANCE_TOOLS=str(tools), RETELL_API_KEY=KEY, **environment))
    if done.returncode != 0:
        raise AssertionError(f"{script} ended with {done.returncode}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def clean_environment():
    """Without proxies and settings that would send a request elsewhere or colour what is read."""
    unwanted = {"http_proxy", "https_proxy", "all_proxy", "no_proxy"}
    return {k: v for k, v in os.environ.items()
            if k.lower() not in unwanted and not k.startswith(("RETELL_", "PRISM_", "NODE_OPTIONS"))}


# --- programs ---------------------------------------------------------------------------------------

class Server:
    """A program that says in a line of its output where it listens; stopped by its process id."""

    def __init__(self, command, says, timeout=120):
        self.process = subprocess.Popen([str(c) for c in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, text=True, errors="replace",
                                        env=dict(clean_environment(), NO_COLOR="1"))
        self.output, self.found = [], queue.Queue()
        self.reader = threading.Thread(target=self.read, args=(re.compile(says),), daemon=True)
        self.reader.start()
        try:
            self.url = self.found.get(timeout=timeout)
        except queue.Empty:
            self.url = None
        if not self.url:
            self.stop()
            raise AssertionError(f"{command[0]} does not listen:\n" + "".join(self.output[-20:]))

    def read(self, says):
        for line in self.process.stdout:    # to the end, so that the program never waits for us
            self.output.append(line)
            del self.output[:-200]
            if match := says.search(line):
                self.found.put(match.group(1))
        self.found.put(None)

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.reader.join(10)
        self.process.stdout.close()


class Simulator(Server):
    def __init__(self, *arguments):
        super().__init__([BIN / "retell-simulator", "--listen", "127.0.0.1:0", *arguments], r"listening on (\S+)")

    def control(self, method, path, body=None):
        status, answer = send(method, f"{self.url}/__simulator/{path}", body)
        if status >= 300:
            raise AssertionError(f"{method} /__simulator/{path}: {status} {answer}")
        return answer


class Prism(Server):
    """prism answering for the service (mock), or standing before a server of ours and judging both sides (proxy)."""

    def __init__(self, tools, *arguments):
        super().__init__(["node", tools / "node_modules/@stoplight/prism-cli/dist/index.js", *arguments[:1],
                          "-h", "127.0.0.1", "-p", "0", *arguments[1:]], r"Prism is listening on (\S+)")

    @classmethod
    def mock(cls, tools):
        return cls(tools, "mock", CONTRACT)

    @classmethod
    def proxy(cls, tools, upstream):
        return cls(tools, "proxy", "--errors", CONTRACT, upstream)


def send(method, url, body=None, headers=()):
    """(status, document or text)"""
    content = dict(headers)
    if body is not None and not isinstance(body, bytes):
        body = json.dumps(body).encode()
        content.setdefault("Content-Type", "application/json")
    request = urllib.request.Request(url, method=method, data=body, headers=content)
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60) as answer:
            status, raw = answer.status, answer.read()
    except urllib.error.HTTPError as answer:
        with answer:
            status, raw = answer.code, answer.read()
    try:
        return status, json.loads(raw or b"null")
    except ValueError:
        return status, raw.decode(errors="replace")


# --- our side ---------------------------------------------------------------------------------------

class Peer:
    """conformance_peer: the library asked line by line. One client, one base URL."""

    def __init__(self, url="http://127.0.0.1:9"):
        environment = dict(clean_environment(), RETELL_API_KEY=KEY, RETELL_BASE_URL=url)
        self.process = subprocess.Popen([BIN / "conformance_peer"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True, encoding="utf-8", env=environment)

    def ask(self, **question):
        self.process.stdin.write(json.dumps(question) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise AssertionError(f"the peer ended ({self.process.wait()}) over {json.dumps(question)[:300]}")
        return json.loads(line)

    def stop(self):
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()


def main():
    """unittest's main; a machine without npm or a network skips, except where CI=true says that it must not."""
    sys.stdout.reconfigure(line_buffering=True)
    try:
        global tools
        tools = install_tools()
    except Unavailable as reason:
        if os.environ.get("CI") == "true":
            sys.exit(f"failed: {reason}, and CI=true")
        print(f"skipped: {reason}")
        sys.exit(77)
    unittest.main(verbosity=2)
