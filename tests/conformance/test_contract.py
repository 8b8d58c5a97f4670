#!/usr/bin/env python3
"""Our client calls every operation: answered by prism's mock, and by retell-simulator behind prism's contract proxy."""

import concurrent.futures
import email.parser
import email.policy
import json
import pathlib
import re
import sys
import tempfile
import unittest

import harness
import relay
import scenario
import table

# What prism cannot judge; table.py says why, and what judges instead.
UPLOADS = ["add-knowledge-base-sources", "clone-voice", "create-asset", "create-knowledge-base", "upload-contact-import-file"]
PUBLISH = "publish-agent-version"
# Refusals with a status that the description has not for this operation, though it has it for the others of the resource:
# what is not there answers the same to whatever is asked of it.
ALIKE = {"update-conversation-flow": ["status 404 is not described"],
         "add-knowledge-base-sources": ["status 422 is not described"]}


def violations(exchange):
    """What prism found wrong with a request or its answer."""
    try:
        found = json.loads(exchange.answer).get("validation", [])
    except (ValueError, AttributeError):
        return []
    return [f"{'.'.join(map(str, v['location']))}: {v['message']}" for v in found]


def parts(exchange):
    """The fields of a form, read by somebody else's parser: (name, file name, content type of files, content)."""
    content_type = next(v for k, v in exchange.headers.items() if k.lower() == "content-type")
    form = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(
        b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + exchange.body)
    read = []
    for part in form.iter_parts():
        name, filename = (part.get_param(p, header="content-disposition") for p in ("name", "filename"))
        read.append((name, filename, filename and part.get_content_type(), part.get_payload(decode=True)))
    return sorted(read, key=lambda p: (p[0], p[3]))


class Run:
    """Every operation called on the mock and on the simulator, the two side by side. What came of it, by operation."""

    def __init__(self, simulator):
        self.simulator = simulator
        peer = harness.Peer(simulator.url)
        self.operations = peer.ask(operations=True)["operations"]
        self.described = {o["name"]: o for o in self.operations}
        self.client, self.on_simulator, self.contract, self.uploaded = {}, {}, {}, []
        with concurrent.futures.ThreadPoolExecutor() as pool:
            halves = [pool.submit(self.call_mock), pool.submit(self.call_simulator, peer)]
        peer.stop()
        for half in halves:
            half.result()

    def mark(self, name, answer):
        if answer["ok"] and answer["status"] == self.described[name]["success"]:
            return "ok"
        return answer.get("error", f"status {answer['status']}").removeprefix(name + ": ")

    def call_mock(self):
        with Judge(harness.Prism.mock(harness.tools)) as judge:
            for entry, answer in scenario.run(judge.peer, skip=UPLOADS, substitute="example"):
                name = entry["call"]
                if name in UPLOADS:
                    self.client[name] = "excused ¹"
                else:
                    self.client[name] = "; ".join(judge.violations()) or self.mark(name, answer)
            self.broken_request = judge.peer.ask(call="create-agent", arguments={"body": {"voice_id": 5}})

    def call_simulator(self, direct):
        with Judge(harness.Prism.proxy(harness.tools, self.simulator.url)) as judge:
            peers = {name: direct for name in (*UPLOADS, PUBLISH)}
            for entry, answer in scenario.run(judge.peer, peers):
                name = entry["call"]
                self.on_simulator[name] = self.mark(name, answer)
                if name in UPLOADS:
                    self.contract[name] = "excused ¹"
                    self.uploaded.append((self.described[name], answer))
                elif name == PUBLISH:
                    self.contract[name] = "excused ²"
                else:
                    self.contract[name] = "; ".join(judge.violations()) or self.on_simulator[name]

    def page(self):
        versions = {"prism": installed("@stoplight/prism-cli"), "sdk": installed("retell-sdk")}
        return table.render(versions, self.operations, self.client, self.on_simulator, self.contract)


class Judge:
    """A prism, and a peer whose exchanges with it are kept."""

    def __init__(self, prism):
        self.prism = prism
        self.between = relay.Relay(prism.url)
        self.peer = harness.Peer(self.between.url)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.peer.stop()
        self.between.stop()
        self.prism.stop()

    def violations(self):
        """Of what was exchanged since the last time."""
        found = [v for exchange in self.between.exchanges for v in violations(exchange)]
        del self.between.exchanges[:]
        return found


def installed(package):
    return json.loads((harness.tools / "node_modules" / package / "package.json").read_text())["version"]


def faults(marks):
    return {name: mark for name, mark in marks.items() if mark != "ok" and not mark.startswith("excused")}


