#!/usr/bin/env python3
"""The program `trunkline` against `retell-simulator`, both as a user starts them.

TRUNKLINE_BIN names the folder of the programs. Random tests print their seed; TRUNKLINE_TEST_SEED replays one.
"""

import json
import os
import pathlib
import pty
import random
import re
import resource
import select
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
BIN = pathlib.Path(os.environ.get("TRUNKLINE_BIN", ROOT / "build/dev/bin"))
KEY = "key_CANARY_api"
CANARY = "CANARY"
NOBODY = 65534
LISTS = {"list-agents", "list-retell-llms", "list-conversation-flows", "list-phone-numbers"}

RECEPTION_PROMPT = "llms/praxis-mueller-empfang.prompt.md"
RECEPTION = "llms/praxis-mueller-empfang.json"
NIGHT_PROMPT = "llms/notdienst.prompt.md"
BOOKING = "flows/praxis-mueller-termine.json"


def agent(agent_id, version, name, engine, published=True, **more):
    return {"agent_id": agent_id, "channel": "voice", "version": version, "is_published": published,
            "base_version": version - 1 if version else None, "last_modification_timestamp": 1750000000000 + version,
            "agent_name": name, "voice_id": "11labs-Carola", "language": "de-DE", "response_engine": engine, **more}


def llm(llm_id, version, prompt, tools=(), published=True):
    return {"llm_id": llm_id, "version": version, "is_published": published, "start_speaker": "agent",
            "last_modification_timestamp": 1750000000000 + version, "model": "gpt-4.1", "general_prompt": prompt,
            "general_tools": list(tools)}


def on_llm(llm_id, version):
    return {"type": "retell-llm", "llm_id": llm_id, "version": version}


def number(e164, nickname, *pins):
    return {"phone_number": e164, "phone_number_type": "custom", "nickname": nickname,
            "last_modification_timestamp": 1750000000000,
            "inbound_agents": [{"agent_id": a, "agent_version": v, "weight": w} for a, v, w in pins]}


def small_account():
    """Three agents on LLMs (one never published), one on a flow, three numbers, secrets at every kind of place."""
    hook = "https://hooks.example.test/retell?token=CANARY-hook-1"
    tools = [
        {"type": "end_call", "name": "end_call", "description": "Beendet das Gespräch"},
        {"type": "custom", "name": "book", "url": "https://tools.example.test/book", "method": "POST",
         "headers": {"Authorization": "Bearer CANARY-tool-1"}, "query_params": {},
         "parameters": {"type": "object", "properties": {}}},
        {"type": "check_availability_cal", "name": "slots", "cal_api_key": "cal_live_CANARY2", "event_type_id": 7},
        {"type": "future_kind", "name": "later", "api_key": "CANARY-unknown-3", "depth": 12345678901234567890}]
    prompt = "Du bist der Empfang der Praxis Müller.\nSei freundlich.\n"
    flow = {"conversation_flow_id": "conversation_flow_booking", "version": 0, "is_published": True,
            "last_modification_timestamp": 1750000200000, "model_choice": {"type": "cascading", "model": "gpt-4.1"},
            "start_speaker": "agent", "start_node_id": "hello", "global_prompt": "Du buchst Termine.",
            "nodes": [
                {"id": "hello", "type": "conversation", "instruction": {"type": "prompt", "text": "Begrüße."},
                 "edges": [{"id": "e1", "destination_node_id": "bye", "label": "ende",
                            "transition_condition": {"type": "prompt", "prompt": "fertig"}}]},
                {"id": "bye", "type": "end", "instruction": {"type": "prompt", "text": "Tschüss."}}],
            "tools": [{"type": "custom", "tool_id": "t1", "name": "book", "url": "https://tools.example.test/book"}]}
    reception = "Praxis Müller – Empfang"
    news = {"keep": [1, 2.5]}
    return {
        "format": 1,
        "agents": [
            {"agent_id": "agent_reception", "versions": [
                agent("agent_reception", 0, reception, on_llm("llm_reception", 0), webhook_url=hook, vendor_news=news),
                agent("agent_reception", 1, reception, on_llm("llm_reception", 1), webhook_url=hook, vendor_news=news)]},
            {"agent_id": "agent_booking", "versions": [
                agent("agent_booking", 0, "Praxis Müller – Termine", {
                    "type": "conversation-flow", "conversation_flow_id": "conversation_flow_booking", "version": 0})]},
            {"agent_id": "agent_night", "versions": [agent("agent_night", 0, "Notdienst", on_llm("llm_night", 0))]},
            {"agent_id": "agent_draft", "versions": [
                agent("agent_draft", 0, "Entwurf", on_llm("llm_draft", 0), published=False)]}],
        "retell_llms": [
            {"llm_id": "llm_reception", "versions": [llm("llm_reception", 0, "Du bist der Empfang."),
                                                     llm("llm_reception", 1, prompt, tools)]},
            {"llm_id": "llm_night", "versions": [llm("llm_night", 0, "Notdienst.", tools[:1])]},
            {"llm_id": "llm_draft", "versions": [llm("llm_draft", 0, "Noch nicht fertig.", published=False)]}],
        "conversation_flows": [{"conversation_flow_id": "conversation_flow_booking", "versions": [flow]}],
        "phone_numbers": [
            number("+493023125001", "Empfang", ("agent_reception", 1, 1)),
            number("+493023125002", "Termine", ("agent_booking", 0, 1)),
            number("+493023125003", "Geteilt", ("agent_reception", 1, 0.7), ("agent_night", 0, 0.3))],
        "next_id": 1}


class Simulator:
    """retell-simulator on a free port of this machine; stopped by its process id."""

    def __init__(self, *args, key=KEY):
        environment = dict(base_environment(), RETELL_SIMULATOR_KEY=key)
        self.process = subprocess.Popen([BIN / "retell-simulator", "--listen", "127.0.0.1:0", *map(str, args)],
                                        stdout=subprocess.PIPE, text=True, env=environment)
        line = self.process.stdout.readline()
        if "listening on" not in line:
            self.process.kill()
            raise RuntimeError("the simulator did not start: " + line)
        self.url = line.split("listening on", 1)[1].split()[0]

    def control(self, method, path, body=None):
        request = urllib.request.Request(self.url + "/__simulator/" + path, method=method,
                                         data=None if body is None else json.dumps(body).encode(),
                                         headers={"Content-Type": "application/json"})
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=20) as answer:
            return json.loads(answer.read() or b"null")

    def reset(self):
        self.control("PUT", "state", small_account())
        self.control("DELETE", "faults")
        self.control("POST", "options", {"latency_ms": 0})

    def writes(self):
        return self.control("GET", "stats")["writes"]

    def operations(self):
        return [e["operation"] for e in self.control("GET", "log")["entries"]]

    def state(self):
        return self.control("GET", "state")

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=10)
        self.process.stdout.close()


def base_environment():
    """Nothing of the caller's settings, proxies or keys."""
    return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LANG": "C.UTF-8", "HOME": "/nonexistent"}


class Result:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    def __str__(self):
        return f"exit code {self.code}\n--- stdout\n{self.out}\n--- stderr\n{self.err}"

    def json(self):
        return json.loads(self.out)


class CliTest(unittest.TestCase):
    """A fresh small account, an empty folder, and a way to run the program."""

    @classmethod
    def setUpClass(cls):
        cls.simulator = Simulator("--account", "empty")
        cls.addClassCleanup(cls.simulator.stop)

    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="trunkline-cli-"))
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)
        self.bundle = self.dir / "account"
        self.simulator.reset()
        self.env = dict(base_environment(), TRUNKLINE_STORE=f"sqlite://{self.dir}/store.db", TRUNKLINE_ACTOR="tester",
                        TRUNKLINE_ENVIRONMENT="test", RETELL_BASE_URL=self.simulator.url, RETELL_API_KEY=KEY,
                        TRUNKLINE_SHARED="off")

    def start(self, *args, env=None, **more):
        return subprocess.Popen([BIN / "trunkline", *map(str, args)], env=env or self.env, cwd=self.dir,
                                stdin=more.pop("stdin", subprocess.DEVNULL), stdout=more.pop("stdout", subprocess.PIPE),
                                stderr=subprocess.PIPE, text=True, **more)

    def finish(self, process, given=None, canary=False):
        out, err = process.communicate(given, timeout=50)
        result = Result(process.returncode, out or "", err)
        if not canary:
            self.assertNotIn(CANARY, result.out + result.err, "a secret was shown")
        return result

    def run_cli(self, *args, code=0, given=None, canary=False, **more):
        if given is not None:
            more["stdin"] = subprocess.PIPE
        result = self.finish(self.start(*args, **more), given, canary)
        self.assertEqual(result.code, code, f"{args}: {result}")
        return result

    def run_json(self, *args, code=0, **more):
        result = self.run_cli(*args, "--json", code=code, **more)
        document = result.json()  # exactly one document, or this fails
        self.assertIsInstance(document, (dict, list))
        self.assertNotIn("\033", result.out)
        if isinstance(document, dict):
            self.assertEqual("error" in document, code not in (0, 2) and not (args[0] == "plan" and code == 3), result)
        return document

    def fails(self, *args, code=1, says=(), **more):
        """One line on standard error, the right code, nothing on standard output, nothing written at the service."""
        writes = self.simulator.writes()
        result = self.run_cli(*args, code=code, **more)
        self.assertEqual(result.out, "")
        self.assertEqual(result.err.count("\n"), 1, result)
        self.assertTrue(result.err.startswith("trunkline: "), result)
        for text in [says] if isinstance(says, str) else says:
            self.assertIn(text, result.err)
        self.assertEqual(self.simulator.writes(), writes, "something was written")
        document = self.run_json(*args, code=code, **more)
        # Which of several lists fails first is chance.
        plain = [re.sub("^list-[a-z-]+: ", "", text) for text in (document["error"]["message"], result.err[11:-1])]
        self.assertEqual(plain[0], plain[1])
        return result

    def pull(self):
        return self.run_cli("pull", self.bundle)

    def append(self, file, text):
        with open(self.bundle / file, "a", encoding="utf-8") as f:
            f.write(text)

    def edit(self, file, change):
        path = self.bundle / file
        document = json.loads(path.read_text(encoding="utf-8"))
        change(document)
        path.write_text(json.dumps(document, ensure_ascii=False, indent=2), encoding="utf-8")

    def pinned(self, e164, index=0):
        """The agent and engine documents that a number's pin names."""
        state = self.simulator.state()
        pin = next(n for n in state["phone_numbers"] if n["phone_number"] == e164)["inbound_agents"][index]
        return self.with_engine(state, version_of(state, "agents", "agent_id", pin["agent_id"], pin["agent_version"]))

    def newest(self, agent_id):
        """The same of an agent's newest version, whatever numbers name."""
        state = self.simulator.state()
        return self.with_engine(state, next(a for a in state["agents"] if a["agent_id"] == agent_id)["versions"][-1])

    @staticmethod
    def with_engine(state, found):
        engine = found["response_engine"]
        if "llm_id" in engine:
            return found, version_of(state, "retell_llms", "llm_id", engine["llm_id"], engine["version"])
        return found, version_of(state, "conversation_flows", "conversation_flow_id", engine["conversation_flow_id"],
                                 engine["version"])

    def edit_elsewhere(self, **what):
        self.simulator.control("POST", "edit", what)


