#!/usr/bin/env python3
"""What the official SDK put on the wire in its own tests, sent to retell-simulator byte by byte: 127 requests, each to a
fresh account that holds what it names."""

import http.client
import json
import sys
import unittest
import urllib.parse

import harness

RECORDED = harness.SHARED / "retell/sdk-requests-5.60.0.jsonl"
REQUESTS = 127
BOUNDARY = "conformance-7f3a1c"
NUMBER = "+14157774444"
AGENTS = ["16b980523634a6dc504898cda492e939", "oBeDLoLOeuAbiuaMFXRtDOLriTJ5tSxD", "agent_xxx", "agent_id"]
CHAT_AGENT = "oBeDLoLOeuAbiuaMFXRtDOLriTJ5tSxD"
LLMS = ["16b980523634a6dc504898cda492e939", "oBeDLoLOeuAbiuaMFXRtDOLriTJ5tSxD", "llm_234sdertfsdsfsdf", "llm_id"]
CALLS = ["119c3f8e47135a29e65947eeb34cf12d", "call_a4441234567890777c4a4a123e6", "call_119c3f8e47135a29e65947eeb34cf12d"]
CHATS = ["16b980523634a6dc504898cda492e939", "chat_98c1a2157aa0559144d67bb0729", "oBeDLoLOeuAbiuaMFXRtDOLriTJ5tSxD",
         "chat_16b980523634a6dc504898cda492e939"]
AT = 1750000000000
MCP = {"id": "mcp-server-1", "name": "mcp-server-1", "url": "https://mcp.example.test/"}


def versions(member, identity, count, **content):
    return {member: identity, "versions": [
        dict(content, **{member: identity, "version": v, "is_published": v % 2 == 0 and v + 1 < count,
                         "last_modification_timestamp": AT + v}) for v in range(count)]}


def named(value, members):
    """The ids that a body names under one of `members`, at any depth."""
    if isinstance(value, list):
        return {i for v in value for i in named(v, members)}
    if not isinstance(value, dict):
        return set()
    own = {value[m] for m in members if isinstance(value.get(m), str)}
    return own | {i for v in value.values() for i in named(v, members)}


def account_for(request):
    """An account in which everything exists that the request names, in a state in which what it asks can be done."""
    path, body = request["path"], request.get("body") or {}
    agents = sorted({*AGENTS, *named(body, ("agent_id", "override_agent_id"))})
    flows = sorted({"conversation_flow_id", *named(body, ("conversation_flow_id",))})
    chatting = "chat" in path
    engine = {"type": "retell-llm", "llm_id": "llm_id", "version": 0}
    bound = [{"agent_id": CHAT_AGENT, "weight": 1}]
    live = "live-call" in path or "stop-call" in path
    definition = {"name": "Orders", "response_engine": engine, "metrics": ["m"], "user_prompt": "p", "type": "simulation",
                  "dynamic_variables": {}, "tool_mocks": [], "llm_model": "gpt-4.1", "creation_timestamp": AT,
                  "user_modified_timestamp": AT}
    batch = {"test_case_batch_job_id": "test_case_batch_job_id", "status": "complete", "response_engine": engine,
             "pass_count": 1, "fail_count": 0, "error_count": 0, "total_count": 1, "creation_timestamp": AT,
             "user_modified_timestamp": AT}
    run = {"test_case_job_id": "test_case_job_id", "test_case_batch_job_id": "test_case_batch_job_id", "status": "pass",
           "test_case_definition_id": "test_case_definition_id", "creation_timestamp": AT, "user_modified_timestamp": AT,
           "test_case_definition_snapshot": dict(definition, test_case_definition_id="test_case_definition_id")}
    return {
        "format": 1,
        "agents": [versions("agent_id", a, 17, voice_id="retell-Cimo", response_engine=engine, agent_name=a,
                            channel="chat" if chatting else "voice") for a in agents],
        "retell_llms": [versions("llm_id", i, 2, general_prompt="p", mcps=[MCP]) for i in LLMS],
        "conversation_flows": [versions("conversation_flow_id", i, 1, nodes=[]) for i in flows],
        "conversation_flow_components": [
            {"conversation_flow_component_id": i, "name": "n", "nodes": [], "user_modified_timestamp": AT, "mcps": [MCP]}
            for i in ("conversation_flow_component_id", "component-123")],
        "phone_numbers": [] if path == "/import-phone-number" else [
            {"phone_number": n, "phone_number_type": "custom", "last_modification_timestamp": AT,
             "outbound_agents": bound, "outbound_sms_agents": bound} for n in (NUMBER, "+12137771234")],
        "knowledge_bases": [{"knowledge_base_id": "kb_1234567890", "knowledge_base_name": "Sample", "status": "complete",
                             "knowledge_base_sources": [{"type": "text", "source_id": "source_1234567890", "title": "t",
                                                         "content_url": "https://files.example.test/t.txt"}]}],
        "calls": [{"call": {"call_id": c, "call_type": "phone_call", "call_status": "ongoing" if live else "ended",
                            "agent_id": CHAT_AGENT, "agent_version": 0}} for c in CALLS],
        "chats": [{"chat": {"chat_id": c, "chat_status": "ended" if "rerun" in path else "ongoing", "agent_id": CHAT_AGENT}}
                  for c in CHATS],
        "test_case_definitions": [dict(definition, test_case_definition_id=i) for i in ("test_case_definition_id", "string")],
        "batch_tests": [batch],
        "test_runs": [run],
        "next_id": 1}


