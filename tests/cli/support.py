"""The program `trunkline` against `retell-simulator`, both as a user starts them.

TRUNKLINE_BIN names the folder of the programs. Random tests print their seed; TRUNKLINE_TEST_SEED replays one.
"""

import json
import os
import pathlib
import pty
import re
import select
import shutil
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


class TerminalTest(CliTest):
    """The program on a terminal."""

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


class CrashTest(CliTest):
    """What must hold of the small account whenever a run has ended."""

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


def main():
    if not (BIN / "trunkline").exists() or not (BIN / "retell-simulator").exists():
        print(f"{BIN} holds no trunkline or no retell-simulator: build them first", file=sys.stderr)
        sys.exit(1)
    unittest.main(verbosity=1 if "-v" not in sys.argv else 2)
