#!/usr/bin/env python3
"""Trunkline in a script: pulls an account into a folder and says what a release would change.

    RETELL_API_KEY=... script.py FOLDER

With edits in the files, `account.apply(plan)` would release exactly what is shown here.
"""
import sys

import trunkline


def main() -> int:
    if len(sys.argv) != 2:
        print("usage: script.py FOLDER", file=sys.stderr)
        return 64
    folder = sys.argv[1]
    try:
        with trunkline.Client(store=f"sqlite://{folder}.db") as client:
            account = trunkline.Sync(client, folder)
            report = account.pull()
            print(f"{report.agents} agents, {report.numbers} numbers, {report.files_written} files written")
            plan = account.plan()
    except trunkline.MergeConflict as e:
        for conflict in e.document["conflicts"]:
            print("changed on both sides:", conflict, file=sys.stderr)
        return 3
    except trunkline.Error as e:
        print(f"script: {e}", file=sys.stderr)
        return 1
    for unit in plan.units:
        print(unit["action"], unit["name"])
    if plan.empty:
        print("nothing to release")
    return 0


if __name__ == "__main__":
    sys.exit(main())
