#!/usr/bin/env python3
"""The symbols of libtrunkline.so, of trunkline.h and of the ledger are the same; the ledger only grows.

    check_symbols.py ROOT LIBRARY
"""
import pathlib
import re
import subprocess
import sys


def exported(library):
    out = subprocess.run(["nm", "-D", "--defined-only", library], check=True, capture_output=True, text=True).stdout
    names = {line.split()[2] for line in out.splitlines() if len(line.split()) == 3}
    plain = {name.split("@")[0] for name in names}
    return {name for name in plain if not re.fullmatch(r"TRUNKLINE_\d+\.\d+", name)}


def declared(header):
    """name -> version of @since."""
    found = {}
    for block in re.split(r";\s*\n", header):
        name = re.search(r"TRUNKLINE_API [^;]*?\b(trunkline_\w+)\(", block)
        since = re.findall(r"@since (\d+\.\d+)", block)
        if name:
            found[name.group(1)] = since[-1] if since else None
    return found


def ledger(text):
    rows = [line.split() for line in text.splitlines() if line and not line.startswith("#")]
    return {name: version for name, version in rows}


def main():
    root, library = pathlib.Path(sys.argv[1]), sys.argv[2]
    header = declared((root / "capi/include/trunkline/trunkline.h").read_text(encoding="utf-8"))
    listed = ledger((root / "capi/symbols.txt").read_text(encoding="utf-8"))
    symbols = exported(library)
    problems = [f"{name} is exported and not in capi/symbols.txt" for name in sorted(symbols - listed.keys())]
    problems += [f"{name} is in capi/symbols.txt and not exported" for name in sorted(listed.keys() - symbols)]
    problems += [f"{name} is exported and not declared in trunkline.h" for name in sorted(symbols - header.keys())]
    problems += [f"{name}: @since {since} in trunkline.h, {listed.get(name)} in capi/symbols.txt"
                 for name, since in sorted(header.items()) if since != listed.get(name)]
    print("\n".join(problems) or f"{len(symbols)} symbols agree")
    return 1 if problems else 0


sys.exit(main())