class EveryOperation(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.simulator = harness.Simulator("--account", "demo")
        cls.addClassCleanup(cls.simulator.stop)
        cls.run_of_all = Run(cls.simulator)

    def test_every_operation_is_called_once(self):
        self.assertEqual(sorted(entry["call"] for entry in scenario.CALLS), sorted(self.run_of_all.described))
        self.assertEqual(len(self.run_of_all.described), 110)
        self.assertEqual(UPLOADS, sorted(o["name"] for o in self.run_of_all.operations if o["multipart"]))

    def test_the_mock_accepts_every_request_and_we_read_every_answer(self):
        self.assertEqual(faults(self.run_of_all.client), {})

    def test_a_broken_request_would_be_noticed(self):
        self.assertIn(self.run_of_all.broken_request["status"], (400, 422), self.run_of_all.broken_request)

    def test_the_simulator_does_every_operation(self):
        self.assertEqual(faults(self.run_of_all.on_simulator), {})

    def test_nothing_breaks_the_contract(self):
        self.assertEqual(faults(self.run_of_all.contract), {})

    def test_the_table_in_the_documentation_says_what_was_seen(self):
        page = self.run_of_all.page()
        if "--write" in arguments:
            table.PAGE.write_text(page, encoding="utf-8")
        committed = table.PAGE.read_text(encoding="utf-8") if table.PAGE.exists() else ""
        self.assertEqual(committed.splitlines(), page.splitlines(), "renew it with ./dev conformance --write")

    def judged(self, answers):
        """What answers.mjs finds wrong with each of (operation, status, document)."""
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "answers.jsonl"
            with open(path, "w", encoding="utf-8") as file:
                for described, status, body in answers:
                    file.write(json.dumps({"path": described["path"], "method": described["method"], "status": status,
                                           "body": body}) + "\n")
            return harness.node(harness.tools, "answers.mjs", harness.CONTRACT, path)

    def test_answers_to_uploads_are_as_described(self):
        answers = [(described, answer["status"], answer.get("body")) for described, answer in self.run_of_all.uploaded]
        self.assertEqual(self.judged(answers), [[]] * len(UPLOADS))

    def test_what_is_not_as_described_would_be_noticed(self):
        voice = self.run_of_all.described["clone-voice"]
        missing, status, body = self.judged([(voice, 201, {"gender": 5}), (voice, 418, {}),
                                             (self.run_of_all.described["delete-agent"], 204, {})])
        self.assertIn(" must have required property 'voice_id'", missing)
        self.assertEqual((status, body), (["status 418 is not described"], ["a body is not described"]))

    def test_refusals_are_as_described(self):
        """Whatever addresses something that is not there; and every operation without a key."""
        between = relay.Relay(self.simulator.url)
        self.addCleanup(between.stop)
        peer = harness.Peer(between.url)
        self.addCleanup(peer.stop)
        seen = []
        for entry in scenario.CALLS:
            described = self.run_of_all.described[entry["call"]]
            if "{" in described["path"]:
                asked = scenario.filled(entry.get("arguments", {}), scenario.NOTHING)
                peer.ask(call=entry["call"], arguments=asked, files=entry.get("files", []))
                seen.append((described, between.exchanges[-1].status, json.loads(between.exchanges[-1].answer)))
            path = re.sub("{[^}]*}", "nothing", described["path"])
            seen.append((described, *harness.send(described["method"], self.simulator.url + path)))
        self.assertEqual([s[0]["name"] for s in seen if s[1] < 400], [])
        wrong = {s[0]["name"]: found for s, found in zip(seen, self.judged(seen)) if found}
        self.assertEqual(wrong, ALIKE)

    def test_uploads_are_what_the_sdk_sends(self):
        """The same upload by the official SDK and by us, read by a parser of neither."""
        between = relay.Relay(self.simulator.url)
        self.addCleanup(between.stop)
        peer = harness.Peer(between.url)
        self.addCleanup(peer.stop)
        base = peer.ask(call="create-knowledge-base", arguments={"body": {"knowledge_base_name": "Base"}})
        base = base["body"]["knowledge_base_id"]
        del between.exchanges[:]
        accepted = harness.node(harness.tools, "sdk_uploads.mjs", between.url, harness.HERE / "calls.json", base)
        by_sdk = list(between.exchanges)
        del between.exchanges[:]
        answers = [peer.ask(call=entry["call"], files=entry["files"],
                            arguments=scenario.filled(entry.get("arguments", {}), {"base": base}))
                   for entry in scenario.CALLS if entry["call"] in UPLOADS]
        by_us = list(between.exchanges)
        self.assertEqual([a["accepted"] for a in accepted], [True] * len(UPLOADS), accepted)
        self.assertEqual([a["ok"] for a in answers], [True] * len(UPLOADS), answers)
        self.assertEqual([(e.method, e.target) for e in by_us], [(e.method, e.target) for e in by_sdk])
        for ours, theirs in zip(by_us, by_sdk):
            with self.subTest(ours.target):
                self.assertEqual(parts(ours), parts(theirs))


if __name__ == "__main__":
    arguments = [a for a in sys.argv if a == "--write"]
    sys.argv = [a for a in sys.argv if a != "--write"]
    harness.main()