def multipart(parts):
    form = b""
    for part in parts:
        form += f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{part["name"]}"'.encode()
        if "filename" in part:
            form += f'; filename="{part["filename"]}"\r\nContent-Type: application/octet-stream'.encode()
        form += b"\r\n\r\n" + part["value"].encode() + b"\r\n"
    return form + f"--{BOUNDARY}--\r\n".encode()


class Recorded(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.requests = [json.loads(line) for line in RECORDED.read_text(encoding="utf-8").splitlines()]
        cls.simulator = harness.Simulator("--account", "empty")
        cls.addClassCleanup(cls.simulator.stop)
        where = urllib.parse.urlsplit(cls.simulator.url)
        cls.connection = http.client.HTTPConnection(where.hostname, where.port, timeout=30)
        cls.addClassCleanup(cls.connection.close)
        # The SDK's examples bind half an agent, and go on from a cursor that is the word "pagination_key".
        cls.simulator.control("POST", "options", {"check_weights": False, "check_cursors": False})

    def send(self, request):
        target = request["path"]
        if request.get("query"):
            target += "?" + urllib.parse.urlencode([tuple(pair) for pair in request["query"]])
        headers = {"Authorization": "Bearer " + harness.KEY, "Accept": "application/json"}
        body = None
        if request.get("content_type") == "multipart/form-data":
            headers["Content-Type"] = f"multipart/form-data; boundary={BOUNDARY}"
            body = multipart(request.get("parts") or [])
        elif request.get("content_type"):
            headers["Content-Type"] = request["content_type"]
            if request.get("body") is not None:
                body = json.dumps(request["body"]).encode()
        self.connection.request(request["method"], target, body, headers)
        answer = self.connection.getresponse()
        return answer.status, answer.read().decode()

    def test_each_request_gets_the_status_it_expects(self):
        self.assertEqual(len(self.requests), REQUESTS)
        wrong = []
        for number, request in enumerate(self.requests, 1):
            self.simulator.control("PUT", "state", account_for(request))
            status, answer = self.send(request)
            if str(status) not in request["expect"]:
                wrong.append(f"{number}: {request['method']} {request['path']}: {status} {answer[:200]}")
            elif request["path"].startswith(("/get-", "/v2/get-")) and request["operation"].endswith("_id}"):
                addressed = request["path"].rsplit("/", 1)[1]
                if addressed not in answer and "mcp-tools" not in request["path"]:
                    wrong.append(f"{number}: {request['method']} {request['path']}: the answer is not about what was asked for")
        print(f"{REQUESTS - len(wrong)} of {REQUESTS} answered as expected")
        self.assertEqual(wrong, [])

    def test_without_the_account_they_fail(self):
        """Nothing is answered by echo: in an empty account, whatever addresses something is refused."""
        self.simulator.control("PUT", "state", {"format": 1, "agents": [], "retell_llms": [], "conversation_flows": [],
                                                "phone_numbers": [], "next_id": 1})
        echoed = []
        for request in self.requests:
            if request["operation"] and "{" in request["operation"] and "get-voice" not in request["operation"]:
                status, answer = self.send(request)
                if status < 400:
                    echoed.append(f"{request['method']} {request['path']}: {status} {answer[:100]}")
        self.assertEqual(echoed, [])


if __name__ == "__main__":
    if not RECORDED.exists():
        print(f"skipped: no {RECORDED.name} (TRUNKLINE_SHARED names the folder that has retell/)")
        sys.exit(77)
    unittest.main(verbosity=2)