def version_of(state, table, key, wanted, version):
    record = next(r for r in state[table] if r[key] == wanted)
    return next(v for v in record["versions"] if v["version"] == version)


class Usage(CliTest):
    def test_what_is_missing_is_told_as_it_is_spelled(self):
        self.fails("import", code=64, says=["something is missing", "import FILE --into DIR ..., see trunkline import --help"])

    def test_help_and_advice_are_not_masked(self):
        masked = r"\[[A-Z]+(?:_[A-Z]+)*\]"
        commands = re.findall(r"(?m)^  ([a-z]+)  ", self.run_cli("help").out.split("Options")[0])
        self.assertIn("import", commands)
        for command in [[], *([c] for c in commands)]:
            text = self.run_cli("help", *command).out
            self.assertEqual(self.run_json("help", *command)["help"], text)
            for spoilt in re.findall(masked, text):
                self.assertIn(spoilt, ("[COMMAND]", "[TEXT]", "[RELEASE]", "[JSON]", "[FILE]", "[DIR]"))
        file = self.dir / "account.json"
        self.pull()
        self.run_cli("export", file)
        refused = self.run_cli("import", file, "--into", self.dir / "copy", "--yes", code=1)
        self.assertIn("secrets are given by --secrets with a file that holds a JSON object of names and values, "
                      "or by --secrets-from-env", refused.err)
        self.assertNotRegex(refused.out + refused.err, masked)


