#!/usr/bin/env python3
"""What is refused, and how that is said."""

import os
import re
import resource
import shutil
import subprocess

from support import BIN, KEY, NIGHT_PROMPT, NOBODY, RECEPTION, RECEPTION_PROMPT, ROOT, CliTest, main


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


if __name__ == "__main__":
    main()
