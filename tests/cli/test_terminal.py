#!/usr/bin/env python3
"""Questions and progress on a terminal."""

from support import RECEPTION_PROMPT, TerminalTest, main


class Terminal(TerminalTest):
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


if __name__ == "__main__":
    main()
