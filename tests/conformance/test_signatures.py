#!/usr/bin/env python3
"""Webhook signatures: what the official SDK signs our code accepts, and the other way round; what one refuses, both do."""

import json
import os
import pathlib
import random
import tempfile
import time
import unittest

import harness

BODIES = 1000
LARGE = 1024 * 1024
MINUTES = 60_000
ALPHABETS = [
    "abcdefghijklmnopqrstuvwxyz{}[]\":, 0123456789",
    "\0\t\r\n\x1b\x7f\\\"",
    "äöüßéñ€–“”\u2028\u2029\ufeff\ufffd",
    "日本語العربيةעברית",
    "😀🏳️‍🌈𝔘\U0010fffd",
]


def random_body(rng, size):
    """Text of about `size` bytes of UTF-8: of one alphabet or of all of them."""
    alphabet = rng.choice([*ALPHABETS, "".join(ALPHABETS)])
    text = "".join(rng.choices(alphabet, k=size))
    return text.encode()[:size].decode(errors="ignore")


def now():
    return time.time_ns() // 1_000_000


class Signatures(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.peer = harness.Peer()
        cls.addClassCleanup(cls.peer.stop)
        seed = int(os.environ.get("TRUNKLINE_TEST_SEED") or random.SystemRandom().getrandbits(32))
        print(f"seed {seed} (TRUNKLINE_TEST_SEED replays it)")
        rng = random.Random(seed)
        sizes = [0, 1, LARGE] + [int(2 ** rng.uniform(0, 12)) for _ in range(BODIES - 3)]
        cls.cases = [(random_body(rng, size), "key_" + rng.randbytes(rng.randint(1, 40)).hex()) for size in sizes]
        cls.sdk = cls.ask_sdk(cls.cases)

    @classmethod
    def sign(cls, body, key, at):
        return cls.peer.ask(sign=body, key=key, at=at)["signature"]

    @classmethod
    def verdict(cls, body, key, signature, at):
        return cls.peer.ask(verify=body, key=key, signature=signature, now=at)["result"]

    @classmethod
    def ask_sdk(cls, cases):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "cases.jsonl"
            with open(path, "w", encoding="utf-8") as file:
                for body, key in cases:
                    ours = {"fresh": cls.sign(body, key, now()), "stale": cls.sign(body, key, now() - 6 * MINUTES),
                            "future": cls.sign(body, key, now() + 6 * MINUTES)}
                    file.write(json.dumps({"body": body, "key": key, "ours": ours}) + "\n")
            return harness.node(harness.tools, "sdk_signatures.mjs", path)

    def test_the_bodies_are_what_they_should_be(self):
        everything = "".join(body for body, _ in self.cases)
        self.assertEqual(len(self.cases), BODIES)
        self.assertIn("\0", everything)
        self.assertIn("😀", everything)
        self.assertEqual(self.cases[0][0], "")
        self.assertGreater(len(self.cases[2][0].encode()), LARGE - 4)

    def test_the_sdk_accepts_what_we_sign_and_refuses_the_rest(self):
        expected = {"fresh": True, "stale": False, "future": False, "tampered": False, "otherKey": False}
        agreed = sum(answer["verdicts"] == expected for answer in self.sdk)
        self.assertEqual(agreed, BODIES, [a["verdicts"] for a in self.sdk if a["verdicts"] != expected][:3])
        print(f"{agreed} of {BODIES} of our signatures accepted, and none that is stale, ahead of time or forged")

    def test_we_accept_what_the_sdk_signs_and_refuse_the_rest(self):
        wrong, at = [], now()
        for (body, key), answer in zip(self.cases, self.sdk):
            theirs = answer["theirs"]
            verdicts = (self.verdict(body, key, theirs, at), self.verdict(body, key, theirs, at + 6 * MINUTES),
                        self.verdict(body, key, theirs, at - 6 * MINUTES), self.verdict(body + " ", key, theirs, at),
                        self.verdict(body, key + ".", theirs, at))
            if verdicts != ("ok", "expired", "in_future", "mismatch", "mismatch"):
                wrong.append(verdicts)
        self.assertEqual(len(self.sdk), BODIES)
        self.assertEqual(wrong, [])
        print(f"{BODIES - len(wrong)} of {BODIES} signatures of the SDK accepted, and none that is stale, ahead of time or forged")


if __name__ == "__main__":
    harness.main()
