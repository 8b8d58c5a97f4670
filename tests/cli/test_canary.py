#!/usr/bin/env python3
"""Secrets of many kinds go into every input of `trunkline`; no output holds one of them.

Two kinds of secrets. Sealed: those at places that are known to hold one (headers, keys, URLs, the environment); they
exist in clear at the service alone. Typed: those that somebody wrote into a prompt; a prompt is configuration and stays
whole in bundle, plan file, store and backup, but is not shown.

TRUNKLINE_TEST_SEED replays a run: the values are fresh each time.
"""

import base64
import json
import os
import random
import sqlite3
import stat
import string
import subprocess
import sys
import unittest
import urllib.parse

import support

HEX = "0123456789abcdef"
ALNUM = string.ascii_letters + string.digits
# Where a prompt lives in the store, as text or in a document. Everything else holds neither kind.
PROMPTS_LIVE_IN = {("documents", "content"), ("backup_contents", "content"), ("releases", "plan")}


class Canary:
    """One value and how it could be recognised in an output."""

    def __init__(self, name, value, core=None):
        self.name = name
        self.value = value
        self.core = core or value  # the part that must not appear

    def forms(self):
        raw = self.core.encode()
        encoded = base64.b64encode(self.value.encode()).decode()
        return {raw, urllib.parse.quote(self.core, safe="").encode(), json.dumps(self.core)[1:-1].encode(),
                encoded[:len(encoded) // 4 * 4 - 4].encode()}

    def is_in(self, data):
        return any(form in data for form in self.forms())


def iban(dice):
    """A German one of a bank that does not exist, with right check digits."""
    account = "99999999" + "".join(dice.choices("0123456789", k=10))
    check = 98 - int(account + "131400") % 97
    return f"DE{check:02}{account}"


def card(dice):
    digits = "411111" + "".join(dice.choices("0123456789", k=9))
    total = sum(d if i % 2 else (2 * d - 9 if d > 4 else 2 * d) for i, d in enumerate(map(int, digits)))
    return digits + str(-total % 10)


def canaries(dice):
    def some(alphabet, n):
        return "".join(dice.choices(alphabet, k=n))
    body = [some(ALNUM + "+/", 64) for _ in range(4)]
    jwt_head = base64.urlsafe_b64encode(b'{"alg":"HS256","typ":"JWT"}').decode().rstrip("=")
    key, money, number = "key_" + some(HEX, 28), iban(dice), card(dice)
    return {c.name: c for c in [
        Canary("api key", key, key[4:]),
        Canary("bearer", some(ALNUM, 30)),
        Canary("header iban", money, money[4:18]),
        Canary("query param", some(ALNUM, 24)),
        Canary("tool url", some(ALNUM, 22)),
        Canary("cal key", "cal_live_" + some(HEX, 32)),
        Canary("mcp header", some(ALNUM, 26)),
        Canary("mcp query", some(ALNUM, 26)),
        Canary("mcp url", some(ALNUM, 20)),
        Canary("webhook url", some(ALNUM, 24)),
        Canary("unknown field", some(ALNUM, 24)),
        Canary("sip password", some(ALNUM, 16)),
        Canary("environment", some(ALNUM, 24)),
        Canary("plain in file", some(ALNUM, 24)),
        Canary("openai", "sk-proj-" + some(ALNUM, 48)),
        Canary("stripe", "sk_live_" + some(ALNUM, 24)),
        Canary("github", "ghp_" + some(ALNUM, 36)),
        Canary("aws", "AKIA" + some(string.ascii_uppercase + "234567", 16)),
        Canary("jwt", jwt_head + "." + some(ALNUM, 60) + "." + some(ALNUM, 43)),
        Canary("pem", "-----BEGIN PRIVATE KEY-----\n" + "\n".join(body) + "\n-----END PRIVATE KEY-----", body[1]),
        Canary("dsn", "postgres://app:" + some(ALNUM, 20) + "@db.internal/app"),
        Canary("typed password", some(ALNUM, 13) + some("23456789", 1)),
        Canary("card", number, number[:12]),
        Canary("slack hook", "T0" + some(string.ascii_uppercase, 7) + "/B0" + some(string.ascii_uppercase, 7) + "/" +
               some(ALNUM, 24)),
        Canary("basic", base64.b64encode(("user:" + some(ALNUM, 18)).encode()).decode()),
        Canary("cookie", some(ALNUM, 32)),
    ]}


TYPED = ("openai", "stripe", "github", "aws", "jwt", "pem", "dsn", "typed password", "card", "slack hook", "basic")


def seeded_account(c):
    account = support.small_account()
    prompt = ("Du bist der Empfang.\nZum Testen: " + c["openai"].value + " und " + c["stripe"].value + "\n"
              "curl -H 'Authorization: Basic " + c["basic"].value + "' https://intern.example.test\n" + c["pem"].value +
              "\nDatenbank " + c["dsn"].value + "\npassword: " + c["typed password"].value + "\n")
    tool = {"type": "custom", "name": "book", "method": "POST",
            "url": "https://tools.example.test/book?api_key=" + c["tool url"].value,
            "headers": {"Authorization": "Bearer " + c["bearer"].value, "X-Customer-Iban": c["header iban"].value},
            "query_params": {"sid": c["query param"].value},
            "parameters": {"type": "object", "properties": {}}}
    cal = {"type": "check_availability_cal", "name": "slots", "cal_api_key": c["cal key"].value, "event_type_id": 7}
    unknown = {"type": "future_kind", "name": "later", "api_key": c["unknown field"].value}
    mcp = {"name": "crm", "url": "https://user:" + c["mcp url"].value + "@mcp.example.test/sse",
           "headers": {"X-Key": c["mcp header"].value}, "query_params": {"k": c["mcp query"].value}}
    for record in account["retell_llms"]:
        if record["llm_id"] == "llm_reception":
            record["versions"][-1].update(general_prompt=prompt, general_tools=[tool, cal, unknown], mcps=[mcp])
    for record in account["agents"]:
        for version in record["versions"]:
            if record["agent_id"] == "agent_reception":
                version["webhook_url"] = "https://hooks.example.test/retell?token=" + c["webhook url"].value
    flow = account["conversation_flows"][0]["versions"][0]
    flow["nodes"][0]["instruction"]["text"] = "Nimm " + c["github"].value + " und " + c["aws"].value + "."
    flow["global_prompt"] = ("Karte " + c["card"].value + ", JWT " + c["jwt"].value +
                             ", https://hooks.slack.com/services/" + c["slack hook"].value)
    return account


def call_ended(c):
    return {"event": "call_ended", "call": {
        "call_id": "call_0123456789abcdef", "metadata": {"api_key": c["unknown field"].value},
        "transcript": "User: Mein Passwort ist " + c["typed password"].value,
        "headers": {"cookie": "sid=" + c["cookie"].value},
        "transcript_with_tool_calls": [{"role": "tool_call_invocation", "name": "pay", "arguments": json.dumps(
            {"iban": c["header iban"].value, "auth": {"token": c["bearer"].value}})}],
        "recording_url": "https://cdn.example.test/r.wav?X-Amz-Signature=" + c["query param"].value}}


class Canaries(support.CliTest):
    def setUp(self):
        super().setUp()
        seed = int(os.environ.get("TRUNKLINE_TEST_SEED", random.randrange(1 << 32)))
        print(f"canaries: seed {seed} (TRUNKLINE_TEST_SEED replays it)", file=sys.stderr)
        self.secrets = canaries(random.Random(seed))
        self.simulator.control("PUT", "state", seeded_account(self.secrets))
        self.env.update(RETELL_API_KEY=support.KEY)
        self.commands = 0

    def value(self, name):
        return self.secrets[name].value

    def check(self, data, where, names=None):
        for c in self.secrets.values():
            if names is None or c.name in names:
                self.assertFalse(c.is_in(data), f"{c.name} is in {where}")

    def try_it(self, *args, code=None, given=None, env=None, names=None):
        """Runs a command and looks at both streams. What it exits with matters only where it is said."""
        result = self.finish(self.start(*args, env=dict(self.env, **(env or {})),
                                        stdin=subprocess.PIPE if given is not None else subprocess.DEVNULL), given)
        self.commands += 1
        self.check((result.out + result.err).encode(), f"the output of {args[:2]}: {result}", names)
        if code is not None:
            self.assertEqual(result.code, code, result)
        return result

    def everywhere(self, *args, **more):
        for form in ([], ["--json"], ["--color"]):
            result = self.try_it(*args, *form, **more)
        return result

    def test_nothing_shows_or_keeps_a_secret(self):
        self.try_it("pull", self.bundle, code=0)
        self.try_it("pull", self.bundle, "--json", code=0)
        self.everywhere("drift", code=0)
        for operation, arguments in (("get-retell-llm", {"llm_id": "llm_reception"}), ("list-retell-llms", {}),
                                     ("get-conversation-flow", {"conversation_flow_id": "conversation_flow_booking"}),
                                     ("get-agent", {"agent_id": "agent_reception"}), ("list-agents", {})):
            self.everywhere("call", operation, json.dumps(arguments), "--explain", code=0)
        self.try_it("call", "list-retell-llms", "--all", code=0)
        self.everywhere("explain", "+493023125001", code=0)
        self.release()
        self.look_back()
        self.damage()
        self.misuse()
        self.filter()
        self.in_files()
        self.in_tables(self.dir / "store.db")
        self.in_tables(self.dir / "backup.db")
        self.assertGreater(self.commands, 60)

    def release(self):
        """Changes that carry secrets: in files, through the environment, typed into a prompt and a title."""
        self.env["NEW_TOKEN"] = "Bearer " + self.value("environment")

        def change(document):
            document["general_tools"][0]["headers"]["Authorization"] = "@env:NEW_TOKEN"
            document["general_tools"][0]["headers"]["X-New"] = self.value("plain in file")
        self.edit(support.RECEPTION, change)
        self.append(support.RECEPTION_PROMPT, "Neu: " + self.value("stripe") + "\n" + self.value("pem") + "\n")
        self.everywhere("plan", self.bundle, code=2)
        self.try_it("plan", self.bundle, "--out", self.dir / "plan.json", code=2)
        self.everywhere("apply", self.bundle, "--dry-run", code=0)
        self.try_it("apply", self.bundle, "--yes", "--title", "mit " + self.value("stripe"), code=0)
        live = json.dumps(self.simulator.state())
        self.assertIn(self.value("environment"), live)
        self.assertIn(self.value("plain in file"), live)
        self.try_it("pull", self.bundle, code=0)

    def look_back(self):
        self.everywhere("history", code=0)
        self.everywhere("show", "r1", "--journal", code=0)
        self.try_it("backup", self.dir / "backup.db", code=0)
        self.try_it("rollback", "r1", "--dry-run", code=0)
        self.try_it("rollback", "r1", "--yes", code=0)
        llm = {"general_prompt": "Anders: " + self.value("openai")}
        self.edit_elsewhere(agent_id="agent_night", engine_patch=llm, publish=True)
        self.everywhere("drift", code=2)

    def damage(self):
        """The service refuses, quotes and breaks; files and arguments are wrong."""
        quoted = {"status": "error", "message": "refused: Bearer " + self.value("bearer") + " at " +
                  self.value("dsn") + ", iban " + self.value("header iban") + ", key " + self.value("api key")}
        for status in (400, 401, 422, 503):
            self.simulator.control("POST", "faults", {"action": "status", "status": status, "body": quoted,
                                                      "match": {"path": "get-agent", "count": 0}})
            result = self.everywhere("call", "get-agent", '{"agent_id": "agent_reception"}', "--explain", code=1)
            self.assertIn("refused", result.err, "the service's message is quoted")
            self.simulator.control("DELETE", "faults")
        path = self.bundle / support.RECEPTION
        good = path.read_text(encoding="utf-8")
        for bad in ('{"password": "' + self.value("plain in file") + '", ' + self.value("stripe") + "}", good[:-9],
                    '{"headers": {"Authorization": "Bearer ' + self.value("bearer") + '"}, "headers": []}'):
            path.write_text(bad, encoding="utf-8")
            self.everywhere("plan", self.bundle, code=1)
        path.write_text(good, encoding="utf-8")

    def misuse(self):
        key, stripe = self.value("api key"), self.value("stripe")
        self.try_it("pull", "x", "--api-key=" + key, code=64)
        self.try_it("pull", "x", "--pasword=" + key, code=64)
        self.try_it(stripe, code=64)
        self.try_it("help", key, code=64)
        self.try_it("mask", "--zone", key, code=64, given="")
        self.try_it("history", stripe, code=64)
        self.try_it("show", key, code=64)
        self.try_it("call", "get-agent", '{"agent_id": "a", "token": "' + self.value("unknown field") + '"')
        self.try_it("call", "get-agent", '{"agent_id": "' + stripe + '"}')
        self.try_it("call", "import-phone-number", json.dumps(
            {"phone_number": "+493023125099", "termination_uri": "sip.example.test",
             "sip_trunk_auth_username": "u", "sip_trunk_auth_password": self.value("sip password")}), "--dry-run")
        self.try_it("call", "import-phone-number", json.dumps(
            {"phone_number": "+493023125099", "termination_uri": "sip.example.test",
             "sip_trunk_auth_username": "u", "sip_trunk_auth_password": self.value("sip password")}), "--yes")
        self.try_it("explain", key)
        for url in (self.value("dsn"), "sqlite:///nowhere/" + stripe + "/store.db"):
            self.try_it("history", env={"TRUNKLINE_STORE": url}, code=1)
        self.try_it("call", "list-agents", code=1,
                    env={"RETELL_BASE_URL": "https://user:" + self.value("mcp url") + "@127.0.0.1:1"})
        # A key of no known shape is known by its value; the service answers 401.
        self.try_it("call", "list-agents", env={"RETELL_API_KEY": self.value("unknown field")}, code=1)
        policy = self.dir / "policy.json"
        for text in ('{"secrets": ["' + stripe + '"]}', '{"token_key": "' + stripe + '"}', '{"x": ' + stripe,
                     '{"' + stripe + '": 1}', '{"keys": {"a": "' + stripe + '"}}'):
            policy.write_text(text, encoding="utf-8")
            self.try_it("mask", "--policy", policy, given="", code=1)
        self.try_it("mask", "--policy", self.dir / stripe, given="", code=1)

    def filter(self):
        document = json.dumps(call_ended(self.secrets))
        nested = json.dumps({"id": 1, "text": json.dumps({"body": document})})
        for zone in ("log", "error", "api", "webhook_out", "export", "transcript"):
            self.try_it("mask", "--zone", zone, given=document, code=0)
            self.try_it("mask", "--zone", zone, "--jsonl", given=nested + "\n" + document + "\n", code=1)

    def in_files(self):
        """Bundle and store's files as bytes, free pages too. Typed secrets stay in prompts."""
        sealed = [n for n in self.secrets if n not in TYPED]
        sealed.remove("plain in file")
        files = [f for f in self.dir.rglob("*") if f.is_file()]
        self.assertGreater(len(files), 10)
        for file in files:
            self.check(file.read_bytes(), file, sealed)
        for file in self.bundle.rglob("*.json"):
            self.check(file.read_bytes(), file, ["plain in file"])

    def in_tables(self, path):
        database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        self.addCleanup(database.close)
        tables = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        self.assertIn("journal", tables)
        self.assertIn("audit", tables)
        for table in tables:
            for row in database.execute(f"SELECT * FROM {table}"):
                columns = [d[0] for d in database.execute(f"SELECT * FROM {table} LIMIT 0").description]
                for column, value in zip(columns, row):
                    names = [n for n in self.secrets if n not in TYPED] if (table, column) in PROMPTS_LIVE_IN else None
                    self.check(str(value).encode(), f"{path.name}: {table}.{column}", names)


class Secrets(support.CliTest):
    def test_no_secret_is_written_or_shown(self):
        self.pull()
        self.append(support.RECEPTION_PROMPT, "Neu.\n")
        self.edit(support.RECEPTION, lambda d: d["general_tools"][1]["headers"].update(Authorization="@env:NEW_TOKEN"))
        self.env["NEW_TOKEN"] = "Bearer CANARY-new"
        plan = self.run_cli("plan", self.bundle, "--out", self.dir / "plan.json", code=2)
        self.assertIn("headers.Authorization: (secret changed)", plan.out)
        self.run_cli("apply", self.bundle, "--yes")
        self.assertEqual(self.pinned("+493023125001")[1]["general_tools"][1]["headers"],
                         {"Authorization": "Bearer CANARY-new"})
        self.run_cli("show", "r1", "--journal")
        self.run_cli("show", "r1", "--journal", "--json")
        self.run_cli("backup", self.dir / "backup.db")
        self.run_cli("rollback", "r1", "--yes")
        self.assertEqual(self.pinned("+493023125001")[1]["general_tools"][1]["headers"],
                         {"Authorization": "Bearer CANARY-tool-1"})
        for file in self.dir.rglob("*"):
            if file.is_file():
                self.assertNotIn(support.CANARY.encode(), file.read_bytes(), file)
        key = self.dir / "store.db.key"
        self.assertEqual(stat.S_IMODE(key.stat().st_mode), 0o600)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2 if "-v" in sys.argv else 1)
