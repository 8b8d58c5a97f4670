#!/usr/bin/env python3
"""Keeps the tree fit to publish: no machine's paths or hosts, nothing unfinished, nothing huge, scripts that parse.

    check_tree.py [ROOT]       checks what git tracks or would track; exit 1 and one line for each finding
    check_tree.py --self-test  proves on small trees that each rule can fail
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

MAX_BYTES = 1024 * 1024
SOURCES = ("include/", "src/", "examples/")

# Written in pieces, so that this file does not contain what it looks for.
HOMES = re.compile(
    r"(?<![\w.~-])/(?:" + "|".join(("ho" + r"me/[a-z][\w.-]*", "Us" + r"ers/[A-Za-z][\w.-]*", "ro" + "ot")) + r")/[\w.]"
    r"|\b[A-Z]:\\\\?Us" + "ers" + r"\\")
UNFINISHED = re.compile(r"\b(?:TO" + "DO|FIX" + "ME|XX" + r"X)\b")
SHARED_FOLDERS = {"/", "/tmp", "/home", "/usr", "/usr/src", "/usr/local", "/opt", "/srv", "/var", "/var/tmp", "/mnt"}
LOOPBACK = {"localhost", "ip6-localhost"}


def tracked(root):
    """What is committed or would be by `git add .`; everything when this is no checkout."""
    done = subprocess.run(["git", "-C", str(root), "-c", f"safe.directory={root}", "ls-files", "-z", "--cached",
                           "--others", "--exclude-standard"], capture_output=True, text=True)
    if done.returncode == 0:
        names = [name for name in done.stdout.split("\0") if name]
    else:
        names = [str(path.relative_to(root)) for path in root.rglob("*")]
        names = [name for name in names if not name.startswith(("build/", "demo-out/"))]
    return sorted({name for name in names if (root / name).is_file()})


def machine_paths(root, home=os.environ.get("HOME", "")):
    """Absolute folders of this very machine: the checkout, what holds it, the home folder."""
    own = {str(root), str(root.parent), home.rstrip("/")} - {""}
    return {path for path in own if path not in SHARED_FOLDERS and path.count("/") >= 1 and len(path) > 3}


def machine_hosts(folders=("/etc/apt", ), files=("~/.npmrc", "/etc/npmrc", "~/.config/pip/pip.conf", "/etc/pip.conf")):
    """Hosts this machine installs from, as its package clients are set up: whoever they are, they are not our business."""
    places = [pathlib.Path(name).expanduser() for name in files]
    for folder in folders:
        places += [path for path in pathlib.Path(folder).rglob("*") if path.suffix in (".list", ".sources", ".conf")]
    hosts = set()
    for place in places:
        try:
            text = place.read_text(errors="replace")
        except OSError:
            continue
        hosts |= set(re.findall(r"https?://(?:[^/@\s\"']*@)?([\w.-]+)", text))
    return {host for host in hosts if host not in LOOPBACK and not host.startswith("127.") and "." in host}


def check_text(name, text, paths, hosts):
    for number, line in enumerate(text.splitlines(), 1):
        place = f"{name}:{number}"
        if HOMES.search(line) or any(re.search(r"(?<![\w.~-])" + re.escape(path) + r"(?![\w.-])", line) for path in paths):
            yield f"{place}: a path of somebody's machine"
        if any(host in line for host in hosts):
            yield f"{place}: a host that this machine installs packages from"
        if name.startswith(SOURCES) and UNFINISHED.search(line):
            yield f"{place}: unfinished work; finish it or file an issue"
        if re.match(r"(<{7} |={7}$|>{7} )", line):
            yield f"{place}: a merge conflict"


def check_script(root, name, text):
    first = text.split("\n", 1)[0]
    if name.endswith(".py") or re.match(r"#!.*\bpython3?\b", first):
        try:
            compile(text, name, "exec")
        except SyntaxError as error:
            yield f"{name}:{error.lineno}: {error.msg}"
    elif name.endswith(".sh") or re.match(r"#!.*\b(ba|da)?sh\b", first):
        done = subprocess.run(["bash", "-n", str(root / name)], capture_output=True, text=True)
        if done.returncode != 0:
            yield f"{name}: {done.stderr.strip().splitlines()[0]}"
    if first.startswith("#!") and not os.access(root / name, os.X_OK) and not name.startswith("tests/"):
        yield f"{name}: starts with #! but is not executable"


def check_decisions(root, names):
    """Every decision is reachable from the list of decisions."""
    folder = "docs/decisions/"
    pages = [name for name in names if name.startswith(folder) and name.endswith(".md") and name != folder + "README.md"]
    if not pages:
        return
    listing = root / folder / "README.md"
    text = listing.read_text() if listing.is_file() else ""
    for name in pages:
        if name.removeprefix(folder) not in text:
            yield f"{name}: is not listed in {folder}README.md"


def findings(root, paths=None, hosts=None):
    root = root.resolve()
    paths = machine_paths(root) if paths is None else paths
    hosts = machine_hosts() if hosts is None else hosts
    names = tracked(root)
    for name in names:
        size = (root / name).stat().st_size
        if size > MAX_BYTES:
            yield f"{name}: {size} bytes, over {MAX_BYTES}"
            continue
        try:
            text = (root / name).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue    # a picture or the like
        yield from check_text(name, text, paths, hosts)
        yield from check_script(root, name, text)
    yield from check_decisions(root, names)


# --- the proof that it can fail ---------------------------------------------------------------------

GOOD = {
    "src/core/a.cpp": "int root;    // GET /ho" + "me/, /us" + "ers/x, https://example.com/ro" + "ot/ and ~/ro" + "ot/x "
                      "are no paths of a machine\n",
    "tests/a.cpp": "// TO" + "DO is a word in a test's data\n",
    "docs/decisions/README.md": "- [One](0001-one.md)\n",
    "docs/decisions/0001-one.md": "# One\n=======================\n",
    "run.sh": "#!/bin/sh\necho hello\n",
    "picture.png": b"\x89PNG\xff\xfe",
}

BAD = {    # file -> (content, what the one complaint says)
    "docs/a.md": ("see /ho" + "me/jane/notes.txt\n", "path of somebody"),
    "docs/b.md": ("see /ro" + "ot/notes.txt\n", "path of somebody"),
    "docs/c.md": ("see C:\\Us" + "ers\\jane\n", "path of somebody"),
    "docs/d.md": ("built in /pla" + "ce/of/trade/build\n", "path of somebody"),
    "docs/e.md": ("served by mirror.exam" + "ple.net\n", "installs packages from"),
    "src/core/b.cpp": ("// FIX" + "ME later\n", "unfinished"),
    "examples/x.hpp": ("// TO" + "DO: all of it\n", "unfinished"),
    "docs/f.md": ("<<<<<" + "<< ours\n", "merge conflict"),
    "big.bin": (b"\0" * (MAX_BYTES + 1), "bytes, over"),
    "bad.sh": ("#!/bin/sh\nif true; then\n", "syntax error"),
    "bad": ("#!/usr/bin/env bash\ncase x in\n", "syntax error"),
    "bad.py": ("def f(:\n", "syntax"),
    "plain": ("#!/bin/sh\n", "not executable"),
    "docs/decisions/0002-two.md": ("# Two\n", "is not listed"),
}


def write(root, files):
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        path.chmod(0o644 if name == "plain" else 0o755)


def self_test():
    known = {"paths": {"/pla" + "ce/of/trade"}, "hosts": {"mirror.exam" + "ple.net"}}
    for name, (content, complaint) in {"": ("", ""), **BAD}.items():
        with tempfile.TemporaryDirectory() as folder:
            write(pathlib.Path(folder), {**GOOD, name: content} if name else GOOD)
            found = list(findings(pathlib.Path(folder), **known))
            if name:
                assert len(found) == 1 and found[0].startswith(name) and complaint in found[0].lower(), (name, found)
            else:
                assert not found, found
    print(f"1 clean tree passes, {len(BAD)} faults are each seen")


def main(arguments):
    if arguments == ["--self-test"]:
        self_test()
        return 0
    root = pathlib.Path(arguments[0]) if arguments else pathlib.Path(__file__).parents[2]
    found = list(findings(root))
    print("\n".join(found + [f"{len(tracked(root.resolve()))} files, {len(found)} findings"]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
