import json
import os
import pathlib
import resource
import socket
import subprocess
import sys
import threading
import time

import pytest

import trunkline as tl

BIN = pathlib.Path(os.environ["TRUNKLINE_BIN"])
KEY = "key_python"


@pytest.fixture(scope="session")
def service(tmp_path_factory):
    """The address of a simulator with a small account."""
    scenarios = json.loads((pathlib.Path(__file__).parents[1] / "scenarios.json").read_text())
    account = tmp_path_factory.mktemp("service") / "account.json"
    account.write_text(json.dumps(scenarios["account"]))
    process = subprocess.Popen([BIN / "retell-simulator", "--listen", "127.0.0.1:0", "--account", account],
                               stdout=subprocess.PIPE, text=True, env={**os.environ, "RETELL_SIMULATOR_KEY": KEY})
    line = process.stdout.readline()
    yield next(word for word in line.split() if word.startswith("http://"))
    process.terminate()
    process.wait()


@pytest.fixture
def options(service, tmp_path):
    return {"store": f"sqlite://{tmp_path}/store.db", "key_file": str(tmp_path / "key"), "base_url": service,
            "api_key": KEY, "actor": "pytest"}


@pytest.fixture
def client(options):
    with tl.Client(**options) as c:
        yield c


@pytest.fixture
def silent_server():
    """Accepts and never answers; tells when somebody has come."""
    server = socket.socket()
    server.bind(("127.0.0.1", 0))
    server.listen(8)
    come, kept = threading.Event(), []

    def accept():
        while True:
            try:
                kept.append(server.accept()[0])
            except OSError:
                return
            come.set()

    threading.Thread(target=accept, daemon=True).start()
    yield f"http://127.0.0.1:{server.getsockname()[1]}", come
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    for connection in kept:
        connection.close()


@pytest.fixture
def space():
    with tl.Space("pytest", private=True) as s:
        yield s


@pytest.fixture
def python():
    """Runs a script in a fresh interpreter; gives how it ended."""
    def run(script, *arguments, timeout=30):
        return subprocess.run([sys.executable, "-X", "faulthandler", "-c", script, *map(str, arguments)],
                              capture_output=True, text=True, timeout=timeout)
    return run


def resident_kib():
    with open("/proc/self/statm") as f:
        return int(f.read().split()[1]) * resource.getpagesize() // 1024
