#!/usr/bin/env python3
"""Releases of the program `trunkline`."""

import json
import shutil
import stat

from support import CANARY, NIGHT_PROMPT, RECEPTION, RECEPTION_PROMPT, CliTest, agent, main, small_account


class Release(CliTest):
    """What is edited in the folder goes live, and what is refused before anything is sent."""

    def test_a_prompt_edit_goes_live_and_back(self):
        writes = self.simulator.writes()
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
        self.assertEqual(self.simulator.writes(), writes)

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


if __name__ == "__main__":
    main()
