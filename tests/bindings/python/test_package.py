import importlib.metadata
import os
import pathlib
import subprocess
import sys

import pytest

import trunkline as tl

ROOT = pathlib.Path(__file__).resolve().parents[3]
PACKAGE = pathlib.Path(tl.__file__).parent


def test_the_wheel_carries_what_it_needs():
    assert (PACKAGE / "libtrunkline.so.0").is_file() and (PACKAGE / "py.typed").is_file()
    assert importlib.metadata.version("trunkline") == tl.version()
    assert "TRUNKLINE_LIBRARY" not in os.environ


def test_every_name_is_there():
    assert all(hasattr(tl, name) for name in tl.__all__) and len(set(tl.__all__)) == len(tl.__all__)


def test_a_library_that_is_not_there_is_named(python):
    done = subprocess.run([sys.executable, "-c", "import trunkline"], capture_output=True, text=True,
                          env={**os.environ, "TRUNKLINE_LIBRARY": "/no/such/library.so"})
    assert done.returncode == 1 and "ImportError: trunkline: the shared library" in done.stderr


@pytest.mark.parametrize("status", [s for s in range(-1, -130, -1)] + list(range(-200, -207, -1)))
def test_every_status_has_a_class(status):
    from trunkline.errors import class_of, status_name
    if status_name(status):
        assert class_of(status) is not tl.Error and issubclass(class_of(status), tl.Error) or status in (-201, -202)


def run_example(name, options, *arguments):
    env = {**os.environ, "RETELL_API_KEY": options["api_key"], "RETELL_BASE_URL": options["base_url"]}
    return subprocess.run([sys.executable, ROOT / "examples" / "python" / name, *map(str, arguments)], env=env,
                          capture_output=True, text=True, timeout=30)


def test_example_script(options, tmp_path):
    for _ in range(2):
        done = run_example("script.py", options, tmp_path / "account")
        assert done.returncode == 0 and "3 agents" in done.stdout and "nothing to release" in done.stdout, done.stderr


def test_example_asyncio_service(options, tmp_path):
    done = run_example("asyncio_service.py", options, "--self-test")
    assert done.returncode == 0 and "200 401" in done.stdout and "+493023125001" not in done.stderr, done.stderr
