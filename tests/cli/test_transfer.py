#!/usr/bin/env python3
"""An account taken to another."""

import json

from support import CANARY, LISTS, CliTest, Simulator, main, number, small_account


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


if __name__ == "__main__":
    main()
