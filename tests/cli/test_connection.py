#!/usr/bin/env python3
"""Certificates, requests that are sent, and runs that act as one."""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from support import CANARY, LISTS, CliTest, Simulator, main


class Tls(CliTest):
    """Certificates are made once by openssl; without it these are skipped."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if not shutil.which("openssl"):
            raise unittest.SkipTest("no openssl program here")
        cls.made = pathlib.Path(tempfile.mkdtemp(prefix="trunkline-tls-"))
        cls.addClassCleanup(shutil.rmtree, cls.made, ignore_errors=True)

    def certificate(self, name, subject, days):
        key, request, cert = (self.made / (name + end) for end in (".key", ".csr", ".pem"))
        extensions = self.made / (name + ".cnf")
        extensions.write_text(f"subjectAltName = {subject}\n")
        quiet = {"check": True, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        subprocess.run(["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                        "-keyout", key, "-out", request, "-subj", "/CN=trunkline test"], **quiet)
        subprocess.run(["openssl", "x509", "-req", "-in", request, "-signkey", key, "-out", cert, "-days", str(days),
                        "-extfile", extensions], **quiet)
        return cert, key

    def serve(self, name, subject, days):
        cert, key = self.certificate(name, subject, days)
        simulator = Simulator("--account", "empty", "--tls", cert, key)
        self.addCleanup(simulator.stop)
        self.env["RETELL_BASE_URL"] = simulator.url
        return cert

    def test_a_trusted_certificate(self):
        cert = self.serve("good", "IP:127.0.0.1", 2)
        self.run_cli("pull", self.bundle, "--ca-file", cert)
        self.fails("pull", self.bundle, says="certificate")

    def test_an_expired_certificate(self):
        cert = self.serve("old", "IP:127.0.0.1", -1)
        self.fails("pull", self.bundle, "--ca-file", cert, says="expired")

    def test_a_certificate_of_somebody_else(self):
        cert = self.serve("other", "DNS:other.example.test", 2)
        self.fails("pull", self.bundle, "--ca-file", cert, says="127.0.0.1")


class Requests(CliTest):
    def test_pull_fetches_only_what_moved(self):
        # A draft beside the published version: the engine's listed version is not the one the agent names.
        self.edit_elsewhere(agent_id="agent_reception", engine_patch={"general_prompt": "Entwurf."}, publish=False)
        self.check_pull(self.simulator)

    def test_pull_of_the_demo_account(self):
        simulator = Simulator("--account", "demo")
        self.addCleanup(simulator.stop)
        self.env["RETELL_BASE_URL"] = simulator.url
        self.check_pull(simulator)
        shown = b"".join(f.read_bytes() for f in self.dir.rglob("*") if f.is_file())
        self.assertIn(CANARY, json.dumps(simulator.state()), "the account holds secrets to look for")
        self.assertNotIn(CANARY.encode(), shown)

    def check_pull(self, simulator):
        state = simulator.state()
        newest = {}
        for table, key in (("retell_llms", "llm_id"), ("conversation_flows", "conversation_flow_id")):
            for record in state[table]:
                newest[record[key]] = record["versions"][-1]["version"]
        behind = set()
        for record in state["agents"]:
            published = [v for v in record["versions"] if v["is_published"]]
            engine = (published or record["versions"])[-1]["response_engine"]
            engine_id = engine.get("llm_id") or engine.get("conversation_flow_id")
            if engine_id and newest[engine_id] != engine["version"]:
                behind.add((engine_id, engine["version"]))
        self.assertTrue(behind)
        simulator.control("DELETE", "log")
        self.run_cli("pull", self.bundle)
        asked = simulator.operations()
        pages = [o for o in asked if o in LISTS]
        gets = asked.count("get-agent")
        engines = asked.count("get-retell-llm") + asked.count("get-conversation-flow")
        self.assertEqual(len(asked), len(pages) + gets + engines, set(asked))
        self.assertLessEqual(gets, len(state["agents"]))
        self.assertLessEqual(engines, len(behind))
        simulator.control("DELETE", "log")
        again = self.run_json("pull", self.bundle)
        self.assertEqual(sorted(simulator.operations()), sorted(pages))
        self.assertEqual(again["files_written"], 0)
        self.run_cli("plan", self.bundle)


class Shared(CliTest):
    """Runs that act as one before the service."""

    def setUp(self):
        super().setUp()
        name = f"test-{os.getpid()}-{self.dir.name[-8:]}"
        self.env["TRUNKLINE_SHARED"] = name
        self.addCleanup(self.run_cli, "shm", "remove", name, "--yes")

    def test_a_refused_key_is_left_alone_and_another_is_not(self):
        wrong = dict(self.env, RETELL_API_KEY="key_CANARY_wrong")
        self.run_cli("pull", self.bundle, env=wrong, code=1)
        self.simulator.control("DELETE", "log")
        again = self.run_cli("pull", self.bundle, env=wrong, code=1)
        self.assertIn("refused this account lately", again.err)
        self.assertEqual(self.simulator.operations(), [], "nothing was sent")
        self.run_cli("pull", self.bundle, "--no-shared", env=wrong, code=1)
        self.assertNotEqual(self.simulator.operations(), [], "on its own it knows of nothing")
        self.pull()

    def test_a_redis_that_is_away_stops_nobody_and_a_wrong_address_tells_no_password(self):
        away = dict(self.env, TRUNKLINE_REDIS=f"unix://:CANARY-redis@{self.dir / 'nobody.sock'}")
        self.run_cli("pull", self.bundle, env=away)
        self.run_cli("pull", self.bundle, env=dict(away, TRUNKLINE_REDIS_STRICT="on"))
        for url in ("redis://:CANARY-redis@203.0.113.7:1/", "nonsense://:CANARY-redis@x"):
            wrong = self.run_cli("pull", self.bundle, env=dict(self.env, TRUNKLINE_REDIS=url), code=1)
            self.assertIn("Redis", wrong.err)
            self.assertNotIn("CANARY-redis", wrong.err)
        self.run_cli("pull", self.bundle, "--no-shared", env=dict(self.env, TRUNKLINE_REDIS="nonsense"))

    def test_what_cannot_be_shared_is_done_without(self):
        for name, says in (("../x", "letters, digits"), ("x" * 65, "64")):
            self.assertIn(says, self.run_cli("pull", self.bundle, env=dict(self.env, TRUNKLINE_SHARED=name), code=1).err)
        self.pull()


if __name__ == "__main__":
    main()
