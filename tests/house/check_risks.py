#!/usr/bin/env python3
"""Keeps docs/risks.md honest: every test it names exists.

    check_risks.py [ROOT]       exit 1 and a line for each name that leads to no test
    check_risks.py --self-test  proves that a wrong name is found

Names stand between backticks in the last column. A doctest case is named as in its source, `...` for any text; a
Python test as test_NAME; a file by its path in tests/; "ctest NAME" as ctest knows it.
"""
import pathlib
import re
import sys

CASE = re.compile(r'(?:TEST_CASE|SUBCASE)(?:_FIXTURE)?\(\s*(?:\w+,\s*)?((?:"(?:[^"\\]|\\.)*"\s*)+)')
PYTHON = re.compile(r"def (test_\w+)")


def tests_of(root):
    names = set()
    for path in (root / "tests/fuzz").glob("*.cpp"):
        names.add(f"fuzz.{path.stem}")
    for path in (root / "tests").rglob("*"):
        if path.suffix == ".cpp":
            for literals in CASE.findall(path.read_text(encoding="utf-8")):
                names.add("".join(re.findall(r'"((?:[^"\\]|\\.)*)"', literals)).replace('\\"', '"'))
        elif path.suffix == ".py":
            names.update(PYTHON.findall(path.read_text(encoding="utf-8")))
            names.add(f"{path.parent.name}.{path.stem.removeprefix('test_')}")    # as ctest names it
            names.add(f"{path.parent.name}.{path.stem}")
    return names


def rows(text):
    for line in text.splitlines():
        cells = re.split(r"(?<!\\)\|", line)[1:-1]
        if len(cells) == 3 and not set(cells[0].strip()) <= set("-") and cells[2].strip() != "test":
            yield cells[0].strip(), re.findall(r"`([^`]+)`", cells[2])


def matches(wanted, names, files):
    if wanted in names or wanted in files:
        return True
    pattern = re.compile(".*".join(re.escape(part) for part in re.split(r"\.\.\.|…|\*", wanted)) + r"\Z")
    return any(pattern.match(name) for name in names)


def findings(root):
    names = tests_of(root)
    files = {str(path.relative_to(root / "tests")) for path in (root / "tests").rglob("*") if path.is_file()}
    for risk, wanted in rows((root / "docs/risks.md").read_text(encoding="utf-8")):
        if not wanted and "cli" not in risk:
            yield f"{risk[:60]}: names no test"
        for name in wanted:
            if not matches(name, names, files):
                yield f"{risk[:60]}: there is no test `{name}`"


def self_test():
    import tempfile
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        (root / "docs").mkdir()
        (root / "tests/core").mkdir(parents=True)
        (root / "tests/core/a.cpp").write_text('TEST_CASE("queue: keeps " "order") {}\n')
        (root / "docs/risks.md").write_text("| risk | capability | test |\n|---|---|---|\n| lost | queue | test_core: `queue: keeps order` |\n")
        assert list(findings(root)) == [], list(findings(root))
        (root / "docs/risks.md").write_text("| lost | queue | test_core: `queue: keeps disorder` |\n| open | none | - |\n")
        assert len(list(findings(root))) == 2


if __name__ == "__main__":
    if sys.argv[1:] == ["--self-test"]:
        self_test()
        sys.exit()
    found = list(findings(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()))
    print("\n".join(found), end="\n" if found else "")
    sys.exit(bool(found))