class Life(CliTest):
    def test_a_prompt_edit_goes_live_and_back(self):
        out = self.pull().out
        self.assertIn("Pulled 4 agents, 3 LLMs, 1 flow, 3 numbers", out)
        self.assertEqual(self.run_cli("plan", self.bundle).out.count("nothing to do"), 1)

        before = self.pinned("+493023125001")
        self.append(RECEPTION_PROMPT, "Im August ist mittwochs geschlossen.\n")
        plan = self.run_cli("plan", self.bundle, code=2)
        self.assertIn("+Im August ist mittwochs geschlossen.", plan.out)
        self.assertIn("1 agent to release, 2 numbers to move", plan.out)
        self.assertNotIn("\033", plan.out)
        self.assertNotIn("\r", plan.out + plan.err)

        dry = self.run_cli("apply", self.bundle, "--dry-run")
        self.assertIn("nothing was sent", dry.out)
        self.assertEqual(self.simulator.writes(), 0 + self.writes_at_start)

        applied = self.run_cli("apply", self.bundle, "--yes", "--title", "Sommer")
        self.assertIn("version 1 -> 2", applied.out)
        self.assertIn("trunkline rollback r1", applied.out)
        live, engine = self.pinned("+493023125001")
        self.assertEqual((live["version"], live["is_published"]), (2, True))
        self.assertTrue(engine["general_prompt"].endswith("Im August ist mittwochs geschlossen."), engine)
        self.assertEqual(self.pinned("+493023125003")[0]["version"], 2)
        self.assertEqual(self.pinned("+493023125003", 1)[0]["agent_id"], "agent_night")
        self.assertEqual(live["vendor_news"], {"keep": [1, 2.5]})

        writes = self.simulator.writes()
        self.run_cli("plan", self.bundle)
        self.assertIn("Nothing to do", self.run_cli("apply", self.bundle, "--yes").out)
        self.assertEqual(self.simulator.writes(), writes)

        history = self.run_cli("history").out
        self.assertRegex(history, r"r1 +done .*tester +Sommer +agents/praxis-mueller-empfang")
        self.assertIn("general_prompt", self.run_cli("show", "r1", "--journal").out)

        back = self.run_cli("rollback", "r1", "--yes")
        self.assertIn("general_prompt", back.out, "the plan of a rollback is shown")
        after = self.pinned("+493023125001")
        self.assertEqual(after[1]["general_prompt"], before[1]["general_prompt"])
        self.assertEqual(after[1]["general_tools"], before[1]["general_tools"])
        self.assertEqual([r["state"] for r in self.run_json("history")["releases"]], ["done", "rolled_back"])
        self.run_cli("rollback", "--last", "--yes", code=1)

    def setUp(self):
        super().setUp()
        self.writes_at_start = self.simulator.writes()

    def test_rollback_since_takes_back_all_newest_first(self):
        self.pull()
        before = [self.pinned(f"+49302312500{i}")[1] for i in (1, 2)]
        for i, file in enumerate([RECEPTION_PROMPT, NIGHT_PROMPT, RECEPTION_PROMPT]):
            self.append(file, f"Zusatz {i}.\n")
            self.run_cli("apply", self.bundle, "--yes")
        dry = self.run_json("rollback", "--since", "r1", "--dry-run")
        self.assertEqual(dry["then"], ["r2", "r1"])
        done = self.run_json("rollback", "--since", "r1", "--yes")
        self.assertEqual([r["reverts"] for r in done["rollbacks"]], ["r3", "r2", "r1"])
        after = [self.pinned(f"+49302312500{i}")[1] for i in (1, 2)]
        self.assertEqual([a.get("general_prompt") for a in after], [b.get("general_prompt") for b in before])
        again = self.run_json("rollback", "--since", "r1", "--yes")
        self.assertEqual(again["rollbacks"], [])
        self.fails("rollback", "--since", "r99", "--yes", says="r99")

    def test_a_knowledge_base_is_built_beside_the_old_one(self):
        self.pull()
        self.simulator.control("POST", "options", {"knowledge_base_time_ms": 300})
        folder = self.bundle / "knowledge"
        folder.mkdir()

        def write(price):
            (folder / "praxis.json").write_text(json.dumps({
                "knowledge_base_name": "Praxis", "knowledge_base_texts": [{"title": "Preise", "text": price}]}))

        write("20 Euro")
        self.edit(RECEPTION, lambda d: d.update(knowledge_base_ids=["@knowledge/praxis"]))
        plan = self.run_cli("plan", self.bundle, code=2).out
        self.assertIn("new knowledge base", plan)
        self.run_cli("apply", self.bundle, "--yes")
        blue, = self.newest("agent_reception")[1]["knowledge_base_ids"]
        self.run_cli("plan", self.bundle)
        write("30 Euro")
        self.assertIn(f"built beside {blue}", self.run_cli("plan", self.bundle, code=2).out)
        self.run_cli("apply", self.bundle, "--yes")
        green, = self.newest("agent_reception")[1]["knowledge_base_ids"]
        self.assertNotEqual(green, blue)
        self.run_cli("rollback", "--last", "--yes")
        self.assertEqual(self.newest("agent_reception")[1]["knowledge_base_ids"], [blue])
        self.pull()
        text = json.loads((folder / "praxis.json").read_text())["knowledge_base_texts"][0]["text"]
        self.assertEqual((folder / text.removeprefix("@file:")).read_text(), "20 Euro\n")
        self.run_cli("plan", self.bundle)
        self.run_cli("drift")
        self.run_cli("lint", self.bundle)

    def test_deletion_is_asked_for_by_name_and_taken_back(self):
        self.pull()

        def ask(*names):
            for name in names:
                (self.bundle / f"{name}.json").unlink(missing_ok=True)
            (self.bundle / "deleted.json").write_text(json.dumps({"delete": list(names)}))

        ask("agents/notdienst", "llms/notdienst")
        self.fails("apply", self.bundle, "--yes", says=("agents/notdienst cannot be deleted", "numbers/+493023125003"))

        def unbind(document):
            document["inbound_agents"] = [dict(document["inbound_agents"][0], weight=1)]

        self.edit("numbers/+493023125003.json", unbind)
        self.fails("apply", self.bundle, "--yes", says=("1 of 3 llms would be deleted", "--allow mass-delete"))
        out = self.run_cli("plan", self.bundle, code=2).out
        self.assertIn("2 resources to delete", out)
        self.run_cli("apply", self.bundle, "--yes", "--allow", "mass-delete")
        ids = {a["agent_id"] for a in self.simulator.state()["agents"]}
        self.assertEqual(ids, {"agent_reception", "agent_booking", "agent_draft"})
        self.run_cli("plan", self.bundle)
        self.pull()
        self.run_cli("rollback", "--last", "--yes")
        names = [a["versions"][-1]["agent_name"] for a in self.simulator.state()["agents"]]
        self.assertEqual(names.count("Notdienst"), 1)
        self.assertEqual(self.pinned("+493023125003", 1)[0]["agent_name"], "Notdienst")

    def test_history_of_one_resource(self):
        self.pull()
        for file, text in ((RECEPTION_PROMPT, "Erst.\n"), (NIGHT_PROMPT, "Nacht.\n"), (RECEPTION_PROMPT, "Dann.\n")):
            self.append(file, text)
            self.run_cli("apply", self.bundle, "--yes")
        self.edit(RECEPTION, lambda d: d["general_tools"][1]["headers"].update(Authorization="Bearer CANARY-9"))
        self.run_cli("apply", self.bundle, "--yes")

        def releases(*args):
            return [r["release"] for r in self.run_json("history", *args)["releases"]]

        self.assertEqual(releases(), ["r4", "r3", "r2", "r1"])
        self.assertEqual(releases("--limit", 2), ["r4", "r3"])
        for name in ("agents/praxis-mueller-empfang", "praxis-mueller-empfang", "llms/praxis-mueller-empfang",
                     "agent_reception", "llm_reception", "+493023125001"):
            self.assertEqual(releases("--of", name), ["r4", "r3", "r1"], name)
        self.assertEqual(releases("--of", "agents/notdienst", "--limit", 1), ["r2"])
        self.assertEqual(releases("--of", "agents/unknown"), [])
        entry, = self.run_json("history", "--of", "agents/notdienst", "--journal")["releases"]
        self.assertEqual({u["unit"] for u in entry["units"]}, {"agents/notdienst"})
        self.assertEqual({j["unit"] for j in entry["journal"]}, {"agents/notdienst"})
        steps = [j["data"].get("step") for j in entry["journal"] if j["type"] == "intent"]
        self.assertEqual(steps, ["open-draft", "patch-engine", "patch-agent", "publish", "move-number"])
        out = self.run_cli("history", "--of", "agents/praxis-mueller-empfang", "--journal").out
        self.assertIn("publish", out)
        self.assertNotIn("agents/notdienst", out)
        self.fails("history", "--journal", code=64, says="--of agents/NAME")
        shown = self.run_json("show", "r4", "--of", "agents/notdienst")
        self.assertEqual((shown["units"], shown["plan"]["units"]), ([], []))
        self.assertEqual(len(self.run_json("show", "r4", "--of", "llms/praxis-mueller-empfang")["units"]), 1)
        resources = {r["resource"] for r in self.run_json("diff", "r1", "r3")["resources"]}
        self.assertEqual(resources, {"llms/praxis-mueller-empfang", "llms/notdienst"} | {
            r for r in resources if r.startswith("numbers/") or r.startswith("agents/")})
        only = self.run_json("diff", "r1", "r3", "--of", "llms/notdienst")["resources"]
        self.assertEqual([r["resource"] for r in only], ["llms/notdienst"])
        self.assertEqual(self.run_json("history", "--tenant", "other")["releases"], [])

    def test_a_saved_plan_is_released_and_refused_once_stale(self):
        self.pull()
        self.append(RECEPTION_PROMPT, "Neu.\n")
        plan = self.dir / "plan.json"
        self.run_cli("plan", self.bundle, "--out", plan, code=2)
        self.assertEqual(stat.S_IMODE(plan.stat().st_mode), 0o600)
        self.edit_elsewhere(agent_id="agent_reception", engine_patch={"begin_message": "Anders."})
        self.fails("apply", "--plan", plan, "--yes", code=3, says=["stale", "new plan"])
        self.run_cli("plan", self.bundle, "--out", plan, code=2)
        self.run_cli("apply", "--plan", plan, "--yes")
        engine = self.newest("agent_reception")[1]
        self.assertTrue(engine["general_prompt"].endswith("Neu."))
        self.assertEqual(engine["begin_message"], "Anders.", "what others did stays")

    def test_a_prompt_that_is_missing_comes_back_with_its_document(self):
        self.pull()
        prompt = self.bundle / RECEPTION_PROMPT
        before = prompt.read_text()
        prompt.unlink()
        self.fails("plan", self.bundle, says=["No such file", "put it back"])
        next((self.bundle / "llms").glob(prompt.name.replace(".prompt.md", ".json"))).unlink()
        self.pull()
        self.assertEqual(prompt.read_text(), before)
        self.run_cli("plan", self.bundle)

    def test_what_was_deleted_at_the_service_is_told_of_and_can_be_made_anew(self):
        self.pull()
        self.run_cli("call", "delete-agent", '{"agent_id": "agent_draft"}', "--yes")
        for command in ("pull", "plan"):
            self.assertRegex(self.run_cli(command, self.bundle).out, "agents/entwurf: is gone .*move the file away")
        file, away = self.bundle / "agents/entwurf.json", self.dir / "away.json"
        file.rename(away)
        self.pull()
        away.rename(file)
        plan = self.run_json("plan", self.bundle, code=2)
        self.assertEqual([(u["name"], u["action"]) for u in plan["units"]], [("agents/entwurf", "create-agent")])

    def test_a_folder_that_another_key_wrote(self):
        self.pull()
        def store(name):
            return dict(self.env, TRUNKLINE_STORE=f"sqlite://{self.dir}/{name}.db")
        self.run_cli("pull", self.bundle, "--key-file", self.dir / "store.db.key", env=store("same-key"))
        told = self.run_cli("pull", self.bundle, env=store("other-key"), code=3).out
        self.assertRegex(told, r"\d+ secrets: .*--key-file.*--adopt remote")
        self.assertLess(told.count("\n"), 12, "not a conflict for each secret")
        self.run_cli("pull", self.bundle, "--adopt", "remote", env=store("other-key"))
        self.run_cli("plan", self.bundle, env=store("other-key"))

    def test_a_conflict_is_named_and_nothing_is_sent(self):
        self.pull()
        self.append(RECEPTION_PROMPT, "Unser Satz.\n")
        self.append(NIGHT_PROMPT, "Ruhig bleiben.\n")
        self.edit_elsewhere(agent_id="agent_reception", engine_patch={"general_prompt": "Ihr Satz."})
        plan = self.run_cli("plan", self.bundle, code=3).out
        self.assertIn("Conflicts", plan)
        for text in ("Unser Satz", "Ihr Satz", "Sei freundlich"):
            self.assertIn(text, plan)
        self.assertRegex(plan, r"here\n(?s:.*)\+Unser Satz(?s:.*)service\n(?s:.*)\+Ihr Satz", "what each side did")
        document = self.run_json("apply", self.bundle, "--yes", code=3)
        self.assertEqual(document["error"]["code"], "merge_conflict")
        self.assertEqual(document["conflicts"][0]["path"], "general_prompt")
        self.assertEqual([u["unit"] for u in document["units"]], ["agents/notdienst"], "the others go on")
        self.assertEqual(self.pinned("+493023125001")[1]["general_prompt"],
                         small_account()["retell_llms"][0]["versions"][1]["general_prompt"])
        self.run_cli("pull", self.bundle, code=3)
        self.run_cli("apply", self.bundle, "--yes", "--prefer", "local")
        self.assertTrue(self.newest("agent_reception")[1]["general_prompt"].endswith("Unser Satz."))

    def test_edits_that_lose_are_told_of_and_a_pull_takes_them_out(self):
        self.pull()
        self.assertEqual(self.run_cli("apply", self.bundle, "--yes").out, "Nothing to do: the files hold no edits\n")
        self.append(RECEPTION_PROMPT, "Unser Satz.\n")
        self.edit("agents/notdienst.json", lambda d: d.update(voice_speed=1.2))
        self.edit_elsewhere(agent_id="agent_reception", engine_patch={"general_prompt": "Ihr Satz."})
        self.edit_elsewhere(agent_id="agent_night", agent_patch={"voice_speed": 0.8})
        says = ("2 edits stay in the files and are not sent, because the service's values win "
                "(agents/notdienst, llms/praxis-mueller-empfang); a pull with --prefer remote writes those into the files")
        planned = self.run_cli("plan", self.bundle, "--prefer", "remote")
        applied = self.run_cli("apply", self.bundle, "--prefer", "remote", "--yes")
        for result in (planned, applied):
            self.assertIn(says, result.out.replace("\n", " "))
            self.assertNotIn("agree", result.out)
        self.assertIn(says, self.run_json("apply", self.bundle, "--prefer", "remote", "--yes")["notes"])
        self.run_cli("pull", self.bundle, "--prefer", "remote")
        self.assertEqual((self.bundle / RECEPTION_PROMPT).read_text(), "Ihr Satz.\n")
        self.assertNotIn("stay in the files", self.run_cli("apply", self.bundle, "--prefer", "remote", "--yes").out)

    def test_an_edit_against_a_deletion_is_told_by_field_and_waits_for_a_word(self):
        self.pull()
        self.edit("agents/entwurf.json", lambda d: d.update(voice_speed=1.4))
        self.run_cli("call", "delete-agent", '{"agent_id": "agent_draft"}', "--yes")
        writes = self.simulator.writes()
        for command in (("plan",), ("pull",), ("apply", "--yes")):
            result = self.run_cli(command[0], self.bundle, *command[1:], code=3)
            self.assertIn("agents/entwurf  voice_speed  edited here, deleted at the service", result.out)
            self.assertRegex(result.out, r"base +\(absent\)\n +here +1.4\n +service +\(deleted\)")
            self.assertNotIn("agent_id", result.out)
        conflict, = self.run_json("pull", self.bundle, code=3)["conflicts"]
        self.assertEqual({k: conflict.get(k) for k in ("kind", "path", "local", "remote")},
                         {"kind": "deleted-there", "path": "voice_speed", "local": 1.4, "remote": None})
        self.run_cli("apply", self.bundle, "--yes", "--prefer", "remote")
        self.assertEqual(self.simulator.writes(), writes, "the deletion stands, and nothing was sent")
        self.assertIn("apply --prefer local makes it anew", self.run_cli("pull", self.bundle, "--prefer", "local").out)
        shutil.copytree(self.bundle, self.dir / "other")
        self.assertIn("1 file removed", self.run_cli("pull", self.dir / "other", "--prefer", "remote").out)
        self.assertFalse((self.dir / "other/agents/entwurf.json").exists())

    def test_what_was_edited_here_and_deleted_there_is_made_anew_if_the_files_win(self):
        self.pull()
        self.append(NIGHT_PROMPT, "Ruhig bleiben.\n")
        self.run_cli("call", "delete-agent", '{"agent_id": "agent_night"}', "--yes")
        self.run_cli("apply", self.bundle, "--yes", code=3)
        self.assertIn("made anew from its file", self.run_cli("plan", self.bundle, "--prefer", "local", code=2).out)
        self.run_cli("apply", self.bundle, "--yes", "--prefer", "local")
        agent, engine = self.pinned("+493023125003", 1)
        self.assertEqual((agent["agent_name"], engine["general_prompt"]), ("Notdienst", "Notdienst.\nRuhig bleiben."))
        self.assertNotEqual(agent["agent_id"], "agent_night")
        self.run_cli("plan", self.bundle)

    def test_a_deletion_against_an_edit_is_told_by_field_and_waits_for_a_word(self):
        self.pull()
        self.edit_elsewhere(agent_id="agent_draft", engine_patch={"general_prompt": "Von dort."})
        (self.bundle / "agents/entwurf.json").unlink()
        (self.bundle / "deleted.json").write_text('{"delete": ["agents/entwurf"]}')
        for command in ("plan", "apply"):
            out = self.run_cli(command, self.bundle, *["--yes"] * (command == "apply"), code=3).out
            self.assertIn("llms/entwurf  general_prompt  named in deleted.json, edited at the service  of agents/entwurf", out)
        self.assertIn("stays", self.run_cli("plan", self.bundle, "--prefer", "remote").out)
        self.run_cli("pull", self.bundle, "--prefer", "remote")
        self.assertTrue((self.bundle / "agents/entwurf.json").exists())
        self.assertFalse((self.bundle / "deleted.json").exists())
        self.run_cli("plan", self.bundle)

    def test_what_has_a_conflict_is_not_counted_as_to_be_released(self):
        self.pull()
        self.append(RECEPTION_PROMPT, "Unser Satz.\n")
        self.edit("agents/praxis-mueller-empfang.json", lambda d: d.update(voice_speed=1.2))
        self.edit_elsewhere(agent_id="agent_reception", engine_patch={"general_prompt": "Ihr Satz."})
        plan = self.run_cli("plan", self.bundle, code=3).out
        self.assertRegex(plan, r"agents/praxis-mueller-empfang .*left out: it has a conflict")
        self.assertIn("Plan: 1 conflict\n", plan)
        self.assertNotIn("release it with", plan)
        self.append(NIGHT_PROMPT, "Ruhig bleiben.\n")
        self.assertIn("Plan: 1 agent to release, 1 number to move, 1 conflict\n", self.run_cli("plan", self.bundle, code=3).out)
        done = self.run_json("apply", self.bundle, "--yes", code=3)
        self.assertEqual([u["unit"] for u in done["units"]], ["agents/notdienst"])

    def test_a_guarded_change_needs_its_name(self):
        self.pull()
        self.edit(RECEPTION, lambda d: d.update(general_tools=[]))
        self.assertIn("tools-removed", self.run_cli("plan", self.bundle, code=2).out)
        self.fails("apply", self.bundle, "--yes", says=["--allow", "tools-removed", "nothing was sent"])
        self.run_cli("apply", self.bundle, "--yes", "--allow", "tools-removed,mass-delete")
        self.assertEqual(self.pinned("+493023125001")[1]["general_tools"], [])

    def test_a_value_that_the_service_refuses_is_found_before_a_request(self):
        self.pull()
        agent = "agents/notdienst.json"
        for value, says in (("fast", "voice_speed: is a string; must be a number between 0.5 and 2"),
                            (99, "voice_speed: is 99; must be a number between 0.5 and 2")):
            self.edit(agent, lambda d: d.update(voice_speed=value))
            plan = self.run_cli("plan", self.bundle, code=2)
            self.assertIn("field-value", plan.out)
            self.assertIn("agents/notdienst.json: " + says, plan.out)
            self.fails("apply", self.bundle, "--yes", says=[says, "--allow field-value"])
        self.edit(agent, lambda d: d.update(voice_speed=1.5, voice_sped=1))
        plan = self.run_cli("plan", self.bundle, code=2)
        self.assertIn("agents/notdienst.json: voice_sped: unknown to this version; did you mean voice_speed?", plan.out)
        self.edit(agent, lambda d: d.update(voice_speed=99))
        refused = self.run_cli("apply", self.bundle, "--yes", "--allow", "field-value", code=1)
        self.assertIn("HTTP 400", refused.err)
        self.edit(agent, lambda d: d.update(voice_speed=1.5))
        self.run_cli("apply", self.bundle, "--yes")
        self.assertEqual(self.newest("agent_night")[0]["voice_sped"], 1)

    def test_a_reference_where_none_is_put_in_is_refused(self):
        self.pull()
        agent = "agents/notdienst.json"
        self.edit(agent, lambda d: d.update(webhook_url="@env:HOOK"))
        self.fails("apply", self.bundle, "--yes", says=["agents/notdienst.json: webhook_url: holds a reference",
                                                        "--allow lint,unresolved-reference"])
        self.edit(agent, lambda d: d.update(webhook_url="hooks.praxis.test"))
        self.fails("apply", self.bundle, "--yes", says="webhook_url has a URL that is none for the service")
        self.env["HOOK"] = CANARY + "-new-hook"
        self.edit(agent, lambda d: d.update(webhook_url="http://hooks.praxis.test/x?token=@env:HOOK"))
        self.assertIn("webhook_url: is called without TLS", self.run_cli("plan", self.bundle, code=2).out)
        self.run_cli("apply", self.bundle, "--yes")
        self.assertEqual(self.newest("agent_night")[0]["webhook_url"],
                         f"http://hooks.praxis.test/x?token={CANARY}-new-hook")

    def test_a_plan_says_what_apply_would_refuse(self):
        self.pull()
        self.edit(RECEPTION, lambda d: d.update(general_tools=[]))
        last = self.run_cli("plan", self.bundle, code=2).out.splitlines()[-1]
        self.assertEqual(last, "apply refuses this (mass-delete,tools-removed); if it is meant: trunkline apply "
                               f"{self.bundle} --allow mass-delete,tools-removed")
        last = self.run_cli("plan", self.bundle, "--allow", "mass-delete", code=2).out.splitlines()[-1]
        self.assertIn("apply refuses this (tools-removed); ", last)
        plan = self.dir / "plan.json"
        last = self.run_cli("plan", self.bundle, "--allow", "mass-delete,tools-removed", "--out", plan, code=2).out.splitlines()[-1]
        self.assertEqual(last, f"release it with: trunkline apply --plan {plan} --allow mass-delete,tools-removed")
        saved = self.dir / "saved.json"
        saved.write_text(json.dumps(self.run_json("plan", self.bundle, code=2)))
        self.assertEqual(json.loads(saved.read_text())["refused"], ["mass-delete", "tools-removed"])
        self.fails("apply", "--plan", saved, "--yes", says="--allow mass-delete,tools-removed")
        shutil.rmtree(self.bundle / "agents")  # nothing to release, and refused all the same
        last = self.run_cli("plan", self.bundle, code=2).out.splitlines()[-1]
        self.assertIn("apply refuses this (mass-delete); ", last)
        self.fails("apply", self.bundle, "--yes", says="--allow mass-delete")

    def test_a_partial_release_says_so_and_the_next_one_does_the_rest(self):
        self.pull()
        self.append(RECEPTION_PROMPT, "Neu.\n")
        self.append(NIGHT_PROMPT, "Auch neu.\n")
        self.simulator.control("POST", "faults", {
            "action": "status", "status": 400, "body": {"status": "error", "message": "no"},
            "match": {"method": "PATCH", "path": "llm_night", "count": 0}})
        result = self.run_cli("apply", self.bundle, "--yes", code=4)
        self.assertRegex(result.out, "failed +agents/notdienst")
        self.assertRegex(result.out, "done +agents/praxis-mueller-empfang +version 1 -> 2")
        self.assertIn("apply again", result.err)
        self.simulator.control("DELETE", "faults")
        done = self.run_json("apply", self.bundle, "--yes")
        self.assertEqual([u["unit"] for u in done["units"]], ["agents/notdienst"])
        self.assertEqual(self.newest("agent_night")[1]["general_prompt"], "Notdienst.\nAuch neu.")

    def test_what_an_interrupted_release_left_is_named_with_the_command_that_removes_it(self):
        self.pull()
        self.append(NIGHT_PROMPT, "Neu.\n")
        self.simulator.control("POST", "faults", {
            "action": "status", "status": 401, "body": {"status": "error", "message": "no"},
            "match": {"method": "PATCH", "path": "llm_night", "count": 0}})
        self.run_cli("apply", self.bundle, "--yes", code=1)
        self.simulator.control("DELETE", "faults")
        self.assertIn("running", self.run_cli("history").out)
        command = """trunkline call delete-agent-version '{"agent_id":"agent_night","version":1}'"""
        out = self.run_cli("rollback", "r1", "--yes").out
        self.assertIn("version 1 was left behind unpublished by r1", out)
        self.assertIn(command, out)
        release, = self.run_json("history")["releases"]
        self.assertEqual((release["state"], release["units"][0]["state"]), ("rolled_back", "abandoned"))
        for shown in (("show", "r1"), ("history",), ("drift",)):
            self.assertIn(command, self.run_cli(*shown).out)
        draft, = self.run_json("drift")["drafts"]
        self.assertEqual((draft["resource"], draft["release"], draft["command"]), ("agents/notdienst", "r1", command))
        self.run_cli("call", "delete-agent-version", '{"agent_id":"agent_night","version":1}', "--yes")
        self.assertNotIn(command, self.run_cli("drift").out)

    def test_a_rollback_that_leaves_what_is_used_is_not_done_with_its_release(self):
        self.pull()
        (self.bundle / "llms/neu.json").write_text(json.dumps(
            {"model": "gpt-4.1", "general_prompt": "Neu."}), encoding="utf-8")
        (self.bundle / "agents/neu.json").write_text(json.dumps(
            {"agent_name": "Neu", "voice_id": "11labs-Carola",
             "response_engine": {"type": "retell-llm", "llm_id": "@llms/neu"}}), encoding="utf-8")
        self.append(NIGHT_PROMPT, "Neu.\n")
        done = self.run_json("apply", self.bundle, "--yes")
        made = next(u["id"] for u in done["units"] if u["unit"] == "agents/neu")
        self.run_cli("call", "update-phone-number", json.dumps(
            {"phone_number": "+493023125003", "inbound_agents": [{"agent_id": made, "agent_version": 0, "weight": 1}]}),
            "--yes")
        # Interrupted, so that the plan that is carried out to its end is the one that was kept.
        self.simulator.control("POST", "faults", {
            "action": "status", "status": 401, "body": {"status": "error", "message": "no"},
            "match": {"path": "/publish-agent", "count": 0}})
        self.run_cli("rollback", "r1", "--yes", code=1)
        self.simulator.control("DELETE", "faults")
        self.run_cli("rollback", "r1", "--yes")
        self.assertEqual([r["state"] for r in self.run_json("history")["releases"]], ["done", "done"])
        repeated = self.run_cli("rollback", "r1", "--yes")
        self.assertIn("What is left of r1 stays for now, see the notes", repeated.out + repeated.err)
        # Once nobody uses it any more, the rest goes.
        self.run_cli("call", "update-phone-number", json.dumps(
            {"phone_number": "+493023125003",
             "inbound_agents": [{"agent_id": "agent_night", "agent_version": 0, "weight": 1}]}), "--yes")
        self.run_cli("rollback", "r1", "--yes")
        self.assertEqual([r["state"] for r in self.run_json("history")["releases"]],
                         ["done", "done", "rolled_back"])

    def test_a_conflict_of_a_rollback_says_whose_values_they_are_and_what_prefer_does(self):
        self.pull()
        self.edit("agents/notdienst.json", lambda d: d.update(voice_speed=1.4))
        self.run_cli("apply", self.bundle, "--yes")
        self.edit_elsewhere(agent_id="agent_night", agent_patch={"voice_speed": 1.3})
        result = self.run_cli("rollback", "r1", "--yes", code=3)
        self.assertIn("Conflicts (edited at the service since r1)", result.out)
        self.assertRegex(result.out, r"r1 +1.4\n +before r1 +null\n +now +1.3")
        self.assertIn("--prefer local takes the release back all the same", result.err)
        self.run_cli("rollback", "r1", "--yes", "--prefer", "remote")
        self.assertEqual(self.newest("agent_night")[0]["voice_speed"], 1.3)
        self.run_cli("rollback", "r1", "--yes", "--prefer", "local")
        self.assertIsNone(self.newest("agent_night")[0].get("voice_speed"))

    def test_drift_advises_by_what_it_found(self):
        self.pull()
        self.edit_elsewhere(agent_id="agent_night", engine_patch={"general_prompt": "Heimlich."})
        self.run_cli("call", "delete-agent", '{"agent_id": "agent_draft"}', "--yes")
        self.run_cli("call", "update-phone-number", json.dumps({"phone_number": "+493023125002", "inbound_agents": [
            {"agent_id": "agent_booking", "weight": 1}]}), "--yes")
        result = self.run_cli("drift", code=2)
        for kind, advice in (("changed", "pull takes it into the files"), ("gone", "pull --prefer remote"),
                             ("unpinned", 'write "released"')):
            self.assertRegex(result.out, rf"\n  {kind} +{advice}")
        self.assertNotIn("behind  ", result.out.split("finding")[-1].replace("behind    if", ""))
        self.assertTrue(all(f["advice"] for f in self.run_json("drift", code=2)["findings"]))

    def test_drift_and_explain(self):
        self.pull()
        self.run_cli("drift")
        self.edit_elsewhere(agent_id="agent_night", engine_patch={"general_prompt": "Heimlich."})
        self.assertIn("Heimlich", self.run_cli("drift", code=2).out)
        finding = self.run_json("drift", code=2)["findings"][0]
        self.assertEqual((finding["kind"], finding["base_version"], finding["version"]), ("changed", 0, 1))
        version, = finding["versions"]
        self.assertEqual((version["version"], version["release"], version["fields"]), (1, None, ["general_prompt"]))
        self.assertRegex(version["modified_at"], r"^\d{4}-\d\d-\d\dT")
        self.assertIn("made in the dashboard or by another program: general_prompt", self.run_cli("drift", code=2).out)
        out = self.run_cli("explain", "+49 30 2312-5001").out
        for text in ("Praxis Müller – Empfang", "version 1", "llm_reception", "book (custom)", "the number names"):
            self.assertIn(text, out)
        document = self.run_json("explain", "+493023125003")
        self.assertEqual([p["agent_id"] for p in document["paths"]], ["agent_reception", "agent_night"])
        self.assertEqual(set(document["paths"][0]) >= {
            "direction", "agent_id", "agent_name", "version", "published", "engine_kind", "engine_id", "engine_version",
            "tools", "why", "warnings"}, True)
        self.fails("explain", "+4900", says="+4900")

    def test_backup_and_restore(self):
        self.pull()
        self.append(RECEPTION_PROMPT, "Neu.\n")
        self.run_cli("backup", self.dir / "before.db")
        self.run_cli("apply", self.bundle, "--yes")
        self.assertEqual(len(self.run_json("history")["releases"]), 1)
        self.fails("restore", self.dir / "before.db", says="--yes")
        document = self.run_json("restore", self.dir / "before.db", "--yes")
        self.assertTrue(pathlib.Path(document["replaced"]).exists())
        self.assertEqual(self.run_json("history")["releases"], [])
        self.fails("restore", self.dir / "no-such.db", "--yes", says="no-such.db")

    def test_a_dry_run_foretells_that_a_backup_is_refused(self):
        self.pull()
        (self.dir / "notes.txt").write_text("mine")
        (self.dir / "folder").mkdir()
        for target in ("notes.txt", "store.db", "folder", "no/such/folder/store.bak"):
            refused = self.fails("backup", self.dir / target, "--dry-run", says=target)
            self.assertEqual(refused.err, self.fails("backup", self.dir / target).err)
        before = sorted(p.name for p in self.dir.iterdir())
        self.run_cli("backup", self.dir / "store.bak", "--dry-run")
        self.assertEqual(sorted(p.name for p in self.dir.iterdir()), before)

    def test_a_release_is_named_in_one_way(self):
        self.pull()
        self.append(NIGHT_PROMPT, "Neu.\n")
        self.run_cli("apply", self.bundle, "--yes")
        for name in ("R1", "r01", "01", "R01", "r1 ", "r+1", "r1x", "r0", "r"):
            for command in (["show", name], ["rollback", name, "--dry-run"], ["diff", "r1", name]):
                self.fails(*command, code=64, says="r1, r2")
        self.run_cli("show", "1")
        self.run_cli("rollback", "r1", "--dry-run")

    def test_another_environment_is_refused(self):
        self.pull()
        self.append(RECEPTION_PROMPT, "Neu.\n")
        self.fails("apply", self.bundle, "--yes", "--environment", "production", says="production")
        self.fails("call", "delete-agent", '{"agent_id": "agent_draft"}', "--yes", "--environment", "production",
                   says="production")

    def test_a_folder_of_another_store_is_not_created_again(self):
        account = small_account()
        for record in account["retell_llms"]:  # without secrets, which would be missed first
            for version in record["versions"]:
                version["general_tools"] = []
        for record in account["agents"]:
            for version in record["versions"]:
                version.pop("webhook_url", None)
        self.simulator.control("PUT", "state", account)
        self.pull()
        self.env["TRUNKLINE_STORE"] = f"sqlite://{self.dir}/other.db"
        self.run_cli("pull", self.dir / "other")
        for command in (["plan"], ["apply", "--yes"], ["apply", "--dry-run"]):
            self.fails(*command, self.bundle, says=["never seen the folder", "trunkline pull"])
        self.assertNotIn("POST", " ".join(self.simulator.operations()))
        plan = self.run_json("plan", self.bundle, "--allow", "new-folder", code=2)
        self.assertEqual({"create-agent"}, {unit["action"] for unit in plan["units"] if unit["kind"] == "agent"})
        self.run_cli("pull", self.bundle)
        self.run_cli("plan", self.bundle)

    def test_the_store_is_not_made_by_reading(self):
        for command in (["history"], ["show", "r1"], ["drift"], ["plan", "account"], ["apply", "account", "--yes"],
                        ["rollback", "--last", "--yes"], ["backup", "x.db"]):
            self.fails(*command, says="there is no store at")
        self.run_cli("explain", "+493023125001")
        self.run_cli("pull", self.bundle, "--dry-run")
        self.assertEqual(list(self.dir.iterdir()), [])


