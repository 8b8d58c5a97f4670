import asyncio
import copy
import json
import multiprocessing
import os
import signal
import threading
import time

import pytest

import trunkline as tl
from conftest import KEY, resident_kib


def edit(folder, text):
    prompt = next((folder / "llms").glob("*.prompt.md"))
    prompt.write_text(prompt.read_text() + text + "\n")


def test_the_main_job(client, tmp_path):
    account = tl.Sync(client, tmp_path / "account")
    steps = []
    report = account.pull(on_progress=steps.append)
    assert report.agents == 3 and report.conflicts == [] and report.files_written > 5
    assert steps and {s["step"] for s in steps} >= {"refresh"}
    assert account.plan().empty
    edit(tmp_path / "account", "Sei kurz.")
    plan = account.plan(title="Kürzer")
    assert not plan.empty and plan.units[0]["action"] == "release"
    steps.clear()
    done = account.apply(plan, on_progress=steps.append)
    told = [s for s in steps if s["step"] == "progress"]
    assert {s["phase"] for s in told} == {"reading", "releasing"}
    assert told[-1]["done"] == told[-1]["total"] and told[-1]["left_ms"] == 0
    assert (done.release, done.state) == ("r1", "done") and account.plan().empty
    assert [r["title"] for r in account.history()] == ["Kürzer"]
    assert account.show("r1", journal=True)["journal"]
    back = account.rollback("r1")
    assert (back.release, back.reverts) == ("r2", "r1")
    changed = account.diff("r1", "r2")
    assert {c["resource"].split("/")[0] for c in changed} == {"llms", "numbers"} and account.diff("r2", "r2") == []
    assert account.lint()["errors"] == 0 and account.lint({"limits": {"prompt_chars": 1}})["documents"] > 5
    with pytest.raises(tl.UnknownRelease):
        account.show("r9")
    assert account.explain("+493023125001")["paths"] and isinstance(account.drift(), list)


def test_an_account_as_one_document(client, tmp_path):
    export = tl.Sync(client, tmp_path / "account").export()
    assert export.asks and "CANARY" not in export.text
    copy = tl.Sync(client, tmp_path / "copy")
    with pytest.raises(tl.Error) as refused:
        copy.import_(export)
    assert refused.value.document["asks"] == export.asks and not (tmp_path / "copy").exists()
    secrets = {ask["name"]: f"new secret {i}" for i, ask in enumerate(export.asks)}
    assert copy.import_(export, secrets=secrets, allow=["account-not-empty"])["files"] > 5
    files = {n: f for n, f in export.document["export"]["files"].items() if not n.startswith("numbers/")}
    assert copy.export(from_files=True).document["export"]["files"] == files
    assert not any("new secret" in p.read_text() for p in (tmp_path / "copy").rglob("*") if p.is_file())


NO_PLANS = ({}, False, 0, [], b"{}")


def test_only_none_means_the_folder(client, tmp_path):
    account = tl.Sync(client, tmp_path / "account")
    account.pull()
    edit(tmp_path / "account", "Sei kurz.")
    for no_plan in NO_PLANS:
        with pytest.raises(TypeError):
            account.apply(no_plan)
    for empty in ("", " \n"):
        with pytest.raises(tl.InvalidArgument, match="plan") as e:
            account.apply(empty)
        assert e.value.code == "invalid_argument"
    for other in ("null", "[]", "{}", "0"):
        with pytest.raises(tl.Error):
            account.apply(other)
    assert account.history() == []
    assert account.apply(account.plan().text).release == "r1"


def test_a_release_without_a_name_is_none(client, tmp_path):
    account = tl.Sync(client, tmp_path / "account")
    account.pull()
    edit(tmp_path / "account", "Sei kurz.")
    account.apply()
    calls = (account.rollback, account.show, lambda r: account.diff(r, "r1"), lambda r: account.diff("r1", r))
    for call in calls:
        with pytest.raises(tl.InvalidArgument, match="a release is empty"):
            call("")
        for wrong in (False, 0, 1, b"r1"):
            with pytest.raises(TypeError):
                call(wrong)
    assert len(account.history()) == 1


