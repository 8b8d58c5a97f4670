#!/usr/bin/env python3
"""Every public header compiles alone, also included twice, with warnings as errors, and pulls in no vendor's header.

Beast, TLS, a database or zlib may not be reached even through another header: users would pay for them in every
translation unit, and would need their development packages. One run of the compiler's front end tells both.
"""
import argparse
import concurrent.futures
import os
import pathlib
import subprocess
import sys
import tempfile

FORBIDDEN = ("/boost/beast/", "/boost/asio/ssl", "/openssl/", "/soci/", "/sqlite3.h", "/zlib.h",
             "/hiredis/")


WARNINGS = ("-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Wnon-virtual-dtor", "-Woverloaded-virtual", "-Werror")


def reached(compiler, include, header):
    """The files `header` includes, or raises with the compiler's words if it does not compile alone."""
    with tempfile.TemporaryDirectory() as folder:
        unit = pathlib.Path(folder, "unit.cpp")
        unit.write_text(f"#include <{header}>\n#include <{header}>\n")
        done = subprocess.run(
            [compiler, "-std=c++20", "-DBOOST_ASIO_NO_DEPRECATED", "-DBOOST_ASIO_SEPARATE_COMPILATION", *WARNINGS,
             "-I", str(include), "-fsyntax-only", "-MD", "-MF", str(unit) + ".d", str(unit)],
            capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(done.stderr.strip())
        return pathlib.Path(str(unit) + ".d").read_text().replace("\\\n", " ").split()[1:]


def violations(compiler, include, forbidden=FORBIDDEN):
    headers = sorted(str(path.relative_to(include)) for path in include.rglob("*.hpp"))
    found = []

    def check(header):
        try:
            files = reached(compiler, include, header)
        except RuntimeError as error:
            return [f"{header}: does not compile alone: {error}"]
        hits = sorted({part.strip("/") for part in forbidden for file in files if part in file})
        return [f"{header}: pulls in {hit}" for hit in hits]

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for result in pool.map(check, headers):
            found += result
    return found, len(headers)


def self_test(compiler):
    """The check must see a violation, also one that hides behind another header."""
    with tempfile.TemporaryDirectory() as folder:
        include = pathlib.Path(folder)
        (include / "zlib.h").write_text("")
        (include / "inner.hpp").write_text("#include <zlib.h>\n")
        (include / "outer.hpp").write_text("#include <inner.hpp>\n")
        (include / "clean.hpp").write_text("#pragma once\n#include <cstdint>\n")
        (include / "leaning.hpp").write_text("#pragma once\ninline std::string needs_an_include;\n")
        (include / "twice.hpp").write_text("class defined_twice {};\n")
        found, _ = violations(compiler, include)
    assert [": ".join(line.split(": ")[:2]) for line in found] == [
        "inner.hpp: pulls in zlib.h", "leaning.hpp: does not compile alone", "outer.hpp: pulls in zlib.h",
        "twice.hpp: does not compile alone"], found


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--compiler", default="c++")
    parser.add_argument("--include", type=pathlib.Path, required=True)
    options = parser.parse_args()
    self_test(options.compiler)
    found, count = violations(options.compiler, options.include)
    print("\n".join(found + [f"{count} public headers, {len(found)} violations"]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