class Json(CliTest):
    def test_every_command_prints_exactly_one_document(self):
        pulled = self.run_json("pull", self.bundle)
        self.assertEqual((pulled["agents"], pulled["numbers"]), (4, 3))
        self.assertEqual(self.run_json("plan", self.bundle)["empty"], True)
        self.append(RECEPTION_PROMPT, "Neu.\n")
        plan = self.run_json("plan", self.bundle, code=2)
        self.assertEqual((plan["empty"], plan["units"][0]["name"]), (False, "agents/praxis-mueller-empfang"))
        dry = self.run_json("apply", self.bundle, "--dry-run")
        self.assertEqual((dry["release"], dry["plan"]["digest"]), (None, plan["digest"]))
        applied = self.run_json("apply", self.bundle, "--yes")
        self.assertEqual((applied["release"], applied["state"], applied["resumed"]), ("r1", "done", False))
        self.assertEqual(applied["units"][0]["after_version"], 2)
        self.assertIsNone(self.run_json("apply", self.bundle, "--yes")["release"])
        release = self.run_json("history")["releases"][0]
        self.assertEqual(set(release), {"release", "state", "title", "actor", "started_at", "ended_at", "reverts", "units"})
        self.assertEqual(self.run_json("show", "r1", "--journal")["journal"][0]["type"], "plan")
        self.run_json("drift")
        self.run_json("explain", "+493023125001")
        self.assertEqual(self.run_json("call", "get-agent", '{"agent_id": "agent_night"}')["agent_name"], "Notdienst")
        self.assertGreater(len(self.run_json("operations")["operations"]), 100)
        self.run_json("rollback", "--last", "--yes")
        self.run_json("backup", self.dir / "b.db")
        self.run_json("restore", self.dir / "b.db", "--yes")
        self.run_json("help")
        self.run_json("pull", "--help")
        self.assertIn(self.run_json("version")["version"], (ROOT / "CMakeLists.txt").read_text())
        error = self.run_json("explain", "+4900", code=1)["error"]
        self.assertEqual((error["code"], error["http_status"], error["operation"]), ("not_found", 422, "get-phone-number"))
        self.assertEqual(self.run_json("bogus", code=64)["error"]["code"], "usage")

    def test_call(self):
        shown = self.run_cli("call", "get-retell-llm", '{"llm_id": "llm_reception", "version": 1}')
        self.assertIn('"Authorization": "***"', shown.out)
        self.assertIn("12345678901234567890", shown.out)
        self.assertIn("--show-secrets", shown.err)
        clear = self.run_cli("call", "get-retell-llm", '{"llm_id": "llm_reception"}', "--show-secrets", canary=True)
        self.assertIn("CANARY-tool-1", clear.out)
        for operation in ("list-retell-llms", "list-agents"):  # helper checks for the canary
            self.run_json("call", operation, "{}")
        self.fails("call", "update-phone-number", '{"phone_number": "+493023125001", "nickname": "Neu"}', says="--yes")
        dry = self.run_json("call", "update-phone-number", '{"phone_number": "+493023125001", "nickname": "Neu"}',
                            "--dry-run")
        self.assertEqual((dry["method"], dry["target"]), ("PATCH", "/update-phone-number/+493023125001"))
        self.run_cli("call", "update-phone-number", "-", "--yes",
                     given='{"phone_number": "+493023125001", "nickname": "Neu"}')
        names = {n["phone_number"]: n["nickname"] for n in self.simulator.state()["phone_numbers"]}
        self.assertEqual(names["+493023125001"], "Neu")
        self.run_cli("call", "delete-agent", '{"agent_id": "agent_draft"}', "--yes")
        self.fails("call", "get-agent", "{}", says="agent_id")
        self.fails("call", "get-agent", '{"agent_id": 1,\n }', says=["line 2, column 2"])
        self.fails("call", "get-agnet", code=64, says="get-agent")

    def test_call_pages(self):
        rows = self.run_cli("call", "list-agents", '{"limit": 1}', "--all").out.splitlines()
        self.assertEqual(sorted(json.loads(row)["agent_id"] for row in rows),
                         ["agent_booking", "agent_draft", "agent_night", "agent_reception"])
        self.assertGreaterEqual(self.simulator.operations().count("list-agents"), 4)
        masked = self.run_cli("call", "list-phone-numbers", "--all")    # helper checks for the canary
        self.assertEqual(len(masked.out.splitlines()), 3)
        one = self.run_cli("call", "get-agent", '{"agent_id": "agent_night"}', "--all", code=1)
        self.assertEqual(one.out, "")
        self.assertIn("answers no list", one.err)
        self.run_json("call", "list-agents", "--all", code=64)

    def test_call_explained(self):
        shown = self.run_cli("call", "get-phone-number", '{"phone_number": "+493023125001"}', "--explain")
        self.assertRegex(shown.err, r"1\.1  GET /get-phone-number/\+\*{10}01  HTTP 200 \(ok\)")
        document = self.run_json("call", "get-agent", '{"agent_id": "agent_night"}', "--explain")
        self.assertEqual(document["answer"]["agent_name"], "Notdienst")
        (call,) = document["calls"]
        self.assertEqual((call["operation"], call["class"], call["status"], call["outcome"], call["attempt"]),
                         ("get-agent", "safe", 200, "ok", 1))
        failed = self.run_json("call", "get-agent", '{"agent_id": "agent_nobody"}', "--explain", code=1)
        self.assertEqual((failed["error"]["code"], failed["calls"][0]["outcome"]), ("not_found", "rejected"))
        self.assertNotIn(KEY, json.dumps(failed))

    def test_call_files(self):
        prices = self.dir / "prices.txt"
        prices.write_text("Preise")
        form = ("call", "create-knowledge-base", '{"knowledge_base_name": "Preise"}')
        dry = self.run_json(*form, "--file", f"knowledge_base_files={prices}", "--dry-run")
        self.assertEqual(dry["files"], [{"field": "knowledge_base_files", "filename": "prices.txt",
                                         "content_type": "text/plain", "bytes": 6}])
        typed = self.run_json(*form, "--file", f"a={prices};type=text/csv", "--file", f"b={prices}", "--dry-run")
        self.assertEqual([f["content_type"] for f in typed["files"]], ["text/csv", "text/plain"])
        sent = self.run_json(*form, "--file", f"knowledge_base_files={prices}", "--yes")
        self.assertEqual(sent["knowledge_base_sources"][0]["filename"], "prices.txt")
        self.fails(*form, "--file", "prices.txt", "--yes", code=64, says="FIELD=PATH")
        self.fails(*form, "--file", f"f={self.dir}/none", "--yes", says="cannot be read")

    def test_call_help(self):
        for operation in self.run_json("operations")["operations"]:
            page = self.run_cli("call", operation["name"], "--help").out
            for text in (operation["method"] + " " + operation["path"], operation["sdk_name"], "Example:"):
                self.assertIn(text, page)
        for name, field in (("create-asset", "file"), ("upload-contact-import-file", "file"), ("clone-voice", "files"),
                            ("create-knowledge-base", "knowledge_base_files"),
                            ("add-knowledge-base-sources", "knowledge_base_files")):
            self.assertIn(f" --file {field}=PATH\n", self.run_cli("call", name, "--help").out)


