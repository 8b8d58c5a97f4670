#!/usr/bin/env python3
"""The official SDK against retell-simulator, each call judged by prism against the description of the API."""

import http.client
import json
import unittest
import urllib.parse

import harness

NUMBER = "+493023125001"
ACCOUNT = {"format": 1, "agents": [], "retell_llms": [], "conversation_flows": [],
           "phone_numbers": [{"phone_number": NUMBER, "phone_number_type": "custom",
                              "last_modification_timestamp": 1750000000000}]}
CREATED_HERE = {"agent_id", "version", "base_version", "last_modification_timestamp", "is_published", "version_title"}


def content(document):
    """What a version says, without what tells versions apart."""
    kept = {k: v for k, v in document.items() if k not in CREATED_HERE}
    if engine := kept.get("response_engine"):
        kept["response_engine"] = {k: v for k, v in engine.items() if k != "version"}
    return kept


class OfficialSdk(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.simulator = harness.Simulator("--account", "empty")
        cls.addClassCleanup(cls.simulator.stop)
        cls.simulator.control("PUT", "state", ACCOUNT)
        cls.prism = harness.Prism.proxy(harness.tools, cls.simulator.url)
        cls.addClassCleanup(cls.prism.stop)

    def setUp(self):
        self.simulator.control("PUT", "state", ACCOUNT)
        self.simulator.control("POST", "options", {"publish": "length_zero"})    # the SDK throws on an empty chunked body

    def walk(self):
        steps = harness.node(harness.tools, "sdk_walk.mjs", self.prism.url, self.simulator.url, NUMBER)
        violations = [(s["step"], s["violations"]) for s in steps if s.get("violations")]
        self.assertEqual(violations, [], "answers that break the contract")
        return {s["step"]: s for s in steps}

    def refused(self, step, status, message):
        self.assertEqual((step.get("status"), step.get("message")), (status, message), step)

    def test_an_agent_lives_from_creation_to_deletion(self):
        said = self.walk()
        answer = {name: step["answer"] for name, step in said.items() if "answer" in step}
        refusals = set(said) - set(answer)
        self.assertEqual(refusals, {"update published agent", "update published llm", "weights that do not sum to 1",
                                    "read what was deleted"})

        self.assertEqual((answer["create agent"]["version"], answer["create agent"]["is_published"]), (0, False))
        self.assertIs(answer["read 0"]["is_published"], True)
        self.refused(said["update published agent"], 422, "Cannot update published agent other than version title")
        self.refused(said["update published llm"], 400, "Cannot update published LLM")
        self.assertEqual(answer["title of published agent"]["version_title"], "First")

        draft = answer["new draft"]
        self.assertEqual((draft["version"], draft["base_version"], draft["is_published"]), (1, 0, False))
        self.assertIs(answer["llm of the draft"]["is_published"], False)
        self.assertEqual([(v["version"], v["is_published"]) for v in answer["versions"]["items"]], [(1, True), (0, True)])
        self.assertEqual(content(answer["agent 0 afterwards"]), content(answer["read 0"]))
        self.assertEqual(answer["llm 0 afterwards"]["general_prompt"], "You answer the phone of a bakery.")
        self.assertEqual(answer["llm 1 afterwards"]["general_prompt"], "You sell bread.")

        for step, version in (("pin number to 1", 1), ("pin number back to 0", 0)):
            bound = answer[step]["inbound_agents"]
            self.assertEqual([(b["agent_version"], b["weight"]) for b in bound], [(version, 1)])
        self.assertEqual(said["weights that do not sum to 1"]["status"], 400)

        self.assertEqual((answer["draft from 0"]["version"], answer["draft from 0"]["base_version"]), (2, 0))
        self.assertEqual(content(answer["agent 2"]), content(answer["agent 0 afterwards"]))
        self.assertEqual(content(answer["llm 2"]), content(answer["llm 0 afterwards"]))
        self.assertIs(answer["agent 2"]["is_published"], True)

        made = answer["create agent"]["agent_id"]
        self.assertIn(made, [row["agent_id"] for row in answer["list"]["items"]])
        self.assertEqual(said["read what was deleted"]["status"], 422)

    def test_a_broken_answer_would_be_noticed(self):
        """The proof that the proxy judges: an agent whose voice is a number."""
        broken = {"agent_id": "agent_broken", "version": 0, "is_published": False, "voice_id": 5,
                  "last_modification_timestamp": 1750000000000,
                  "response_engine": {"type": "custom-llm", "llm_websocket_url": "wss://example.test/llm"}}
        self.simulator.control("PUT", "state", dict(ACCOUNT, agents=[{"agent_id": "agent_broken", "versions": [broken]}]))
        status, answer = harness.send("GET", self.prism.url + "/get-agent/agent_broken",
                                      headers={"Authorization": "Bearer " + harness.KEY})
        self.assertEqual(status, 500)
        self.assertIn("voice_id", json.dumps(answer["validation"]))

    def test_publish_is_answered_by_nothing(self):
        """Excused from the proxy, which cannot read an empty answer: looked at directly, in each way it may be given."""
        for given, expected in (("chunked_empty", (200, "chunked", None)), ("length_zero", (200, None, "0")),
                                ("no_content", (204, None, None))):
            with self.subTest(given):
                self.simulator.control("POST", "options", {"publish": given})
                headers = {"Authorization": "Bearer " + harness.KEY, "Content-Type": "application/json"}
                engine = {"type": "custom-llm", "llm_websocket_url": "wss://example.test/llm"}
                _, agent = harness.send("POST", self.simulator.url + "/create-agent",
                                        {"voice_id": "retell-Cimo", "response_engine": engine}, headers)
                where = urllib.parse.urlsplit(self.simulator.url)
                connection = http.client.HTTPConnection(where.hostname, where.port, timeout=30)
                connection.request("POST", "/publish-agent-version/" + agent["agent_id"], '{"version": 0}', headers)
                answer = connection.getresponse()
                self.assertEqual(answer.read(), b"")
                self.assertEqual((answer.status, answer.getheader("Transfer-Encoding"), answer.getheader("Content-Length")),
                                 expected)
                connection.close()
                _, agent = harness.send("GET", self.simulator.url + "/get-agent/" + agent["agent_id"], headers=headers)
                self.assertIs(agent["is_published"], True)


if __name__ == "__main__":
    harness.main()