def test_a_conflict_says_what_it_is(client, tmp_path, service):
    account = tl.Sync(client, tmp_path / "account")
    account.pull()
    llm = client.call("get-retell-llm", {"llm_id": "llm_night"})
    edit(tmp_path / "account", "Hier.")
    import urllib.request
    for agent in ("agent_night", "agent_reception"):
        version = client.call("get-agent", {"agent_id": agent})["version"]
        body = {"agent_id": agent, "base_version": version, "engine_patch": {"general_prompt": f"Dort {time.time()}"}}
        urllib.request.urlopen(f"{service}/__simulator/edit", json.dumps(body).encode()).read()
    with pytest.raises(tl.MergeConflict) as e:
        account.apply()
    assert e.value.code == "merge_conflict" and e.value.document["conflicts"] and llm["llm_id"] == "llm_night"


def test_calls_and_their_errors(client, options):
    assert client.call("get-agent", {"agent_id": "agent_booking"})["agent_id"] == "agent_booking"
    with pytest.raises(tl.NotFound) as e:
        client.call("get-agent", {"agent_id": "agent_none"}, priority="admin")
    assert (e.value.operation, e.value.http_status, e.value.retryable, e.value.ambiguous) == ("get-agent", 422, False, False)
    assert isinstance(e.value, tl.ServiceError) and e.value.document is None
    with tl.Client(**{**options, "api_key": "key_wrong"}) as other:
        with pytest.raises(tl.Unauthorized) as e:
            other.call("list-voices")
        assert e.value.auth and "key_wrong" not in str(e.value)
    with tl.Client(**{**options, "base_url": "http://127.0.0.1:1"}) as other:
        with pytest.raises(tl.TransportError) as e:
            other.call("list-voices")
        assert e.value.http_status is None


def test_misuse(client, options):
    for bad in ({"stroe": "x"}, {"concurrency": 0}, {"concurrency": "4"}, {"rate": -1}):
        with pytest.raises(tl.InvalidArgument):
            tl.Client(**bad)
    with pytest.raises(TypeError):
        tl.Client(store=object())
    with pytest.raises(TypeError):
        client.request({"op": {1, 2}})
    with pytest.raises(TypeError):
        client.request_text(b"{}")
    with pytest.raises(tl.InvalidArgument, match="JSON|json|line"):
        client.request_text("nonsense")
    assert client.request({"op": "version"})["version"] == tl.version()
    client.close()
    client.close()
    assert client.closed
    for call in (lambda: client.request({"op": "version"}), client.__enter__):
        with pytest.raises(tl.ClosedError):
            call()


def test_a_copy_of_a_client_is_the_client(client):
    assert copy.copy(client) is client and client.request({"op": "version"})


def test_many_threads_ask_one_client(client):
    answers = []

    def work():
        for _ in range(20):
            answers.append(client.request({"op": "operations", "filter": "get-agent"})["operations"][0]["name"])

    threads = [threading.Thread(target=work) for _ in range(6)]
    for t in threads:
        t.start()
    for t in threads:
        t.join(20)
    assert len(answers) == 120 and len(set(answers)) == 1


def test_closing_wakes_who_waits(options, silent_server):
    url, come = silent_server
    client, ended = tl.Client(**{**options, "base_url": url}), []

    def work():
        try:
            client.call("list-voices")
        except tl.Error as e:
            ended.append(e.code)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for t in threads:
        t.start()
    assert come.wait(10)
    client.close()
    for t in threads:
        t.join(10)
    assert len(ended) == 4 and set(ended) <= {"closing", "canceled"}