class BadInput(CliTest):
    def test_command_line(self):
        self.fails("pul", "x", code=64, says="did you mean pull?")
        self.fails("pull", code=64, says="usage: trunkline pull DIR")
        self.fails("pull", "x", "y", code=64, says='"y"')
        self.fails("pull", "x", "--josn", code=64, says="did you mean --json?")
        self.fails("plan", "x", "--last", code=64, says="--last is an option of rollback")
        self.fails("pull", "x", "--rate", code=64, says="--rate needs a value")
        self.fails("pull", "x", "--rate=fast", code=64, says="fast")
        self.fails("pull", "x", "--yes=no", code=64, says="takes no value")
        self.fails("pull", "x", "--api-key=key_CANARY", code=64, says="RETELL_API_KEY")
        self.fails("rollback", code=64, says="--last")
        self.fails("rollback", "r1", "--last", code=64, says="one way")
        self.fails("rollback", "seven", code=64, says="r1, r2")
        self.fails("apply", code=64, says="trunkline apply DIR")
        self.fails("help", "pulll", code=64, says="pulll")
        self.assertEqual(self.run_cli(code=64).err, "trunkline: no command is named; see trunkline help\n")
        for command in ("pull", "plan", "apply", "history", "show", "rollback", "drift", "explain", "call", "operations",
                        "backup", "restore"):
            page = self.run_cli(command, "--help").out
            self.assertIn("usage: trunkline " + command, page)
            self.assertIn("  trunkline " + command, page, "a page has an example")
            self.assertIn(command, (ROOT / "docs/cli.md").read_text())

    def test_every_command_line_in_the_documents_exists(self):
        page = self.run_cli("help").out
        commands = re.findall(r"^  ([a-z]+)  +\S", page, re.M)
        common = set(re.findall(r"--[a-z-]+", page))
        own = {c: set(re.findall(r"--[a-z-]+", self.run_cli(c, "--help").out)) for c in commands}
        seen = 0
        for document in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]:
            for line in re.finditer(r"\btrunkline ((?:--[a-z-]+[= ][^\s`-]\S* )*)([a-z]+)\b([^`\n|#]*)", document.read_text()):
                with self.subTest(document=document.name, line=line.group(0)):
                    self.assertIn(line.group(2), commands)
                    options = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", line.group(1) + line.group(3)))
                    self.assertLessEqual(options, common | own[line.group(2)])
                    seen += 1
        self.assertGreater(seen, 25)

    def test_key(self):
        without = {k: v for k, v in self.env.items() if k != "RETELL_API_KEY"}
        self.fails("pull", self.bundle, env=without, says="RETELL_API_KEY")
        self.fails("explain", "+493023125001", env=without, says="RETELL_API_KEY")
        self.fails("pull", self.bundle, "--api-key-file", self.dir / "none", says="none")
        self.assertEqual(list(self.dir.iterdir()), [], "no store and no folder for a run that cannot work")
        self.fails("pull", self.bundle, env=dict(self.env, RETELL_API_KEY="key_CANARY_wrong"), says=["RETELL_API_KEY"])
        key_file = self.dir / "key"
        key_file.write_text(KEY + "\n")
        self.run_cli("pull", self.bundle, "--api-key-file", key_file, env=without)

    def test_bundle(self):
        self.pull()
        self.append(NIGHT_PROMPT, "Neu.\n")
        path = self.bundle / RECEPTION
        good = path.read_text(encoding="utf-8")
        path.write_text('{\n  "model": "gpt-4.1",\n  "model": 1\n}', encoding="utf-8")
        for command in (["plan", self.bundle], ["apply", self.bundle, "--yes"], ["pull", self.bundle]):
            self.fails(*command, says=[RECEPTION, "line 3, column 3"])
        path.unlink()
        path.symlink_to("nowhere")  # unreadable for everyone, root too
        self.fails("apply", self.bundle, "--yes", says=[RECEPTION, "cannot be read"])
        path.unlink()
        path.write_text(good, encoding="utf-8")
        (self.bundle / RECEPTION_PROMPT).unlink()
        self.fails("apply", self.bundle, "--yes", says=RECEPTION_PROMPT.split("/")[1])
        for i in range(30):
            (self.bundle / f"llms/broken-{i:02}.json").write_text("{")
        shown = self.run_cli("plan", self.bundle, code=1).err
        self.assertTrue(shown.endswith("… (--json shows all of it)\n"), shown)
        self.assertIn("llms/broken-29.json", self.run_json("plan", self.bundle, code=1)["error"]["message"])
        self.fails("plan", self.dir / "nowhere", says=["nowhere", "trunkline pull"])
        (self.dir / "file").write_text("")
        self.fails("pull", self.dir / "file", says="not a directory")

    def test_plan_file(self):
        self.pull()
        self.append(RECEPTION_PROMPT, "Neu.\n")
        plan = self.dir / "plan.json"
        self.run_cli("plan", self.bundle, "--out", plan, code=2)
        good = plan.read_text()
        plan.write_text(good[:len(good) // 2])
        self.fails("apply", "--plan", plan, "--yes", says=[str(plan), "line ", "column "])
        plan.write_text(good.replace("Neu.", "Böse."))
        self.fails("apply", "--plan", plan, "--yes", says=[str(plan), "digest"])
        plan.write_text("[]")
        self.fails("apply", "--plan", plan, "--yes", says="trunkline plan")
        self.fails("apply", "--plan", self.dir / "none", "--yes", says="none")
        self.fails("apply", self.bundle, "--plan", plan, "--yes", code=64, says="one of them")
        self.fails("plan", self.bundle, "--out", self.dir / "no/such/dir", says="No such file or directory")
        self.fails("plan", self.bundle, "--out", self.dir, says="Is a directory")
        self.fails("plan", self.bundle, "--out", "/dev/full", says="No space left")

    def test_network(self):
        label = "a" * 64  # too long for a name: fails without asking anybody
        self.fails("pull", self.bundle, "--base-url", f"https://{label}.invalid", "--timeout", "5", says=label)
        self.fails("pull", self.bundle, "--base-url", "http://api.example.test", says="http")
        self.fails("pull", self.bundle, "--base-url", "nonsense", says="RETELL_BASE_URL")
        self.fails("pull", self.bundle, "--ca-file", self.dir / "none.pem", "--base-url", "https://127.0.0.1:1", says="none.pem")
        self.assertFalse(self.bundle.exists() and any(self.bundle.iterdir()))

    def test_full_disk(self):
        small = self.dir / "small"
        small.mkdir()
        mounted = os.geteuid() == 0 and shutil.which("mount") and subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", small], stderr=subprocess.DEVNULL).returncode == 0
        if mounted:
            self.addCleanup(subprocess.run, ["umount", small])
            self.fails("pull", self.bundle, "--store", f"sqlite://{small}/store.db", says=["no space left", "free space"])

    def test_file_size_limit(self):
        def limited():
            resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, 1 << 16))
        self.fails("pull", self.bundle, preexec_fn=limited, says=["store.db", "disk"])
        self.pull()
        self.append(RECEPTION_PROMPT, "Neu.\n")
        writes = self.simulator.writes()
        result = self.run_cli("apply", self.bundle, "--yes", code=1, preexec_fn=limited)
        self.assertIn("disk", result.err)
        self.assertEqual(self.simulator.writes(), writes)
        with open("/dev/full", "w") as full:
            result = self.run_cli("history", code=1, stdout=full)
        self.assertIn("standard output cannot be written", result.err)

    def as_somebody(self):
        """Root may write everything: then the program runs as nobody, from a copy it can reach."""
        if os.geteuid() != 0:
            return {}
        os.chmod(self.dir, 0o755)
        return {"user": NOBODY, "group": NOBODY, "extra_groups": []}

    def test_read_only_places(self):
        who = self.as_somebody()
        program = self.dir / "trunkline"
        shutil.copy(BIN / "trunkline", program)
        self.pull()
        self.append(RECEPTION_PROMPT, "Neu.\n")
        store = self.dir / "ro"
        store.mkdir()
        shutil.copytree(self.bundle, store / "account")
        for f in self.dir.glob("store.db*"):
            shutil.copy(f, store / f.name)
        for f in [store, *store.rglob("*")]:
            if who:
                os.chown(f, NOBODY, NOBODY)
            os.chmod(f, 0o500 if f.is_dir() else 0o400)
        self.addCleanup(lambda: [os.chmod(f, 0o700) for f in [store, *store.rglob("*")] if f.is_dir()])
        self.env["TRUNKLINE_STORE"] = f"sqlite://{store}/store.db"

        def ours(*args, code):
            process = subprocess.Popen([program, *map(str, args)], env=self.env, text=True, cwd="/",
                                       stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **who)
            result = self.finish(process)
            self.assertEqual(result.code, code, result)
            self.assertEqual(result.err.count("\n"), 1 if code else 0, result)
            return result

        writes = self.simulator.writes()
        self.assertIn("No release yet", ours("history", code=0).out)
        self.assertIn("cannot be written", ours("apply", store / "account", "--yes", code=1).err)
        self.env["TRUNKLINE_STORE"] = "sqlite:///proc/none/store.db"
        ours("pull", store / "new", code=1)
        free = self.dir / "free"
        free.mkdir()
        if who:
            os.chown(free, NOBODY, NOBODY)
        self.env["TRUNKLINE_STORE"] = f"sqlite://{free}/store.db"
        self.assertIn(str(store / "new"), ours("pull", store / "new", code=1).err)
        self.assertEqual(self.simulator.writes(), writes)

    def test_names_cannot_act_on_the_terminal(self):
        evil = "\033]0;owned\007\u202eEmpfang\x9b31m"
        self.edit_elsewhere(agent_id="agent_night", agent_patch={"agent_name": evil})
        self.simulator.control("POST", "edit", {"phone_number": "+493023125001", "number_patch": {
            "inbound_agents": [{"agent_id": "agent_night", "agent_version": 1, "weight": 1}]}})
        for result in (self.run_cli("explain", "+493023125001"), self.run_cli("explain", "+493023125001", "--json"),
                       self.run_cli("call", "get-agent", '{"agent_id": "agent_night"}')):
            for c in "\033\007\u202e\x9b":
                self.assertNotIn(c, result.out)
        self.assertEqual(self.run_json("call", "get-agent", '{"agent_id": "agent_night"}')["agent_name"], evil)

    def test_without_a_terminal_nothing_is_done_unasked(self):
        self.pull()
        self.append(RECEPTION_PROMPT, "Neu.\n")
        self.fails("apply", self.bundle, says="add --yes")
        self.fails("rollback", "--last", says="add --yes")

    def test_reader_gone(self):
        self.pull()
        read, write = os.pipe()
        os.close(read)
        with os.fdopen(write, "w") as gone:
            result = self.finish(self.start("operations", stdout=gone))
        self.assertGreaterEqual(result.code, 0, "killed by a signal")
        self.assertEqual(result.err, "")


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


