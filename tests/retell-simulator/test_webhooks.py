#!/usr/bin/env python3
"""retell-simulator as a program: its calls, and what it sends to a receiver, over real connections on loopback.

TRUNKLINE_BIN names the folder of the programs. TRUNKLINE_LOAD_CALLS makes the load case longer.
"""

import hashlib
import hmac
import http.server
import json
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import threading
import time
import unittest
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = pathlib.Path(os.environ.get("TRUNKLINE_BIN", ROOT / "build/dev/bin")) / "retell-simulator"
KEY = "key_CANARY_webhook"
NUMBER = "+14157774444"


class Receiver:
    """Takes everything, checks signatures, and answers as `reply` says."""

    def __init__(self):
        self.lock = threading.Condition()
        self.seen = []  # (path, signature is right, raw body)
        self.heard = []  # the events of /hook
        self.reply = lambda path, body: (200, b"{}")
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                signed = Receiver.is_right(self.headers.get("X-Retell-Signature", ""), raw)
                with outer.lock:
                    outer.seen.append((self.path, signed, raw))
                    if self.path == "/hook":
                        outer.heard.append(json.loads(raw).get("event"))
                    outer.lock.notify_all()
                status, text = outer.reply(self.path, raw)
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 256

            def handle_error(self, *_):
                pass  # the peer is gone: it was tired of waiting, or killed

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @staticmethod
    def is_right(header, raw):
        parts = re.fullmatch(r"v=(\d{13}),d=([0-9a-f]{64})", header)
        if not parts or abs(int(parts[1]) - time.time() * 1000) > 300_000:
            return False
        digest = hmac.new(KEY.encode(), raw + parts[1].encode(), hashlib.sha256).hexdigest()
        return hmac.compare_digest(digest, parts[2])

    def events(self):
        with self.lock:
            return list(self.heard)

    def wait_for(self, condition, seconds=20):
        deadline = time.monotonic() + seconds
        with self.lock:
            while not condition():
                left = deadline - time.monotonic()
                if left <= 0:
                    raise AssertionError(f"not seen in time; seen: {[s[0] for s in self.seen][-20:]}")
                self.lock.wait(left)

    def count(self, event):
        return sum(1 for e in self.events() if e == event)

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Simulator:
    def __init__(self, *arguments, env=None):
        self.process = subprocess.Popen(
            [str(PROGRAM), "--listen", "127.0.0.1:0", *map(str, arguments)], stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, env={**os.environ, **(env or {})})
        line = self.process.stdout.readline()
        if "listening on" not in line:
            raise AssertionError(line + self.process.stderr.read())
        self.url = line.split()[-1]

    def send(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, {"Authorization": "Bearer k"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=20) as reply:
                text = reply.read()
                return reply.status, json.loads(text) if text else None
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read().decode()

    def get(self, path):
        return self.send("GET", path)[1]

    def begin(self, **what):
        status, call = self.send("POST", "/__simulator/calls",
                                 {"from_number": "+491701234567", "to_number": NUMBER, **what})
        assert status == 200, call
        return call["call_id"]

    def wait_for(self, condition):
        """Until the counts of deliveries are so."""
        deadline = time.monotonic() + 20
        while not condition(counts := self.get("/__simulator/deliveries")["counts"]):
            if time.monotonic() > deadline:
                raise AssertionError(counts)
            time.sleep(0.02)

    def memory(self):
        text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", text)[1])

    def stop(self, how=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(how)
        out, err = self.process.communicate(timeout=20)
        return out + err


def account(folder, receiver, **agent):
    """One agent with a function, one number that asks before it answers."""
    tool = {"type": "custom", "name": "book", "url": receiver.url + "/book", "max_retry": 1,
            "response_variables": {"slot": "slot"}}
    state = {
        "format": 1,
        "retell_llms": [{"llm_id": "llm_1", "versions": [
            {"llm_id": "llm_1", "version": 0, "begin_message": "Hello {{name}}", "general_tools": [tool]}]}],
        "agents": [{"agent_id": "agent_1", "versions": [
            {"agent_id": "agent_1", "version": 0, "is_published": True, "voice_id": "retell-Cimo",
             "response_engine": {"type": "retell-llm", "llm_id": "llm_1", "version": 0}, **agent}]}],
        "phone_numbers": [{"phone_number": NUMBER, "inbound_webhook_url": receiver.url + "/inbound",
                           "inbound_agents": [{"agent_id": "agent_1", "weight": 1}]}]}
    path = pathlib.Path(folder) / "account.json"
    path.write_text(json.dumps(state))
    return path


class Webhooks(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.receiver = Receiver()
        self.addCleanup(self.receiver.close)
        keys = pathlib.Path(self.folder.name) / "keys"
        keys.write_text(KEY + "\n")
        self.keys = ["--webhook-keys", keys, "--webhook-url", self.receiver.url + "/hook"]

    def expect_events(self, simulator, delivered):
        """The three of a call, sent in order. Nobody waits for the answer to one: the next may overtake it."""
        sent = ["call_started", "call_ended", "call_analyzed"]
        simulator.wait_for(lambda counts: counts["delivered"] == delivered)
        attempts = sorted(simulator.get("/__simulator/deliveries")["attempts"], key=lambda a: a["id"])
        self.assertEqual([a["event"] for a in attempts if a["event"] in sent], sent)
        self.assertEqual(sorted(self.receiver.events()), sorted(sent))

    def start(self, *arguments, **more):
        simulator = Simulator(*arguments, **more)
        self.addCleanup(simulator.stop)
        return simulator

    def test_a_call_asks_calls_a_function_and_announces_itself_all_signed(self):
        def reply(path, raw):
            if path == "/inbound":
                return 200, b'{"call_inbound":{"dynamic_variables":{"name":"Berg"}}}'
            return 200, b'{"slot":"9:30"}'

        self.receiver.reply = reply
        simulator = self.start("--account", account(self.folder.name, self.receiver), "--call-speed", 50, *self.keys)
        steps = [{"say": "agent", "text": "Hello"}, {"tool": "book", "arguments": {"call_id": "call_001"}}]
        call_id = simulator.begin(script={"steps": steps})
        self.expect_events(simulator, delivered=5)
        self.assertTrue(all(right for _, right, _ in self.receiver.seen), "a signature is wrong")
        self.assertEqual([p for p, _, _ in self.receiver.seen], ["/inbound", "/hook", "/book", "/hook", "/hook"])
        function = json.loads(self.receiver.seen[2][2])
        self.assertEqual((function["call"]["call_id"], function["args"]["call_id"]), (call_id, "call_001"))
        call = simulator.get("/v2/get-call/" + call_id)
        self.assertEqual(call["call_status"], "ended")
        self.assertEqual(call["retell_llm_dynamic_variables"], {"name": "Berg"})
        self.assertEqual(call["collected_dynamic_variables"], {"slot": "9:30"})
        simulator.wait_for(lambda counts: counts["delivered"] == 5)
        line = pathlib.Path(f"/proc/{simulator.process.pid}/cmdline").read_bytes()
        self.assertNotIn(b"CANARY", line)
        for path in ("state", "options", "deliveries", "log"):
            self.assertNotIn("CANARY", json.dumps(simulator.get("/__simulator/" + path)))
        self.assertNotIn("CANARY", simulator.stop())

    def test_what_is_refused_is_sent_again_and_hanging_receivers_do_not_stop_others(self):
        hold = threading.Event()
        self.addCleanup(hold.set)
        failures = {"left": 2}

        def reply(path, raw):
            if path == "/slow":
                hold.wait(30)
            if path == "/hook" and failures["left"]:
                failures["left"] -= 1
                return 503, b""
            return 200, b"{}"

        self.receiver.reply = reply
        simulator = self.start("--account", account(self.folder.name, self.receiver), "--call-speed", 100, *self.keys)
        simulator.send("POST", "/__simulator/options", {"webhooks": {"retry_spacing_ms": 50}})
        slow = {"agent": {"webhook_url": self.receiver.url + "/slow", "webhook_timeout_ms": 400}}
        simulator.send("POST", "/v3/create-web-call", {"agent_id": "agent_1", "agent_override": slow})
        call_id = simulator.begin()
        self.receiver.wait_for(lambda: self.receiver.count("call_analyzed"))
        bodies = [raw for p, _, raw in self.receiver.seen if p == "/hook" and b'"call_started"' in raw]
        self.assertEqual(len(set(bodies)), 1)
        self.assertIn(call_id.encode(), bodies[0])
        # Four attempts of 400 ms for each of the three events nobody answers.
        self.receiver.wait_for(lambda: sum(p == "/slow" for p, _, _ in self.receiver.seen) == 12)
        simulator.wait_for(lambda counts: counts["given_up"] == 3)

    def test_targets_beyond_loopback_are_refused_unless_allowed(self):
        # 203.0.113.0/24 is reserved for documentation: nothing is there, and nothing is sent.
        path = account(self.folder.name, self.receiver, webhook_url="http://203.0.113.1/hook")
        simulator = self.start("--account", path, "--call-speed", 1000, *self.keys[:2])
        simulator.send("POST", "/__simulator/options", {"webhooks": {"retry_spacing_ms": 1}})
        began = time.monotonic()
        simulator.begin()
        simulator.wait_for(lambda counts: counts["given_up"] == 3)
        self.assertLess(time.monotonic() - began, 9, "it was tried to connect")
        report = simulator.get("/__simulator/deliveries")
        self.assertEqual(report["counts"]["retried"], 9)
        refused = [a for a in report["attempts"] if a["event"] != "call_inbound"]
        self.assertTrue(all(a["status"] == 0 and "--remote-webhooks" in a["reason"] for a in refused), refused)

    def test_events_for_targets_out_there_come_to_the_account_s_own_address(self):
        path = account(self.folder.name, self.receiver, webhook_url="http://203.0.113.1/hook")
        simulator = self.start("--account", path, "--call-speed", 1000, *self.keys)
        simulator.begin()
        self.expect_events(simulator, delivered=4)
        self.assertTrue(all(right for _, right, _ in self.receiver.seen), "a signature is wrong")

    def test_a_killed_simulator_goes_on_with_its_calls(self):
        state = pathlib.Path(self.folder.name) / "state.json"
        arguments = ["--account", account(self.folder.name, self.receiver), "--state", state, *self.keys]
        simulator = self.start(*arguments)
        call_id = simulator.begin(script={"steps": [{"wait_ms": 1500}]})
        self.receiver.wait_for(lambda: self.receiver.count("call_started"))
        deadline = time.monotonic() + 10
        while "ongoing" not in state.read_text():
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.02)
        simulator.stop(signal.SIGKILL)
        again = self.start(*arguments)
        self.receiver.wait_for(lambda: self.receiver.count("call_analyzed"))
        self.assertEqual(again.get("/v2/get-call/" + call_id)["call_status"], "ended")
        self.assertEqual(self.receiver.count("call_ended"), 1)

    def test_load_calls_begin_at_the_rate_and_memory_stays_flat(self):
        rate, calls = 40, int(os.environ.get("TRUNKLINE_LOAD_CALLS", "240"))
        simulator = self.start("--account", account(self.folder.name, self.receiver), "--call-speed", 100,
                               "--concurrency", 1000, "--calls-per-second", rate, *self.keys)
        simulator.send("POST", "/__simulator/options", {"calls": {"history": 40}})
        self.receiver.wait_for(lambda: self.receiver.count("call_started") >= calls / 4, calls)
        began, memory = time.monotonic(), simulator.memory()
        self.receiver.wait_for(lambda: self.receiver.count("call_started") >= calls, calls)
        took = time.monotonic() - began
        counts = simulator.get("/__simulator/deliveries")["counts"]
        self.assertGreater(calls * 0.75 / took, rate * 0.6)
        self.assertLess(calls * 0.75 / took, rate * 1.4)
        self.assertTrue(all(right for _, right, _ in self.receiver.seen))
        self.assertEqual((counts["given_up"], counts["overflowed"]), (0, 0))
        if b"__tsan_init" not in PROGRAM.read_bytes():  # whose shadow memory grows by itself
            self.assertLess(simulator.memory(), memory + 8_000)
        listed = simulator.send("POST", "/v3/list-calls", {"include_total": True, "limit": 1})[1]
        self.assertLess(listed["total"], 40 + rate * 2)  # the ended ones kept, and those under way

    def test_bad_command_lines_are_refused(self):
        for arguments in (["--webhook-keys", "/nowhere"], ["--webhook-url", "ftp://x"], ["--call-speed", "0"],
                          ["--calls-per-second", "-1"], ["--concurrency", "x"]):
            with self.subTest(arguments=arguments):
                done = subprocess.run([str(PROGRAM), *arguments], capture_output=True, text=True, timeout=20)
                self.assertEqual(done.returncode, 64, done.stderr)
        done = subprocess.run([str(PROGRAM), "--listen", "127.0.0.1:0", "--account", "empty",
                               "--calls-per-second", "1"], capture_output=True, text=True, timeout=20)
        self.assertEqual(done.returncode, 1)
        self.assertIn("no phone number", done.stderr)


if __name__ == "__main__":
    unittest.main()
