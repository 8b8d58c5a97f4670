#!/usr/bin/env python3
"""Taking back, and what is remembered."""

import json
import pathlib

from support import NIGHT_PROMPT, RECEPTION, RECEPTION_PROMPT, CliTest, main


class History(CliTest):
    """Releases taken back, what became of a resource, and the store put back."""

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


if __name__ == "__main__":
    main()
