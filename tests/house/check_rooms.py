#!/usr/bin/env python3
"""Keeps the room rule: a room includes only itself and the rooms above it, and each vendor stays in its room.

    check_rooms.py [ROOT]       checks the checkout; exit 1 and one line for each violation
    check_rooms.py --self-test  proves on small trees that each rule can fail
"""
import pathlib
import re
import sys
import tempfile

# From top to bottom. The facade is below them all: the only place that knows every room.
ROOMS = ["core", "mask", "observe", "resilience", "http", "redis", "store", "access", "retell", "sync",
         "routing", "intake", "rollout"]
FACADE = "control_center"

# Which rooms' sources and tests may include a vendor's headers (public headers: never).
VENDORS = [
    ("Beast", re.compile(r"boost/beast(/|\.hpp$)"), {"http"}),
    ("Asio's TLS", re.compile(r"boost/asio/ssl(/|\.hpp$)"), {"http"}),
    ("OpenSSL", re.compile(r"openssl/"), {"core", "http"}),
    ("SOCI", re.compile(r"soci/"), {"store"}),
    ("SQLite", re.compile(r"sqlite3(ext)?\.h$"), {"store"}),
    ("hiredis", re.compile(r"hiredis/"), {"redis"}),
    ("RE2", re.compile(r"re2/"), {"mask"}),
    ("zlib", re.compile(r"zlib\.h$"), {"http"}),
]

INCLUDE = re.compile(r'^\s*#\s*include\s*(<|")([^>"]+)[>"]')
SUFFIXES = {".hpp", ".cpp", ".h", ".c", ".ipp"}


def includes(path):
    """(line number, quoted, name) of each include."""
    for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
        match = INCLUDE.match(line)
        if match:
            yield number, match.group(1) == '"', match.group(2)


def resolve(root, path, quoted, name):
    """The place of an included file of ours in the tree as path parts, or None for a foreign one."""
    candidates = [path.parent / name] if quoted else []
    candidates += [root / "include" / name, root / "src" / name, root / "tests" / name]
    for candidate in candidates:
        if candidate.is_file():
            try:
                return candidate.resolve().relative_to(root).parts
            except ValueError:
                return ("outside the checkout",)
    return ("include", *name.split("/")) if name.startswith("trunkline/") else None


def room_of(parts):
    """The room a file of include/trunkline, src or tests lives in; None for none."""
    if parts[:2] == ("include", "trunkline"):
        parts = parts[2:]
    elif parts[0] in ("src", "tests"):
        parts = parts[1:]
    else:
        return None
    if len(parts) == 1:
        return FACADE if parts[0].split(".")[0] == FACADE else None
    return parts[0]


def check_vendors(parts, name):
    if parts[0] == "tests" and room_of(parts) not in ROOMS:
        return    # end-to-end tests may talk to anything
    for vendor, pattern, rooms in VENDORS:
        if not pattern.match(name):
            continue
        if parts[0] == "include":
            yield f"a public header may not include {vendor}"
        elif parts[0] == "examples":
            yield f"an example includes only our public headers, not {vendor}"
        elif room_of(parts) not in rooms:
            yield f"only {' and '.join(sorted(rooms))} may include {vendor}"


def check_rooms(parts, target):
    room, other = room_of(parts), room_of(target)
    if parts[0] == "include" and target[0] != "include":
        yield "a public header may include only public headers"
    if parts[0] == "src" and target[0] not in ("include", "src"):
        yield "a source may include only headers of include/ and src/"
    if room in ROOMS:
        if other == FACADE:
            yield f"no room may include the facade, {room} does"
        elif other in ROOMS and ROOMS.index(other) > ROOMS.index(room):
            yield f"{room} may not include {other}, which is below it"


def check_example(target):
    if target[0] == "include" and "detail" in target:
        yield "an example may not include a detail header"
    elif target[0] not in ("include", "examples"):
        yield "an example may include only public headers"


def violations(root):
    root = root.resolve()
    found, count = [], 0
    for top in ("include", "src", "tests", "examples"):
        for path in sorted((root / top).rglob("*")):
            if path.suffix not in SUFFIXES or not path.is_file():
                continue
            count += 1
            parts = path.relative_to(root).parts
            place = "/".join(parts)
            if top in ("include", "src") and room_of(parts) not in ROOMS + [FACADE]:
                found.append(f"{place}: is in no room; rooms are listed in tests/house/check_rooms.py")
            for number, quoted, name in includes(path):
                target = resolve(root, path, quoted, name)
                problems = list(check_vendors(parts, name))
                if target is not None:
                    problems += check_example(target) if top == "examples" else check_rooms(parts, target)
                found += [f"{place}:{number}: {problem} (<{name}>)" for problem in problems]
    return found, count


# --- the proof that it can fail ---------------------------------------------------------------------

