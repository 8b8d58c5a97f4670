#!/usr/bin/env python3
"""Our client calls every operation: answered by prism's mock, and by retell-simulator behind prism's contract proxy."""

import email.parser
import email.policy
import json
import unittest

import harness
import relay
import scenario

# prism falls over an upload with a file, and cannot read the empty answer of publish. What stands in for it: below for the
# uploads, in test_sdk.py (test_publish_is_answered_by_nothing) for publish.
UPLOADS = ["add-knowledge-base-sources", "clone-voice", "create-asset", "create-knowledge-base", "upload-contact-import-file"]
PUBLISH = "publish-agent-version"


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


class EveryOperation(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.simulator = harness.Simulator("--account", "demo")
        cls.addClassCleanup(cls.simulator.stop)
        peer = cls.peer_at(cls.simulator.url)
        cls.operations = {o["name"]: o for o in peer.ask(operations=True)["operations"]}
        cls.direct = peer

    @classmethod
    def peer_at(cls, url):
        peer = harness.Peer(url)
        cls.addClassCleanup(peer.stop)
        return peer

    def relay_to(self, url):
        made = relay.Relay(url)
        self.addCleanup(made.stop)
        return made

    def test_every_operation_is_called(self):
        self.assertEqual(sorted(entry["call"] for entry in scenario.CALLS), sorted(self.operations))
        self.assertEqual(len(self.operations), 110)
        self.assertEqual(UPLOADS, sorted(name for name, o in self.operations.items() if o["multipart"]))

    def test_the_mock_accepts_every_request(self):
        mock = harness.Prism.mock(harness.tools)
        self.addCleanup(mock.stop)
        between = self.relay_to(mock.url)
        peer = self.peer_at(between.url)
        refused, accepted = [], 0
        answers = scenario.run(lambda name: self.direct if name in UPLOADS else peer, substitute="example")
        for entry, answer in answers:
            name = entry["call"]
            if name in UPLOADS:
                continue
            if answer["ok"] and answer["status"] == self.operations[name]["success"]:
                accepted += 1
            else:
                refused.append((name, answer, violations(between.exchanges[-1])))
        self.assertEqual(refused, [])
        self.assertEqual(accepted, 110 - len(UPLOADS))

    def test_no_answer_of_the_simulator_breaks_the_contract(self):
        prism = harness.Prism.proxy(harness.tools, self.simulator.url)
        self.addCleanup(prism.stop)
        between = self.relay_to(prism.url)
        peer = self.peer_at(between.url)
        broken, done, failed = [], 0, []
        for entry, answer in scenario.run(lambda name: self.direct if name in (*UPLOADS, PUBLISH) else peer):
            name = entry["call"]
            seen = violations(between.exchanges[-1]) if between.exchanges else []
            if not answer["ok"] and seen:
                broken.append((name, seen))
            elif answer["ok"] and answer["status"] == self.operations[name]["success"]:
                done += 1
            else:
                failed.append(name)
        self.assertEqual(broken, [])
        print(f"{done} of {len(self.operations)} operations answered as described; not {', '.join(failed) or 'a single one'}")

    def test_uploads_are_what_the_sdk_sends(self):
        """Excused from prism: the same upload by the official SDK, compared field by field by a parser of neither."""
        between = self.relay_to(self.simulator.url)
        peer = self.peer_at(between.url)
        harness.node(harness.tools, "sdk_uploads.mjs", between.url, str(harness.HERE / "calls.json"), "kb_example")
        by_sdk = list(between.exchanges)
        del between.exchanges[:]
        for entry in scenario.CALLS:
            if entry["call"] in UPLOADS:
                peer.ask(call=entry["call"], files=entry["files"],
                         arguments=scenario.filled(entry.get("arguments", {}), {"base": "kb_example"}))
        by_us = list(between.exchanges)
        self.assertEqual(len(by_us), len(UPLOADS))
        self.assertEqual([(e.method, e.target) for e in by_us], [(e.method, e.target) for e in by_sdk])
        for ours, theirs in zip(by_us, by_sdk):
            with self.subTest(ours.target):
                self.assertEqual(parts(ours), parts(theirs))


if __name__ == "__main__":
    harness.main()
