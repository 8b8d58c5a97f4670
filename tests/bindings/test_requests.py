#!/usr/bin/env python3
"""docs/requests.md lists every request that the library knows, with its members, and every option of a client.

    test_requests.py            compares
    test_requests.py --write    renews the list of requests
"""
import ctypes
import json
import re
import sys

from python_host import LIBRARY, ROOT, is_sanitized

PAGE = ROOT / "docs/requests.md"
START = "<!-- made by tests/bindings/test_requests.py --write -->\n"


def catalogue():
    library = ctypes.CDLL(str(LIBRARY))
    library.trunkline_buffer_data.restype = ctypes.c_char_p
    client, answer = ctypes.c_void_p(), ctypes.c_void_p()
    size, request = ctypes.c_size_t, b'{"op": "requests"}'
    assert library.trunkline_client_open(None, size(0), ctypes.byref(client), None) == 0
    assert library.trunkline_request(client, request, size(len(request)), ctypes.byref(answer), None) == 0
    rows = json.loads(library.trunkline_buffer_data(answer))["requests"]
    library.trunkline_buffer_free(answer)
    library.trunkline_client_close(client)
    return rows


def cell(text):
    return text.replace("|", "\\|")


def rendered(rows):
    out = ["| request | does | members | answer |", "|---|---|---|---|"]
    for row in rows:
        members = "; ".join(f"`{m['name']}`{'' if m['required'] else '?'} {m['type']}: {m['text'].removesuffix('.')}" for m in row["members"])
        out.append(f"| `{row['op']}` | {cell(row['text'])} | {cell(members)} | {cell(row['answer'])} |")
    return "\n".join(out) + "\n"


def main():
    if is_sanitized():
        print("skipped: Python does not load an object built with sanitizers")
        return 77
    before, _, listed = PAGE.read_text(encoding="utf-8").partition(START)
    made = rendered(catalogue())
    if "--write" in sys.argv:
        PAGE.write_text(before + START + made, encoding="utf-8")
        return 0
    problems = [] if listed == made else ["the list of requests is not the library's; run tests/bindings/test_requests.py --write"]
    source = (ROOT / "capi/src/account.cpp").read_text(encoding="utf-8")
    options = re.findall(r'\bm\.(?:text|flag|number|real|texts)\(\s*"(\w+)"', source)
    problems += [f"the option {name} of a client is not described" for name in options if f"| `{name}` |" not in before]
    print("\n".join(problems) or f"{made.count(chr(10)) - 2} requests, {len(options)} options")
    return 1 if problems or not options else 0


sys.exit(main())
