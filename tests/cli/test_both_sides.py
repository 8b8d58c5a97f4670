#!/usr/bin/env python3
"""Edits here and at the service."""

import json
import shutil

from support import NIGHT_PROMPT, RECEPTION_PROMPT, CliTest, agent, main, small_account


class BothSides(CliTest):
    """What the folder and the service say of each other: conflicts, deletions, drift."""

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


if __name__ == "__main__":
    main()