class Terminal(CliTest):
    def on_terminal(self, *args, answer=None, until="[y/N]", env=None):
        """Runs on a pseudo-terminal; answers the first question."""
        pid, fd = pty.fork()
        if pid == 0:
            os.chdir(self.dir)
            os.execve(BIN / "trunkline", ["trunkline", *map(str, args)], dict(env or self.env, TERM="xterm"))
        shown = b""
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            if not select.select([fd], [], [], 1)[0]:
                continue
            try:
                part = os.read(fd, 65536)
            except OSError:
                break
            if not part:
                break
            shown += part
            if answer is not None and until.encode() in shown:
                os.write(fd, answer)
                answer = None
        _, status = os.waitpid(pid, 0)
        os.close(fd)
        self.assertNotIn(CANARY.encode(), shown)
        return os.waitstatus_to_exitcode(status), shown.decode()

    def test_apply_asks(self):
        self.pull()
        self.append(RECEPTION_PROMPT, "Neu.\n")
        writes = self.simulator.writes()
        code, shown = self.on_terminal("apply", self.bundle, answer=b"n\n")
        self.assertEqual(code, 1)
        self.assertIn("Release this agent? [y/N]", shown)
        self.assertIn("\033[32m+Neu.\033[0m", shown)
        self.assertIn("nothing was sent", shown)
        self.assertEqual(self.simulator.writes(), writes)
        code, shown = self.on_terminal("apply", self.bundle, answer=b"\x03")
        self.assertEqual(code, 130, shown)
        self.assertEqual(self.simulator.writes(), writes)
        code, shown = self.on_terminal("apply", self.bundle, answer=b"y\n", env=dict(self.env, NO_COLOR="1"))
        self.assertEqual(code, 0, shown)
        self.assertNotRegex(shown, "\033\\[[0-9;]*m")
        self.assertGreater(self.simulator.writes(), writes)

    def test_progress_is_one_line(self):
        _, shown = self.on_terminal("pull", self.bundle)
        self.assertIn("\r\033[K", shown)
        self.assertIn("reading: 8/8, 8 requests", shown)
        _, shown = self.on_terminal("pull", self.bundle, "--quiet")
        self.assertEqual(shown, "")


