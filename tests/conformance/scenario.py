"""calls.json: every operation once, with arguments that make sense one after the other."""

import json
import time

import harness

CALLS = json.loads((harness.HERE / "calls.json").read_text(encoding="utf-8"))
PATIENCE = 20    # seconds until something that goes on by itself has to be where a call waits for it


class Nothing(dict):
    """In place of what was kept: the names of things that are not there."""

    def __contains__(self, name):
        return True

    def __missing__(self, name):
        return "+14155550000" if name in ("number", "imported") else "nothing_" + name


NOTHING = Nothing()


class Missing(Exception):
    """An argument comes from an answer that did not come."""


def pick(document, path):
    for step in path.split("."):
        document = document[int(step) if isinstance(document, list) else step]
    return document


def filled(value, kept):
    """The arguments with "$name" replaced by what an earlier answer brought."""
    if isinstance(value, dict):
        return {k: filled(v, kept) for k, v in value.items()}
    if isinstance(value, list):
        return [filled(v, kept) for v in value]
    if isinstance(value, str) and value.startswith("$"):
        if value[1:] not in kept:
            raise Missing(f"no {value[1:]} from an earlier call")
        return kept[value[1:]]
    return value


def run(peer, peers=(), skip=(), substitute=None):
    """Makes every call through `peer`, or the one `peers` names for the operation; yields (entry, answer of the peer).

    Calls of `skip` are not made. `substitute` stands for what answers do not bring, where answers are examples and not an
    account's.
    """
    kept = {}
    for entry in CALLS:
        if entry["call"] in skip:
            kept.update(dict.fromkeys(entry.get("keep", {}), substitute))
            yield entry, None
            continue
        try:
            arguments = filled(entry.get("arguments", {}), kept)
        except Missing as missing:
            yield entry, {"ok": False, "status": 0, "error": str(missing)}
            continue
        asked = peers[entry["call"]] if entry["call"] in peers else peer
        question = {"call": entry["call"], "arguments": arguments, "files": entry.get("files", [])}
        answer = asked.ask(**question)
        deadline = time.monotonic() + PATIENCE
        while substitute is None and answer["ok"] and not reached(entry, answer) and time.monotonic() < deadline:
            time.sleep(0.05)    # a program on the real clock, seen from outside
            answer = asked.ask(**question)
        if substitute is None and answer["ok"] and not reached(entry, answer):
            answer = {"ok": False, "status": answer["status"], "error": f"never came to {entry['until']}"}
        for name, path in entry.get("keep", {}).items():
            try:
                kept[name] = pick(answer["body"], path)
            except (KeyError, IndexError, TypeError):
                if substitute is not None:
                    kept[name] = substitute
        yield entry, answer


def reached(entry, answer):
    return all(answer["body"].get(k) == v for k, v in entry.get("until", {}).items())
