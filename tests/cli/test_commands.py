#!/usr/bin/env python3
"""Help, --json, and calling an operation."""

import json
import re

from support import KEY, RECEPTION_PROMPT, ROOT, CliTest, main


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


if __name__ == "__main__":
    main()