class Lint(CliTest):
    """Files are judged without a service; a release that would bring an error is refused before anything is sent."""

    def flow(self):
        return next((self.bundle / "flows").glob("*.json"))

    def break_flow(self):
        def change(d):
            d["nodes"][0]["edges"][0]["destination_node_id"] = "gone"
        self.edit(self.flow(), change)

    def test_folder_and_exit_codes(self):
        self.pull()
        env = {k: v for k, v in self.env.items() if not k.startswith(("RETELL", "TRUNKLINE_STORE"))}
        clean = self.run_json("lint", self.bundle, env=env)
        self.assertEqual(clean["errors"], 0, clean)
        self.assertGreater(clean["documents"], 5)
        self.break_flow()
        broken = self.run_json("lint", self.bundle, code=2)
        self.assertEqual([f["rule"] for f in broken["findings"] if f["severity"] == "error"], ["edge-dangling"])
        found = next(f for f in broken["findings"] if f["rule"] == "edge-dangling")
        self.assertEqual(found["file"], f"flows/{self.flow().name}")
        self.assertEqual(found["pointer"], "/nodes/0/edges/0/destination_node_id")
        shown = self.run_cli("lint", self.bundle, code=2)
        self.assertIn("edge-dangling", shown.out)
        self.assertIn("1 error", shown.out)
        self.run_cli("lint", self.bundle, "--fail-on", "never")
        (self.bundle / "trunkline-lint.json").write_text('{"rules": {"edge-dangling": "off"}}')
        after = self.run_json("lint", self.bundle)
        self.assertGreater(after["warnings"], 0)
        self.run_cli("lint", self.bundle, "--fail-on", "warning", code=2)
        rules = self.run_json("lint", "--rules")["rules"]
        self.assertIn("loop-without-exit", [r["rule"] for r in rules])

    def test_bad_input(self):
        self.fails("lint", self.dir / "gone", says="no such file or folder")
        self.fails("lint", self.dir, says="holds no documents")
        self.fails("lint", self.dir, "--fail-on", "loud", code=64, says="--fail-on")
        config = self.dir / "c.json"
        config.write_text('{"rules": {"edge-dangeling": "off"}}')
        self.fails("lint", self.dir, "--config", config, says=["c.json", "edge-dangeling"])

    def test_release_is_refused_unless_allowed(self):
        self.pull()
        self.break_flow()
        plan = self.run_json("plan", self.bundle, code=2)
        self.assertEqual({g["guard"] for g in plan["guards"]}, {"lint"})
        self.assertIn('"gone"', self.run_cli("plan", self.bundle, code=2).out)
        self.fails("apply", self.bundle, "--yes", says=["edge-dangling", "--allow lint"])
        self.run_cli("apply", self.bundle, "--yes", "--allow", "lint", "--dry-run")


class Transfer(CliTest):
    """An export goes into an empty account: new ids, secrets asked for, and nothing to do afterwards."""

    def test_export_import_diff(self):
        file = self.dir / "account.json"
        told = self.run_json("export", file)
        text = file.read_text()
        self.assertNotIn(CANARY, text)
        self.assertNotIn("agent_reception", text)
        self.assertEqual(oct(file.stat().st_mode & 0o777), "0o600")
        names = [s["name"] for s in told["asks"]]
        self.assertTrue(names)

        other = Simulator("--account", "empty")
        self.addCleanup(other.stop)
        self.env.update(RETELL_BASE_URL=other.url, TRUNKLINE_STORE=f"sqlite://{self.dir}/other.db")
        copy = self.dir / "copy"
        refused = self.run_json("import", file, "--into", copy, "--yes", code=1)
        self.assertEqual([s["name"] for s in refused["asks"]], names)
        self.assertFalse(copy.exists())
        newer = json.loads(text)
        newer["trunkline_export"]["major"] = 2
        (self.dir / "newer.json").write_text(json.dumps(newer))
        refused = self.run_cli("import", self.dir / "newer.json", "--into", copy, "--yes", code=1)
        self.assertIn("use a newer trunkline", refused.err)
        self.assertFalse(copy.exists())

        secrets = self.dir / "secrets.json"
        secrets.write_text(json.dumps({n: "fresh-" + n for n in names}))
        dry = self.run_json("import", file, "--into", copy, "--secrets", secrets, "--dry-run", "--allow", "lint")
        self.assertFalse(copy.exists(), "a dry run wrote the folder")
        self.assertFalse((self.dir / "other.db").exists(), "a dry run made a store, with secrets in it")
        self.assertTrue(dry["plan"]["units"])
        done = self.run_json("import", file, "--into", copy, "--secrets", secrets, "--yes", "--allow", "lint")
        self.assertEqual({u["state"] for u in done["units"]}, {"done"})
        self.assertTrue(self.run_json("plan", copy)["empty"])
        self.run_json("import", file, "--into", copy, "--secrets", secrets, "--yes", "--allow", "lint")
        self.assertNotIn("fresh-", json.dumps(self.run_json("show", "r1", "--journal")))
        self.assertEqual(self.run_json("diff", "r1", "r1")["resources"], [])
        self.fails("diff", "r1", "r9", says="r9")


    def test_an_import_that_was_partial_and_taken_back_is_repeated(self):
        for pulls in (False, True):
            with self.subTest(pulls=pulls):
                self.setUp()
                file, given = self.dir / "account.json", self.dir / "secrets.json"
                names = [s["name"] for s in self.run_json("export", file)["asks"]]
                given.write_text(json.dumps({n: "fresh-" + n for n in names}))
                other = Simulator("--account", "empty")
                self.addCleanup(other.stop)
                self.env.update(RETELL_BASE_URL=other.url, TRUNKLINE_STORE=f"sqlite://{self.dir}/other.db")
                other.control("POST", "faults", {
                    "action": "status", "status": 400, "body": {"status": "error", "message": "no"},
                    "match": {"path": "/create-agent", "count": 1}})
                copy = self.dir / "copy"
                again = ("import", file, "--into", copy, "--secrets", given, "--yes", "--allow", "lint")
                self.run_cli(*again, code=4)
                other.control("DELETE", "faults")
                self.run_cli("rollback", "--last", "--yes")
                self.assertEqual(other.state()["agents"], [])
                if pulls:
                    self.run_cli("pull", copy)
                self.run_cli("plan", copy, "--allow", "lint")  # nothing stands in the way of other plans
                self.run_cli(*again)
                self.assertEqual([len(other.state()[k]) for k in ("agents", "retell_llms", "conversation_flows")], [4, 3, 1])
                self.assertTrue(self.run_json("plan", copy)["empty"])

    def exported(self, needs=False):
        """An export of the small account and its secrets; with `needs` it uses a voice and a knowledge base of its own."""
        if needs:
            account = small_account()
            next(a for a in account["agents"] if a["agent_id"] == "agent_night")["versions"][0]["voice_id"] = "custom_voice_old"
            account["retell_llms"][1]["versions"][0]["knowledge_base_ids"] = ["knowledge_base_old"]
            self.simulator.control("PUT", "state", account)
        file, secrets = self.dir / "account.json", self.dir / "secrets.json"
        names = [s["name"] for s in self.run_json("export", file)["asks"]]
        secrets.write_text(json.dumps({n: "fresh-" + n for n in names}))
        return file, secrets

    def empty_account(self):
        other = Simulator("--account", "empty")
        self.addCleanup(other.stop)
        self.env.update(RETELL_BASE_URL=other.url, TRUNKLINE_STORE=f"sqlite://{self.dir}/other.db")
        return other

    def test_import_looks_at_the_account_before_it_writes(self):
        file, secrets = self.exported()
        self.env["TRUNKLINE_STORE"] = f"sqlite://{self.dir}/other.db"
        copy = self.dir / "copy"
        arguments = ["import", file, "--into", copy, "--secrets", secrets]
        for more in (["--yes"], ["--dry-run"]):
            refused = self.fails(*arguments, *more, says=["not empty", "4 agents", "Notdienst", "--allow account-not-empty",
                                                          "nothing was written"])
            self.assertNotIn("new-folder", refused.err)
            self.assertFalse(copy.exists())
            self.assertFalse((self.dir / "other.db").exists())
        self.assertLessEqual(set(self.simulator.operations()), LISTS | {"get-agent", "get-retell-llm", "list-voices",
                                                                        "get-conversation-flow"})
        done = self.run_json(*arguments, "--yes", "--allow", "account-not-empty,lint")
        self.assertEqual({u["state"] for u in done["units"]}, {"done"})
        self.assertEqual(len(self.simulator.state()["agents"]), 8)

    def test_import_into_an_account_that_has_the_numbers_already(self):
        file, secrets = self.exported()
        other = self.empty_account()
        state = other.state()
        state["phone_numbers"] = [number("+493023125001", "Empfang")]
        other.control("PUT", "state", state)
        copy = self.dir / "copy"
        result = self.run_cli("import", file, "--into", copy, "--secrets", secrets, "--yes", "--allow", "lint")
        self.assertIn("the account has 1 of them; buy or import 2, then: trunkline pull", result.out)

    def test_import_compares_what_the_export_needs(self):
        file, secrets = self.exported(needs=True)
        other = self.empty_account()
        copy = self.dir / "copy"
        arguments = ["import", file, "--into", copy, "--secrets", secrets, "--yes", "--allow"]
        self.fails(*arguments, "lint", says=["1 voice (custom_voice_old)", "1 knowledge-base (knowledge_base_old)", "--map",
                                             "--allow missing-needs", "nothing was written"])
        refused = self.run_json("import", file, "--into", copy, "--yes", code=1)
        self.assertEqual(refused["missing"], {"voice": ["custom_voice_old"], "knowledge-base": ["knowledge_base_old"]})
        self.assertTrue(refused["asks"], "all that is missing is told at once")
        map_file = self.dir / "map.json"
        map_file.write_text('{"voice": {"custom_voice_odl": "11labs-Lena"}}')
        self.fails(*arguments, "lint", "--map", map_file, says="custom_voice_odl, which the export does not need")
        map_file.write_text('{"voice": {"custom_voice_old": "custom_voice_new"}}')
        self.fails(*arguments, "lint,missing-needs", "--map", self.dir / "none.json", says="none.json")
        # What the export needs is what --map has to name, whatever was put in its place.
        self.fails(*arguments, "lint", "--map", map_file, says=[
            "1 voice (custom_voice_new, named in the place of custom_voice_old)", '{"knowledge-base": {"knowledge_base_old": "..."}}'])
        map_file.write_text('{"voice": {"custom_voice_old": "custom_voice_new"}, '
                            '"knowledge-base": {"knowledge_base_old": "knowledge_base_new"}}')
        self.fails(*arguments, "lint", "--map", map_file, says=[
            "1 knowledge-base (knowledge_base_new, named in the place of knowledge_base_old)",
            '{"knowledge-base": {"knowledge_base_old": "..."}}'])
        self.assertFalse(copy.exists())
        self.assertEqual(other.writes(), 0)
        self.run_cli(*arguments, "lint,missing-needs", code=4)

    def test_what_leads_to_a_deleted_agent_is_no_export_and_no_import(self):
        file, secrets = self.exported()
        account = self.simulator.state()
        account["agents"] = [a for a in account["agents"] if a["agent_id"] != "agent_night"]
        self.run_cli("pull", self.bundle)
        self.simulator.control("PUT", "state", account)
        gone = self.dir / "gone.json"
        for more, name in (([], "agent_night"), (["--from", self.bundle], "@agents/notdienst")):
            if more:
                (self.bundle / "agents/notdienst.json").unlink()
            self.fails("export", gone, *more, says=["numbers/+493023125003 names " + name, "apply, pull and export again"])
            self.assertFalse(gone.exists())

    def test_a_partial_import_is_mended_with_a_map(self):
        file, secrets = self.exported(needs=True)
        other = self.empty_account()
        copy = self.dir / "copy"
        arguments = ["import", file, "--into", copy, "--secrets", secrets, "--yes", "--allow", "lint"]
        self.run_cli(*arguments[:-1], "lint,missing-needs", code=4)
        knowledge = other.state()
        knowledge["knowledge_bases"] = [{"knowledge_base_id": "knowledge_base_new", "knowledge_base_name": "Neu",
                                         "status": "complete", "knowledge_base_sources": []}]
        other.control("PUT", "state", knowledge)
        map_file = self.dir / "map.json"
        map_file.write_text(json.dumps({"voice": {"custom_voice_old": "11labs-Lena"},
                                        "knowledge-base": {"knowledge_base_old": "knowledge_base_new"}}))
        self.run_json(*arguments, "--map", map_file)
        voices = [a["versions"][-1]["voice_id"] for a in other.state()["agents"]]
        self.assertEqual(sorted(set(voices)), ["11labs-Carola", "11labs-Lena"])
        self.assertEqual(len(voices), 4)
        night = next(e for e in other.state()["retell_llms"] if e["versions"][-1]["general_prompt"] == "Notdienst.")
        self.assertEqual([v["knowledge_base_ids"] for v in night["versions"]], [["knowledge_base_new"]])
        self.assertTrue(self.run_json("plan", copy)["empty"])
        self.run_json(*arguments)  # what was answered earlier stays
        self.assertEqual(next(e for e in other.state()["retell_llms"] if e["llm_id"] == night["llm_id"]), night)
        self.assertTrue(self.run_json("plan", copy)["empty"])
        self.fails("import", file, "--into", copy, "--secrets", secrets, "--dry-run", says="trunkline plan")
        self.assertEqual(self.run_cli("pull", copy).code, 0)
        (copy / "llms/notdienst.prompt.md").write_text("Anders.")
        self.fails(*arguments, says=["which was edited or pulled since", "trunkline apply"])


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


