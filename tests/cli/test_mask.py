#!/usr/bin/env python3
"""The filter `trunkline mask`: a program in a pipe, so whatever comes in, something safe comes out."""

import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
BIN = pathlib.Path(os.environ.get("TRUNKLINE_BIN", HERE.parents[1] / "build/dev/bin"))
ZONES = ("log", "error", "api", "webhook_out", "export", "transcript")
LINE = 'user anna@example.org password=hunter2x tel 0171/3920012 {"call_id":"call_1","n":12}\n'


class Filter(unittest.TestCase):
    def run_mask(self, *args, given=b"", code=0, env=None):
        given = given.encode() if isinstance(given, str) else given
        done = subprocess.run([BIN / "trunkline", "mask", *map(str, args)], input=given, capture_output=True, timeout=60,
                              env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8", **(env or {})})
        self.assertEqual(done.returncode, code, done)
        return done.stdout, done.stderr

    def policy(self, text):
        file = tempfile.NamedTemporaryFile("w", suffix=".json", delete=False, encoding="utf-8")
        self.addCleanup(os.unlink, file.name)
        with file:
            file.write(text if isinstance(text, str) else json.dumps(text))
        return file.name

    def test_text_in_text_out(self):
        out, err = self.run_mask(given=LINE)
        self.assertEqual(out.decode(),
                         'user [EMAIL] password=[PASSWORD] tel [PHONE] {"call_id":"call_1","n":12}\n')
        self.assertEqual(err, b"")
        self.assertEqual(self.run_mask(given=out)[0], out, "a second pass changes nothing")
        self.assertEqual(self.run_mask(), (b"", b""), "nothing in, nothing out")

    def test_each_zone(self):
        for zone in ZONES:
            out = self.run_mask("--zone", zone, given=LINE)[0]
            self.assertNotIn(b"hunter2x", out, zone)
            self.assertIn(b"call_1", out, zone)
        self.assertIn(b"[PHONE:*0012]", self.run_mask("--zone", "api", given="+49 171 3920012")[0])
        out, err = self.run_mask("--zone", "nowhere", given=LINE, code=64)
        self.assertEqual(out, b"")
        self.assertIn(b"none of log, error, api, webhook_out, export, transcript", err)

    def test_lines_come_as_they_are_decided(self):
        """`tail -f app.log | trunkline mask` must not keep the last line for ever: it does until enough follows."""
        process = subprocess.Popen([BIN / "trunkline", "mask"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        try:
            process.stdin.write(LINE.encode() * 400)
            process.stdin.flush()
            first = process.stdout.read(len("user [EMAIL] "))
            self.assertEqual(first, b"user [EMAIL] ")
        finally:
            process.stdin.close()
            rest = process.stdout.read()
            process.stdout.close()
            self.assertEqual(process.wait(10), 0)
        self.assertEqual((first + rest).count(b"[PHONE]"), 400)

    def test_any_bytes(self):
        seed = int(os.environ.get("TRUNKLINE_TEST_SEED", random.randrange(1 << 32)))
        print(f"mask: seed {seed} (TRUNKLINE_TEST_SEED replays it)", file=sys.stderr)
        dice = random.Random(seed)
        noise = dice.randbytes(300_000)
        for given in (noise, b"\xff\xfe" + LINE.encode("utf-16-le"), b"\x00" * 70_000 + LINE.encode(),
                      b"\xc3(" + LINE.encode() + b"\xed\xa0\x80", b"\xef\xbb\xbf" + LINE.encode()):
            for zone in ("log", "transcript"):
                out = self.run_mask("--zone", zone, given=given)[0]
                self.assertNotIn(b"hunter2x", out)
                self.assertLessEqual(len(out), 2 * len(given) + 16)
        broken = b"\xc3(\x80\xffpassword=hunter2x\xfe\xff"
        self.assertTrue(self.run_mask(given=broken)[0].startswith(b"\xc3(\x80\xffpassword=[PASSWORD]"))

    def test_one_huge_line(self):
        line = ('{"transcript":"' + "ja genau " * 600_000 + '","api_key":"abcdefgh12","to_number":"+4917139200' +
                '12","z":"' + "y" * 3_000_000 + '"}').encode()
        out = self.run_mask(given=line)[0]
        document = json.loads(out)
        self.assertEqual((document["transcript"], document["api_key"], document["to_number"]),
                         ("[TRANSCRIPT]", "[GENERIC_SECRET]", "[PHONE]"))
        self.assertEqual(len(document["z"]), 3_000_000)

    def test_a_huge_line_of_jsonl(self):
        row = json.dumps({"id": "big", "text": "x" * 5_000_000 + " password=hunter2x"})
        out = self.run_mask("--jsonl", given=row)[0]
        answer = json.loads(out)
        self.assertEqual(answer["id"], "big")
        self.assertTrue(answer["out"].endswith("x password=[PASSWORD]"))

    def test_jsonl(self):
        rows = [{"id": 1, "text": "password=hunter2x"}, {"text": "tel 0171/3920012"}, {"id": None, "text": ""},
                {"id": {"a": [1]}, "text": "\u0000 ä \ud83d\ude00"}]
        given = "\n".join(map(json.dumps, rows)) + "\n\n   \r\n"
        out = [json.loads(line) for line in self.run_mask("--jsonl", given=given)[0].splitlines()]
        self.assertEqual(out, [{"id": 1, "out": "password=[PASSWORD]"}, {"id": None, "out": "tel [PHONE]"},
                               {"id": None, "out": ""}, {"id": {"a": [1]}, "out": "\u0000 ä \U0001f600"}])
        self.assertEqual(self.run_mask("--jsonl"), (b"", b""))

    def test_bad_lines_of_jsonl_stop_nothing_and_repeat_nothing(self):
        bad = ['{"id": 7, "text": 5}', '{"id": 8}', 'password=hunter2x', '["hunter2x"]', '{"id": 9, "text": "hunter2x"',
               '"hunter2x"', "{", "null", '{"id": 3, "text": "a"} {"id": 4}']
        given = "\n".join(bad[:5] + ['{"id": 1, "text": "pin: 4711"}'] + bad[5:]) + "\n" + '{"id":2,"text":"b"}'
        given = given.encode() + b"\n\xff\xfe{\n"
        out, err = self.run_mask("--jsonl", given=given, code=1)
        rows = [json.loads(line) for line in out.splitlines()]
        self.assertEqual(len(rows), len(bad) + 3)
        self.assertEqual([r for r in rows if "out" in r],
                         [{"id": 1, "out": "pin: [PIN_OTP]"}, {"id": 2, "out": "b"}])
        self.assertEqual(rows[0]["id"], 7)
        for row in rows:
            self.assertTrue(("out" in row) != ("error" in row), row)
        self.assertNotIn(b"hunter2x", out + err)
        self.assertEqual(err.count(b"\n"), 1)
        self.assertIn(b"10 lines", err)

    def test_policy(self):
        policy = self.policy({"actions": {"log": {"phone": "full", "email": "keep"}}, "keys": {"file no": "medical_id"},
                              "allow_values": [{"value": "0171 3920012", "reason": "on the door"}],
                              "values": [{"value": "Haus am See", "type": "address"}], "secrets_env": ["PARTNER"],
                              "token_key": {"id": "k3", "env": "TOKENS"}})
        env = {"PARTNER": "no shape at all", "TOKENS": "0123456789abcdef0123"}
        out = self.run_mask("--policy", policy, env=env,
                            given="anna@example.org 0171/3920012 0171/3920013 fileNo=A-7712 Haus am See no shape at all")[0]
        self.assertEqual(out.decode(), "anna@example.org 0171/3920012 [PHONE] fileNo=[MEDICAL_ID:*12] [ADDRESS] "
                                       "[GENERIC_SECRET]")
        self.run_mask("--policy", policy, given=LINE, code=1)    # the variables are not set
        for bad in ("", "{", "[]", '{"actions":{"log":{"password":"keep"}}}', '{"actions":{"log":{"phone":"hide"}}}',
                    '{"max_input":0}', '{"secrets_env":["NOT_SET"]}', '{"secrets":["hunter2x"]}'):
            out, err = self.run_mask("--policy", self.policy(bad), given=LINE, code=1)
            self.assertEqual(out, b"", bad)
            self.assertEqual(err.count(b"\n"), 1, bad)
            self.assertNotIn(b"hunter2x", err)
        self.run_mask("--policy", "/nonexistent/policy.json", given=LINE, code=1)

    def test_patterns_or_a_clear_refusal(self):
        policy = self.policy({"patterns": [{"name": "file", "regex": r"\bAZ-\d+\b", "type": "medical_id"}]})
        done = subprocess.run([BIN / "trunkline", "mask", "--policy", policy], input=b"AZ-123456 a", capture_output=True)
        if done.returncode != 0:
            self.assertIn(b"libre2-dev", done.stderr)
            self.skipTest("built without RE2")
        self.assertEqual(done.stdout, b"[MEDICAL_ID] a")
        err = self.run_mask("--policy", self.policy({"patterns": [{"name": "x", "regex": "(", "type": "phone"}]}),
                            given=b"a", code=1)[1]
        self.assertIn(b"patterns[0]: missing )", err)

    def test_dry_run(self):
        given = "first\n" + LINE
        out, err = self.run_mask("--dry-run", given=given)
        self.assertEqual(err, b"")
        for value in (b"hunter2x", b"anna", b"3920012"):
            self.assertNotIn(value, out)
        self.assertIn(b"2:6", out)
        self.assertIn(b"3 values would be masked in zone log", out)
        report = json.loads(self.run_mask("--dry-run", "--json", "--zone", "error", given=given)[0])
        self.assertEqual({t["type"]: t["count"] for t in report["types"]}, {"PHONE": 1, "EMAIL": 1, "PASSWORD": 1})
        self.assertEqual({t["reason"]: t["count"] for t in report["reasons"]}, {"value": 1, "key": 1, "context": 1})
        self.assertEqual([given.encode()[f["begin"]:f["end"]] for f in report["findings"]],
                         [b"anna@example.org", b"hunter2x", b"0171/3920012"])
        self.assertEqual({f["line"] for f in report["findings"]}, {2})
        self.run_mask("--dry-run", "--jsonl", given=given, code=64)
        small = self.policy({"max_input": 20})
        self.run_mask("--dry-run", "--policy", small, given=given, code=1)

    def test_a_marker_and_an_exit_code_where_the_limit_is_passed(self):
        small = self.policy({"max_input": 20})
        out = self.run_mask("--jsonl", "--policy", small, code=1,
                            given=json.dumps({"id": 1, "text": LINE}) + "\n" + json.dumps({"id": 2, "text": "ok"}))[0]
        rows = [json.loads(line) for line in out.splitlines()]
        self.assertEqual(rows[0]["out"], "[MASKER_LIMIT]")
        self.assertIn("error", rows[0])
        self.assertEqual(rows[1], {"id": 2, "out": "ok"})

    def test_a_reader_that_went_away(self):
        process = subprocess.Popen([BIN / "trunkline", "mask"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE)
        process.stdout.close()
        deadline = time.monotonic() + 20
        try:
            while process.poll() is None and time.monotonic() < deadline:
                process.stdin.write(LINE.encode() * 1000)
        except BrokenPipeError:
            pass
        try:
            process.stdin.close()
        except BrokenPipeError:
            pass
        self.assertLess(time.monotonic(), deadline, "it goes on for nobody")
        self.assertGreaterEqual(process.wait(20), 0, "ended by itself, not by a signal")
        process.stderr.close()


if __name__ == "__main__":
    unittest.main(verbosity=2 if "-v" in sys.argv else 1)