def test_ctrl_c_ends_a_request_that_waits(options, silent_server, python):
    url, come = silent_server
    script = """
import os, signal, sys, threading, trunkline
client = trunkline.Client(store=sys.argv[1], base_url=sys.argv[2], api_key="key_python", key_file=sys.argv[3])
threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
try:
    client.call("list-voices")
except KeyboardInterrupt:
    print("interrupted", client.request({"op": "version"})["version"])
"""
    done = python(script, options["store"], url, options["key_file"], timeout=15)
    assert done.stdout.split() == ["interrupted", tl.version()], done.stderr


def test_without_a_thread(options, tmp_path):
    with tl.Client(**options, threads=0) as c:
        before = len(os.listdir("/proc/self/task"))
        assert tl.Sync(c, tmp_path / "account").pull().agents == 3
        assert len(os.listdir("/proc/self/task")) <= before


def test_a_forked_child_opens_its_own(client, options):
    client.request({"op": "version"})
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            signal.alarm(10)
            try:
                client.request({"op": "version"})
            except tl.ForkedError:
                client.close()
                with tl.Client(**options) as own:
                    code = 0 if own.request({"op": "version"}) else 2
        finally:
            os._exit(code)
    assert os.waitpid(pid, 0)[1] == 0
    assert client.request({"op": "version"})


@pytest.mark.parametrize("ending", ["", "sys.exit(0)", "raise KeyboardInterrupt", "os._exit(0)"])
def test_exit_with_live_handles(options, silent_server, python, ending):
    url, _ = silent_server
    script = f"""
import os, sys, threading, logging, trunkline as tl
space = tl.Space("exit", private=True)
breaker, limiter, leases = space.breaker("a", "t"), space.limiter("a", "t"), space.leases("a", "t")
masker = tl.Masker(); stream = masker.stream(); stream.feed(b"password=hal")
client = tl.Client(store=sys.argv[1], base_url=sys.argv[2], api_key="key_python", key_file=sys.argv[3])
threading.Thread(target=lambda: client.call("list-voices"), daemon=True).start()
def hammer():
    while True: breaker.report(breaker.allow(), 0, 1); masker.mask("password=hunter2hunter2")
for _ in range(2): threading.Thread(target=hammer, daemon=True).start()
{ending}
"""
    done = python(script, options["store"], url, options["key_file"], timeout=20)
    assert done.returncode in (0, 1, 130, -signal.SIGINT), (done.returncode, done.stderr)
    assert "Segmentation" not in done.stderr and "Fatal Python error" not in done.stderr


def test_after_multiprocessing_fork(options):
    context = multiprocessing.get_context("fork")
    with tl.Client(**options) as c:
        c.request({"op": "version"})
        with context.Pool(2) as pool:
            assert pool.map(len, ["a", "bb", "ccc"]) == [1, 2, 3]
        assert c.request({"op": "version"})


def test_memory_is_flat_over_10000_calls(client):
    def calls(n):
        for _ in range(n):
            client.request_text('{"op": "version"}')
            try:
                client.request_text("{}")
            except tl.InvalidArgument:
                pass

    calls(500)
    before = resident_kib()
    calls(5_000)
    assert resident_kib() - before < 1024


# --- asyncio --------------------------------------------------------------------------------------------------------------