GOOD = {
    "include/trunkline/core/a.hpp": "#include <string>\n",
    "include/trunkline/http/b.hpp": "#include <trunkline/core/a.hpp>\n#include <boost/asio/post.hpp>\n",
    "include/trunkline/sync/c.hpp": "  #  include <trunkline/http/b.hpp>\n",
    "include/trunkline/control_center.hpp": "#include <trunkline/sync/c.hpp>\n",
    "src/control_center.cpp": "#include <trunkline/control_center.hpp>\n",
    "src/core/crypto.cpp": "#include <openssl/evp.h>\n#include <trunkline/core/a.hpp>\n",
    "src/http/wire.hpp": "#include <boost/beast.hpp>\n#include <boost/asio/ssl.hpp>\n",
    "src/http/wire.cpp": '#include "wire.hpp"\n#include "http/wire.hpp"\n#include <zlib.h>\n',
    "src/store/sql.cpp": "#include <soci/soci.h>\n#include <sqlite3.h>\n",
    "tests/support/loop.hpp": "#include <trunkline/core/a.hpp>\n",
    "tests/http/wire.cpp": '#include "support/loop.hpp"\n#include <boost/beast/http.hpp>\n',
    "tests/e2e/all.cpp": "#include <trunkline/sync/c.hpp>\n#include <sqlite3.h>\n",
    "examples/cli/main.cpp": '#include "args.hpp"\n#include <trunkline/sync/c.hpp>\n// #include <sqlite3.h>\n',
    "examples/cli/args.hpp": "",
}

BAD = {    # file -> (text, what the one complaint says)
    "include/trunkline/core/up.hpp": ("#include <trunkline/http/b.hpp>\n", "core may not include http"),
    "include/trunkline/core/missing.hpp": ("#include <trunkline/sync/none.hpp>\n", "core may not include sync"),
    "src/http/up.cpp": ("#include <trunkline/sync/c.hpp>\n", "http may not include sync"),
    "src/core/up.cpp": ('#include "../http/wire.hpp"\n', "core may not include http"),
    "src/core/private.cpp": ('#include "http/wire.hpp"\n', "core may not include http"),
    "tests/core/up.cpp": ("#include <trunkline/http/b.hpp>\n", "core may not include http"),
    "include/trunkline/sync/facade.hpp": ("#include <trunkline/control_center.hpp>\n", "facade"),
    "include/trunkline/http/src.hpp": ('#include "../../../src/http/wire.hpp"\n', "only public headers"),
    "src/http/test.cpp": ('#include "../../tests/support/loop.hpp"\n', "include/ and src/"),
    "include/trunkline/attic/x.hpp": ("", "is in no room"),
    "include/trunkline/http/beast.hpp": ("#include <boost/beast/http.hpp>\n", "public header may not include Beast"),
    "include/trunkline/store/db.hpp": ("#include <sqlite3.h>\n", "public header may not include SQLite"),
    "src/core/beast.cpp": ("#include <boost/beast.hpp>\n", "only http may include Beast"),
    "src/sync/tls.cpp": ("#include <boost/asio/ssl/stream.hpp>\n", "only http may include Asio's TLS"),
    "src/store/hash.cpp": ("#include <openssl/sha.h>\n", "only core and http may include OpenSSL"),
    "src/sync/db.cpp": ("#include <soci/soci.h>\n", "only store may include SOCI"),
    "src/retell/db.cpp": ("#include <sqlite3.h>\n", "only store may include SQLite"),
    "src/http/redis.cpp": ("#include <hiredis/read.h>\n", "only redis may include hiredis"),
    "src/sync/zip.cpp": ("#include <zlib.h>\n", "only http may include zlib"),
    "tests/sync/db.cpp": ("#include <soci/soci.h>\n", "only store may include SOCI"),
    "examples/cli/src.cpp": ('#include "../../src/http/wire.hpp"\n', "only public headers"),
    "examples/cli/detail.cpp": ("#include <trunkline/core/detail/d.hpp>\n", "detail"),
    "examples/cli/db.cpp": ("#include <sqlite3.h>\n", "not SQLite"),
}


def write(root, files):
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def self_test():
    with tempfile.TemporaryDirectory() as folder:
        write(pathlib.Path(folder), GOOD)
        found, count = violations(pathlib.Path(folder))
        assert not found and count == len(GOOD), found
    for name, (text, complaint) in BAD.items():
        with tempfile.TemporaryDirectory() as folder:
            write(pathlib.Path(folder), {**GOOD, name: text})
            found, _ = violations(pathlib.Path(folder))
            assert len(found) == 1 and found[0].startswith(name) and complaint in found[0], (name, found)
    print(f"1 clean tree passes, {len(BAD)} violations are each seen")


def main(arguments):
    if arguments == ["--self-test"]:
        self_test()
        return 0
    root = pathlib.Path(arguments[0]) if arguments else pathlib.Path(__file__).parents[2]
    found, count = violations(root)
    print("\n".join(found + [f"{count} files, {len(found)} violations of the room rule"]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
