#!/usr/bin/env python3
"""Documents judged without a service."""

from support import CliTest, main


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


if __name__ == "__main__":
    main()
