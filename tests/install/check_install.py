#!/usr/bin/env python3
"""The installed package works for a stranger, in C++ and in C: by find_package and by pkg-config, from a prefix that was moved.

Exits 77 (skipped) where pkg-config is missing and everything else passed.
"""
import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

CONSUMER = pathlib.Path(__file__).parent / "consumer"
CONSUMER_C = pathlib.Path(__file__).parent / "consumer_c"


def run(*command, **options):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, **options)
    if done.returncode != 0:
        sys.exit(f"failed: {' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done.stdout.strip()


def one(folder, pattern):
    found = list(folder.rglob(pattern))
    assert len(found) == 1, f"{pattern}: {found}"
    return found[0]


def check_contents(prefix, version):
    """Public headers only, and no text file that remembers where it was built or installed."""
    strangers = [str(path) for path in (prefix / "include").rglob("*")
                 if path.is_file() and (path.suffix not in (".hpp", ".h") or "trunkline" not in path.parts)]
    assert not strangers, f"installed beside the headers: {strangers}"
    for name in ("trunklineConfig.cmake", "trunklineConfigVersion.cmake", "trunklineTargets.cmake", "FindSOCI.cmake"):
        one(prefix, name)
    for path in [*prefix.rglob("*.cmake"), *prefix.rglob("*.pc")]:
        text = path.read_text()
        for place in (str(prefix.parent), str(CONSUMER.parents[2])):
            assert place not in text, f"{path.name} names {place}, it cannot be moved"
    assert f'"{version}"' in one(prefix, "trunklineConfigVersion.cmake").read_text()


def check_output(program, **options):
    output = run(program, **options)
    assert output.startswith("trunkline"), f"{program}: {output!r}"


def by_find_package(options, work, prefix):
    def configure(build, version):
        return [options.cmake, "-G", options.generator, "-S", CONSUMER, "-B", build, f"-DCMAKE_PREFIX_PATH={prefix}",
                f"-DCMAKE_CXX_COMPILER={options.compiler}", f"-DCMAKE_CXX_FLAGS={options.flags}",
                f"-DWANTED_VERSION={version}", "-DCMAKE_FIND_USE_PACKAGE_REGISTRY=OFF"]

    build = work / "by-cmake"
    run(*configure(build, options.version))
    run(options.cmake, "--build", build, "--parallel", os.cpu_count() or 1)
    check_output(build / "consumer")
    if (build / "everything").exists():
        check_output(build / "everything")

    # The next major version is another interface: asking for it must fail.
    wanted = str(int(options.version.split(".")[0]) + 1) + ".0"
    refused = subprocess.run(configure(work / "refused", wanted), capture_output=True, text=True)
    assert refused.returncode != 0 and "trunkline" in refused.stderr, f"version {wanted} was found"


def by_pkg_config(options, work, prefix):
    folder = one(prefix, "trunkline.pc").parent
    environment = {**os.environ, "PKG_CONFIG_PATH": str(folder)}

    def ask(*question):
        return run("pkg-config", *question, "trunkline", env=environment).split()

    assert ask("--modversion") == [options.version]
    for name, question in (("default", []), ("static", ["--static"])):
        program = work / f"by-pkg-config-{name}"
        run(options.compiler, "-std=c++20", *options.flags.split(), CONSUMER / "main.cpp",
            *ask("--cflags"), *ask("--libs", *question), "-o", program)
        check_output(program, env={**os.environ, "LD_LIBRARY_PATH": str(folder.parent)})


def in_c(options, work, prefix):
    """The C interface alone: a C compiler, and nothing of what the C++ library needs."""
    build = work / "c-by-cmake"
    run(options.cmake, "-G", options.generator, "-S", CONSUMER_C, "-B", build, f"-DCMAKE_PREFIX_PATH={prefix}",
        f"-DWANTED_VERSION={options.version}", "-DCMAKE_FIND_USE_PACKAGE_REGISTRY=OFF",
        *(f"-DCMAKE_DISABLE_FIND_PACKAGE_{name}=ON" for name in ("Boost", "OpenSSL", "SOCI", "SQLite3", "ZLIB")))
    run(options.cmake, "--build", build)
    check_output(build / "consumer")
    needed = run("readelf", "-d", build / "consumer") if shutil.which("readelf") else "[libtrunkline.so.0]"
    assert "[libtrunkline.so.0]" in needed and "stdc++" not in needed, needed


def in_c_by_pkg_config(work, prefix):
    folder = one(prefix, "trunkline-c.pc").parent
    asked = run("pkg-config", "--cflags", "--libs", "trunkline-c",
                env={**os.environ, "PKG_CONFIG_PATH": str(folder)}).split()
    program = work / "c-by-pkg-config"
    run("cc", "-std=c99", "-pedantic", "-Werror", CONSUMER_C / "main.c", *asked, "-o", program)
    check_output(program, env={**os.environ, "LD_LIBRARY_PATH": str(folder.parent)})


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--cmake", default="cmake")
    parser.add_argument("--compiler", default="c++")
    parser.add_argument("--generator", default="Ninja")
    parser.add_argument("--flags", default="")
    parser.add_argument("--version", required=True)
    options = parser.parse_args()

    with tempfile.TemporaryDirectory(prefix="trunkline-install-") as folder:
        work = pathlib.Path(folder)
        run(options.cmake, "--install", options.build, "--prefix", work / "first")
        check_contents(work / "first", options.version)
        prefix = (work / "first").rename(work / "moved here")
        by_find_package(options, work, prefix)
        with_c = (options.build / "lib" / "libtrunkline.so.0").exists() and "-fsanitize" not in options.flags
        if with_c:
            in_c(options, work, prefix)
        prefix = prefix.rename(work / "moved")    # pkg-config does not quote a space
        if not shutil.which("pkg-config"):
            print("find_package works; skipped pkg-config, which is not installed")
            return 77
        by_pkg_config(options, work, prefix)
        if with_c:
            in_c_by_pkg_config(work, prefix)
    print("find_package and pkg-config work from a moved prefix")
    return 0


if __name__ == "__main__":
    sys.exit(main())