class Crash(CliTest):
    def numbers_and_resources(self):
        state = self.simulator.state()
        return {t: sorted(r[k] for r in state[t]) for t, k in (
            ("agents", "agent_id"), ("retell_llms", "llm_id"), ("conversation_flows", "conversation_flow_id"),
            ("phone_numbers", "phone_number"))}

    def check_live(self, marks):
        """Every number reaches a published version with the new content, and each content was published once."""
        for e164, mark, index in (("+493023125001", marks[0], 0), ("+493023125002", marks[1], 0),
                                  ("+493023125003", marks[0], 0)):
            found, engine = self.pinned(e164, index)
            self.assertTrue(found["is_published"], e164)
            self.assertIn(mark, json.dumps(engine, ensure_ascii=False), e164)
        state = self.simulator.state()
        for record, mark in (("agent_reception", marks[0]), ("agent_booking", marks[1])):
            versions = next(a for a in state["agents"] if a["agent_id"] == record)["versions"]
            self.assertEqual(sum(self.carries(state, v, mark) for v in versions if v["is_published"]), 1, record)

    @staticmethod
    def carries(state, version, mark):
        engine = version["response_engine"]
        table, key = ("retell_llms", "llm_id") if "llm_id" in engine else ("conversation_flows", "conversation_flow_id")
        return mark in json.dumps(version_of(state, table, key, engine[key], engine["version"]), ensure_ascii=False)

    def change(self, i):
        marks = [f"Marke-{i}-a.", f"Marke-{i}-b."]
        (self.bundle / RECEPTION_PROMPT).write_text(f"Du bist der Empfang der Praxis Müller.\n{marks[0]}\n", encoding="utf-8")
        self.edit(BOOKING, lambda d: d["nodes"][0]["instruction"].update(text=marks[1]))
        return marks

    def wait_for_writes(self, process, wanted):
        while process.poll() is None and self.simulator.writes() < wanted:
            time.sleep(0.001)

    def test_ctrl_c_and_on(self):
        self.pull()
        shutil.copytree(self.bundle, self.dir / "untouched")
        marks = self.change(0)
        self.simulator.control("POST", "options", {"latency_ms": 30})
        before = self.simulator.writes()
        process = self.start("apply", self.bundle, "--yes")
        self.wait_for_writes(process, before + 3)
        process.send_signal(signal.SIGINT)
        result = self.finish(process)
        self.assertEqual(result.code, 130, result)
        self.assertRegex(result.err, "release r1 is interrupted.*apply")
        self.assertEqual(self.run_json("history")["releases"][0]["state"], "running")
        self.simulator.control("POST", "options", {"latency_ms": 0})
        told = self.run_cli("plan", self.bundle, code=2)
        self.assertRegex(told.out + told.err, r"release r1 .* has not ended: .*trunkline rollback r1")
        saved = self.dir / "plan.json"
        saved.write_text(json.dumps(self.run_json("plan", self.bundle, code=2)))
        self.assertEqual(json.loads(saved.read_text())["unfinished"], "r1")
        told = self.run_cli("plan", self.dir / "untouched", code=2)  # apply would have something to do
        self.assertIn("release r1", told.out)
        result = self.finish(self.start("drift"))
        self.assertRegex(result.out, r"release r1 .* has not ended: .*trunkline rollback r1")
        result = self.finish(self.start("drift", "--json"))
        self.assertEqual(json.loads(result.out)["unfinished"], "r1")
        resumed = self.run_json("apply", self.bundle, "--yes")
        self.assertEqual((resumed["resumed"], resumed["release"]), (True, "r1"))
        self.assertIsNone(self.run_json("plan", self.bundle)["unfinished"])
        self.assertEqual(self.run_json("apply", "--plan", saved, "--yes", code=3)["error"]["code"], "stale_plan")
        self.check_live(marks)
        self.run_cli("plan", self.bundle)
        self.assertIsNone(self.run_json("drift")["unfinished"])
        self.assertNotIn("has not ended", self.run_cli("drift").out)

    def test_ctrl_c_during_pull_writes_nothing(self):
        self.simulator.control("POST", "options", {"latency_ms": 300})
        self.simulator.control("DELETE", "log")
        process = self.start("pull", self.bundle)
        while not self.simulator.operations() and process.poll() is None:
            time.sleep(0.005)
        process.send_signal(signal.SIGINT)
        result = self.finish(process)
        self.assertEqual(result.code, 130, result)
        self.assertFalse((self.bundle / "agents").exists())

    def test_killed_at_any_moment(self):
        seed = int(os.environ.get("TRUNKLINE_TEST_SEED", random.randrange(1 << 32)))
        print(f"kill -9: seed {seed} (TRUNKLINE_TEST_SEED replays it)", file=sys.stderr)
        dice = random.Random(seed)
        self.pull()
        resources = self.numbers_and_resources()
        self.simulator.control("POST", "options", {"latency_ms": 2})
        # An undisturbed release, to know how long one takes and how much it writes.
        marks, before, started = self.change("first"), self.simulator.writes(), time.monotonic()
        self.run_cli("apply", self.bundle, "--yes")
        took, writes = time.monotonic() - started, self.simulator.writes() - before
        self.check_live(marks)
        killed = 0
        rounds = int(os.environ.get("TRUNKLINE_KILLS", 20))
        for i in range(rounds):
            marks, before = self.change(i), self.simulator.writes()
            process = self.start("apply", self.bundle, "--yes")
            if i % 2:
                self.wait_for_writes(process, before + dice.randint(0, writes))
                time.sleep(dice.random() * 0.01)
            else:
                time.sleep(dice.random() * took)
            process.kill()
            process.communicate()
            killed += process.returncode == -signal.SIGKILL  # else it was done already
            with self.subTest(seed=seed, round=i):
                self.run_cli("apply", self.bundle, "--yes")
                self.check_live(marks)
                self.assertEqual(self.numbers_and_resources(), resources, "no resource came or went")
        print(f"kill -9: {killed} of {rounds} hit a running release", file=sys.stderr)
        self.assertGreaterEqual(killed, rounds * 8 // 20, "most kills came too late to prove anything")
        self.run_cli("plan", self.bundle)
        self.run_cli("drift")
        states = {r["state"] for r in self.run_json("history")["releases"]}
        self.assertEqual(states, {"done"})
        everything = b"".join(f.read_bytes() for f in self.dir.rglob("*") if f.is_file())
        self.assertNotIn(CANARY.encode(), everything)


class Secrets(CliTest):
    def test_no_secret_is_written_or_shown(self):
        self.pull()
        self.append(RECEPTION_PROMPT, "Neu.\n")
        self.edit(RECEPTION, lambda d: d["general_tools"][1]["headers"].update(Authorization="@env:NEW_TOKEN"))
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
                self.assertNotIn(CANARY.encode(), file.read_bytes(), file)
        key = self.dir / "store.db.key"
        self.assertEqual(stat.S_IMODE(key.stat().st_mode), 0o600)


if __name__ == "__main__":
    if not (BIN / "trunkline").exists() or not (BIN / "retell-simulator").exists():
        print(f"{BIN} holds no trunkline or no retell-simulator: build them first", file=sys.stderr)
        sys.exit(1)
    unittest.main(verbosity=1 if "-v" not in sys.argv else 2)
