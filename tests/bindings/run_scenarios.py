"""Reads one step of scenarios.json a line, writes its result as one line: what the Python package makes of it."""
import json
import sys
from dataclasses import asdict

import trunkline as tl
from trunkline.client import Client


def index(kind, value):
    """An enumerator by its name, or the number itself."""
    return kind[value.upper()] if isinstance(value, str) else value


def none_or(step, name, otherwise):
    return otherwise if step.get(name) is None else step[name]


class Host:
    def __init__(self):
        self.things = {}

    def new_case(self):
        for thing in self.things.values():
            if hasattr(thing, "close"):
                thing.close()
        self.things = {}

    def run(self, step):
        room, _, what = step["do"].partition(".")
        if room == "close":
            self.things.pop(step["on"]).close()
            return None
        made = getattr(self, room)(what, step)
        if what in ("open", "stream_open"):
            self.things[step["as"]] = made
            return True
        return made

    def on(self, step, name="on"):
        return self.things[step[name]]

    def space(self, what, step):
        if what == "open":
            flags = step.get("flags", [])
            return tl.Space(step["name"], private="private" in flags, create="no_create" not in flags,
                            directory=step.get("directory", ""), keys=step.get("keys", 0))
        return {"shared": self.on(step).shared}

    def key(self, step):
        return [step.get(name) or "" for name in ("service", "tenant", "group")]

    def breaker(self, what, step):
        if what == "open":
            o = dict(step["options"]) if "options" in step else None
            if o is not None:
                flags = o.pop("flags", [])
                o = tl.BreakerOptions(shadow="shadow" in flags, striped="striped" in flags,
                                      jitter="no_jitter" not in flags, slow_start="no_slow_start" not in flags, **o)
            return self.on(step, "space").breaker(*self.key(step), o)
        b = self.on(step)
        if what == "allow":
            permit = b.allow_at(step["now_ns"])
            self.things[step["as"]] = permit
            return permit != 0
        if what == "report":
            b.report_at(self.things[step["permit"]] ^ step.get("flip", 0), index(tl.Outcome, step["outcome"]),
                        step["duration_ns"], step["now_ns"])
        elif what == "look":
            look = b.look(step["now_ns"])
            return {**asdict(look), "state": look.state.name.lower()}
        else:
            getattr(b, what)()
        return None

    def limiter(self, what, step):
        if what == "open":
            o = dict(step["options"])
            flags = o.pop("flags", [])
            o = tl.LimiterOptions(shadow="shadow" in flags, fixed="fixed" in flags, reserves="no_reserves" not in flags, **o)
            return self.on(step, "space").limiter(*self.key(step), o)
        limiter = self.on(step)
        if what == "try":
            n = limiter.try_acquire_at(step["cost"], index(tl.Priority, step["priority"]), step["now_ns"])
            if n >= 0:
                self.things[step.get("as", "")] = n
                return {"granted": True, "generation": n}
            return {"granted": False, "never": True} if n == tl.NEVER else {"granted": False, "wait_ns": -n}
        if what == "look":
            return asdict(limiter.look(step["now_ns"]))
        if what == "refund":
            limiter.refund(step["cost"])
        elif what == "throttled":
            limiter.throttled(self.things[step["grant"]], none_or(step, "retry_after_ns", -1), step["now_ns"])
        else:
            limiter.accepted(none_or(step, "limit", -1), none_or(step, "remaining", -1), none_or(step, "reset_ns", -1),
                             step["now_ns"])
        return None

    def leases(self, what, step):
        if what == "open":
            return self.on(step, "space").leases(*self.key(step)[:2])
        pool = self.on(step)
        if what == "configure":
            pool.configure(step["limit"], step["reserved_inbound"])
        elif what == "take":
            lease = pool.take(index(tl.Direction, step["direction"]), step["ttl_ms"])
            self.things[step["as"]] = lease
            return lease is not None
        elif what == "look":
            return asdict(pool.look())
        elif what == "started":
            pool.started(step["call_id"], step["ttl_ms"])
        elif what == "ended":
            pool.ended(step["call_id"])
        else:
            given = [step[name] for name in ("call_id", "ttl_ms") if name in step]
            getattr(self.things[step["lease"]], what)(*given)
        return None

    def mask(self, what, step):
        if what == "open":
            return tl.Masker(step.get("policy_text") if "policy_text" in step else step.get("policy"))
        thing, text = self.on(step), step.get("text", "")
        if what == "stream_open":
            return thing.stream(index(tl.Zone, step["zone"]))
        if what == "text":
            masked = thing.mask(text, index(tl.Zone, step["zone"]))
            return {"text": masked, "changed": masked is not text}
        if what == "register_secret":
            return thing.register_secret(step["secret"])
        if what == "totals":
            return asdict(thing.totals)
        data = text.encode()
        if what == "stream_feed":
            out = thing.feed(data)
        elif what == "stream_flush":
            out = thing.flush()
        else:
            cut = step["bytes"]
            out = b"".join([thing.feed(data[i:i + cut]) for i in range(0, len(data), cut)] + [thing.flush()])
        return out.decode()

    def webhook(self, what, step):
        body = step["body"].encode()
        if what == "sign":
            header = tl.Webhook.sign(body, step["key"], step["now_ms"])
            self.things[step["as"]] = header
            return header
        header = self.things[step["signed"]] if "signed" in step else step["header"]
        hook = tl.Webhook(step["keys"], step.get("tolerance_ms", -1))
        return hook.verify(body, header, step["now_ms"]).name.lower()

    def client(self, what, step):
        if what == "open":
            return Client(**step["options"])
        request = step["request_text"] if "request_text" in step else json.dumps(step["request"])
        return {"answer": json.loads(self.on(step).request_text(request))}


def shown(error, step):
    out = {"error": error.code}
    if step["do"] in ("client.request", "client.queued"):
        out.update(operation=error.operation, http_status=error.http_status or 0)
        if error.document_text:
            out["document"] = error.document
    if isinstance(error, tl.MaskerError):
        out["text"] = error.marker
    return out


def main():
    host = Host()
    for line in sys.stdin:
        step = json.loads(line)
        if step["do"] == "new_case":
            host.new_case()
            continue
        try:
            result = host.run(step)
        except tl.Error as e:
            result = shown(e, step)
        except Exception as e:
            result = {"broken_scenario": repr(e)}
        print(json.dumps(result, ensure_ascii=False), flush=True)


main()
