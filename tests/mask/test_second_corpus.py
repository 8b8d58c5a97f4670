#!/usr/bin/env python3
"""The masker against a second labelled corpus, by somebody who had not seen the masker or its first one.

TRUNKLINE_BIN names the folder of the programs. The seed is fresh each time and printed; TRUNKLINE_TEST_SEED replays one.
"""
import collections
import json
import os
import random
import unittest

import second_corpus as corpus
import second_corpus_clean as clean
import second_corpus_more as more
import second_corpus_places as places
import second_score as score

SEED = int(os.environ.get('TRUNKLINE_TEST_SEED') or random.SystemRandom().randrange(2 ** 32))
LINES = 4000
# Nothing of these may be seen, whatever stands around them.
NEVER = {'key GENERIC_SECRET', 'key PASSWORD', 'auth', 'cookie', 'value PRIVATE_KEY',
    'value CREDIT_CARD', 'value IBAN', 'value EMAIL', 'value JWT'}
NEVER |= {f'value {kind}' for kind in corpus.VENDORS}


class second_corpus(unittest.TestCase):
    def setUp(self):
        self.rng = random.Random(f'{SEED} {self.id()}')

    def scored(self, zone, lines):
        """Failures by family, as text."""
        outs = score.run(zone, [corpus.source(text) for _, _, text in lines])
        failures = collections.defaultdict(list)
        for (family, place, text), out in zip(lines, outs):
            if found := score.check(text, out):
                failures[family].append(
                    f'{family} | {place} | {found}\n  in:  {corpus.source(text)!r}\n  out: {out!r}')
        return failures

    def told(self, failures):
        few = [line for family in failures.values() for line in family[:3]]
        return f'seed {SEED}\n' + '\n'.join(few[:40])

    def test_labelled_values_are_gone_and_nothing_else(self):
        lines = [any_line(self.rng) for _ in range(LINES)]
        total = collections.Counter(family for family, _, _ in lines)
        for zone in ('log', 'error'):
            failures = self.scored(zone, lines)
            count = sum(map(len, failures.values()))
            with self.subTest(zone=zone):
                self.assertLessEqual(count, LINES * 5 // 1000, self.told(failures))
                for family, failed in failures.items():
                    if family in NEVER:
                        self.assertLessEqual(len(failed), total[family] // 50,
                            self.told({family: failed}))

    def test_clean_lines_stay(self):
        lines = [clean.line(self.rng)[1] for _ in range(LINES)] + clean.PROSE + clean.FIXED
        touched = [f'{a!r} -> {b!r}' for a, b in zip(lines, score.run('log', lines)) if a != b]
        self.assertLessEqual(len(touched), len(lines) * 3 // 1000,
            f'seed {SEED}\n' + '\n'.join(touched[:20]))

    def test_a_second_pass_changes_nothing(self):
        lines = [corpus.source(any_line(self.rng)[2]) for _ in range(LINES)]
        for zone in ('log', 'error', 'api', 'webhook_out', 'export', 'transcript'):
            once = score.run(zone, lines)
            twice = score.run(zone, once)
            changed = [f'{zone}: {x!r} -> {a!r} -> {b!r}' for x, a, b in zip(lines, once, twice)
                if a != b]
            self.assertEqual(changed, [], f'seed {SEED}')

    def test_json_stays_json(self):
        lines = [corpus.source(any_line(self.rng)[2]) for _ in range(LINES)]
        for zone in ('log', 'api', 'transcript'):
            for text, out in zip(lines, score.run(zone, lines)):
                if parses(text):
                    self.assertTrue(parses(out), f'seed {SEED} {zone}\n{text}\n{out}')

    def test_what_is_cut_is_masked_as_what_is_whole(self):
        text = '\n'.join(corpus.source(any_line(self.rng)[2]) for _ in range(300))
        for zone in ('log', 'transcript'):
            whole = score.stream(zone, text.encode(), [len(text.encode())])
            cuts = [self.rng.randrange(1, 4000) for _ in range(2000)]
            self.assertEqual(whole, score.stream(zone, text.encode(), cuts), f'seed {SEED} {zone}')


def any_line(rng):
    return (more if rng.random() < .3 else places).line(rng)


def parses(text):
    """Whether it is JSON, and what its strings hold, if they look like documents."""
    try:
        value = json.loads(text)
    except ValueError:
        return False
    if not isinstance(value, (dict, list)):
        return False
    todo = [value]
    while todo:
        value = todo.pop()
        if isinstance(value, dict):
            todo += value.values()
        elif isinstance(value, list):
            todo += value
        elif isinstance(value, str) and value[:1] == '{' and value[-1:] == '}':
            try:
                todo.append(json.loads(value))
            except ValueError:
                return False
    return True


if __name__ == '__main__':
    print('seed', SEED)
    unittest.main(verbosity=2)