def test_asyncio_main_job_beside_other_tasks(options, tmp_path):
    async def main():
        ticks = 0

        async def tick():
            nonlocal ticks
            while True:
                ticks += 1
                await asyncio.sleep(0)

        async with tl.AsyncClient(**options) as c:
            account, steps = tl.AsyncSync(c, tmp_path / "account"), []
            other = asyncio.ensure_future(tick())
            report, version = await asyncio.gather(account.pull(on_progress=steps.append), c.request({"op": "version"}))
            assert report.agents == 3 and version["version"] == tl.version() and steps
            assert (await account.plan()).empty
            edit(tmp_path / "account", "Sei wach.")
            plan = await account.plan()
            assert (await account.apply(plan)).release == "r1"
            assert (await account.rollback()).reverts == "r1"
            assert len(await account.history()) == 2 and (await account.show("r1"))["release"] == "r1"
            assert await account.explain("+493023125001") and isinstance(await account.drift(), list)
            assert await account.diff("r1", "r2") and (await account.lint())["errors"] == 0
            export = await account.export()
            with pytest.raises(tl.Error):
                await tl.AsyncSync(c, tmp_path / "copy").import_(export)
            other.cancel()
            assert ticks > 100    # the loop went on
        with pytest.raises(tl.ClosedError):
            await c.request({"op": "version"})
        await c.aclose()

    asyncio.run(main())


def test_asyncio_errors_and_many_at_once(options):
    async def main():
        async with tl.AsyncClient(**options) as c:
            answers = await asyncio.gather(*[c.request({"op": "version"}) for _ in range(50)],
                                           c.call("get-agent", {"agent_id": "agent_none"}), return_exceptions=True)
            assert isinstance(answers.pop(), tl.NotFound) and len(answers) == 50

            def broken(step):
                raise LookupError("of the caller's")
            with pytest.raises(LookupError):
                await c.request({"op": "pull", "dir": options["key_file"] + ".dir"}, broken)
            assert await c.request({"op": "version"})

    asyncio.run(main())


def test_asyncio_cancelling_a_task_cancels_the_request(options, silent_server):
    url, come = silent_server

    async def main():
        async with tl.AsyncClient(**{**options, "base_url": url}) as c:
            task = asyncio.ensure_future(c.call("list-voices"))
            while not come.is_set():
                await asyncio.sleep(0.005)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert (await asyncio.wait_for(c.request({"op": "version"}), 10))["version"]    # its turn has come at once

    asyncio.run(main())


def test_asyncio_closing_ends_what_is_awaited(options, silent_server):
    url, come = silent_server

    async def main():
        c = tl.AsyncClient(**{**options, "base_url": url})
        task = asyncio.ensure_future(c.call("list-voices"))
        while not come.is_set():
            await asyncio.sleep(0.005)
        await c.aclose()
        with pytest.raises(tl.ClosedError):
            await task

    asyncio.run(main())


def test_asyncio_only_none_means_the_folder(options, tmp_path):
    async def main():
        async with tl.AsyncClient(**options) as c:
            account = tl.AsyncSync(c, tmp_path / "account")
            await account.pull()
            edit(tmp_path / "account", "Sei wach.")
            for no_plan in NO_PLANS:
                with pytest.raises(TypeError):
                    await account.apply(no_plan)
            for call in (account.apply, account.rollback, account.show):
                with pytest.raises(tl.InvalidArgument):
                    await call("")
            assert await account.history() == []

    asyncio.run(main())


@pytest.mark.parametrize("ending", ["close", "aclose"])
def test_asyncio_a_forked_child_leaves_the_loop_alone(options, ending):
    async def main():
        c = tl.AsyncClient(**options)
        await c.request({"op": "version"})
        pid = os.fork()
        if pid == 0:
            try:
                signal.alarm(10)
                if ending == "close":
                    c.close()
                else:
                    await c.aclose()
            finally:
                os._exit(0 if c.closed else 1)
        assert os.waitpid(pid, 0)[1] == 0
        assert await asyncio.wait_for(c.request({"op": "version"}), 10)
        await c.aclose()

    asyncio.run(main())


def test_asyncio_belongs_to_one_loop(options):
    c = tl.AsyncClient(**options)
    asyncio.run(c.request({"op": "version"}))

    async def again():
        with pytest.raises(RuntimeError):
            await c.request({"op": "version"})

    asyncio.run(again())
    c.close()
    c.close()
    with pytest.raises(tl.InvalidArgument):
        tl.AsyncClient(**options, threads=0)
    assert KEY not in repr(c)
