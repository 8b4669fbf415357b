"""The plugin as a user meets it: in a pytest run of its own, on an app of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = """
[project]
name = "shop"
version = "1"
[tool.portable]
name = "shop"
[tool.pytest.ini_options]
addopts = ["-p", "no:cacheprovider", "-p", "no:hypothesispytest", "-p", "no:asyncio"]
filterwarnings = ["error"]
"""

APP = """
from typing import Annotated
from portable import AsyncTableReadWriter, Bucket, BucketReadWriter, Message, Queue, Table, TableReadWriter, function, http

files = Bucket("files")
sums = Table("sums", key="name")
jobs = Queue("jobs")


@function(http.get("/count/{name}"))
async def count(name: str, rows: Annotated[AsyncTableReadWriter, sums]) -> dict[str, int]:
    async with rows.transaction("seen") as together:
        together.put({"name": "seen", "count": 0})
    return {"count": 7}


@function(jobs.messages(), dead_letter=True)
def add(message: Message[int], rows: Annotated[TableReadWriter, sums], store: Annotated[BucketReadWriter, files]) -> None:
    if message.payload < 0:
        raise ValueError("below zero")
    rows.update("all", add={"count": message.payload})
"""

TESTS = """
import asyncio
import unittest
import pytest
from app import add, jobs, sums
from portable.testing import assert_idempotent, at_least_once, every_wire, events

setups = []


@pytest.fixture
def filled(cloud):
    setups.append(1)
    cloud.table(sums).put({"name": "all", "count": 10})
    return cloud


def test_plain(cloud):
    assert cloud.http.get("/count/x").expect(200).json() == {"count": 7}


class TestOfACase(unittest.TestCase):
    @pytest.fixture(autouse=True)
    def given(self, cloud):
        self.cloud = cloud

    def test_in_a_case(self):
        self.cloud.http.get("/count/x").expect(200)


@every_wire
def test_wired(cloud):
    assert cloud.http.get("/count/x").json() == {"count": 7}


async def test_awaited(cloud):
    await asyncio.sleep(0)
    assert cloud.http.get("/count/x").json() == {"count": 7}


@at_least_once(runs=5, seed=11)
def test_adding_is_not_safe(filled):
    filled.queue(jobs).send(1)
    filled.settle()
    assert filled.table(sums).get("all")["count"] == 11


def test_the_fixture_ran_once():
    assert setups == [1]


def test_chaos_in_a_plain_test(cloud):
    cloud.chaos(seed=3, density=1.0, kinds=["duplicate"])
    cloud.queue(jobs).send(1)
    cloud.settle()
    assert cloud.table(sums).get("all")["count"] == 1


def test_a_failing_handler(cloud):
    cloud.queue(jobs).send(-1)
    cloud.settle()
    assert cloud.table(sums).get("all", default=None) is not None


def test_not_idempotent():
    assert_idempotent(add, events.message(1))
"""


def run(folder: Path, *options: str, code: int | None = None) -> str:
    done = subprocess.run(
        [str(Path(sys.executable).with_name("pytest")), *options],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if code is not None:
        assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shop")
    for name, text in (("pyproject.toml", PROJECT), ("app.py", APP), ("tests/test_shop.py", TESTS)):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def output(project: Path) -> str:
    return run(project, "-v", "--grants", code=1)


def test_the_nearest_app_is_found_and_its_tests_pass(output: str) -> None:
    for name in ("test_plain", "test_awaited", "test_the_fixture_ran_once", "test_in_a_case"):
        assert f"{name} PASSED" in output


def test_ids_name_the_wire(output: str) -> None:
    for wire in ("aws", "azure", "gcp"):
        assert f"test_wired[{wire}] PASSED" in output


def test_a_failure_tells_seed_and_schedule(output: str) -> None:
    assert "test_adding_is_not_safe FAILED" in output
    assert "seed 11" in output
    assert "1. add, delivery 1 of message" in output
    assert "Run just this again: @at_least_once(replay=['add/" in output


def test_chaos_in_a_plain_test_is_shrunk_too(output: str) -> None:
    part = output.partition("test_chaos_in_a_plain_test _")[2]
    assert "seed 3" in part
    assert "is delivered once more after it was handled" in part


def test_the_handlers_own_traceback_comes_first(output: str) -> None:
    part = output.partition("test_a_failing_handler _")[2]
    first, last = part.index("add failed at attempt 1:"), part.index("assert cloud.table(sums)")
    assert first < part.index('raise ValueError("below zero")') < last
    assert "portable/compute" not in part[first:last]


def test_what_is_not_idempotent_is_told(output: str) -> None:
    assert "add is not idempotent: it ran a second time" in output
    assert "table sums: 'all'.count: 1 after one run, 2 now" in output


def test_permissions_that_no_test_used_are_reported(output: str) -> None:
    assert "permissions of shop that no test used" in output
    assert "add may delete, get, list, put bucket files (none of them was used)" in output
    assert "count may delete, get, query, update table sums" in output, "a transaction that puts has only put"
    assert "poison" not in output.partition("permissions of shop")[2]  # that one nobody asked for


def test_wires_are_chosen_on_the_command_line(project: Path) -> None:
    found = run(project, "-v", "--wire", "aws,gcp", "-k", "test_plain or test_in_a_case", code=1)
    assert "test_plain[aws] PASSED" in found
    assert "test_plain[gcp] PASSED" in found
    assert "2 passed" in found
    assert "pytest cannot repeat this test for aws, gcp: run it with one --wire at a time" in found
    told = run(project, "--wire", "mars")
    assert "the targets with a wire are aws, azure, container, gcp" in told
    assert "plugin.py" not in told  # one line, not a traceback through the kit


def test_a_run_that_does_not_use_the_kit_does_not_load_it(tmp_path: Path) -> None:
    (tmp_path / "test_other.py").write_text(
        "import sys\n\ndef test_nothing():\n"
        "    assert 'portable.testing.plugin' in sys.modules\n"
        "    assert not [m for m in sys.modules if m.startswith('portable.') and m != 'portable.testing' "
        "and m != 'portable.testing.plugin']\n",
        encoding="utf-8",
    )
    run(tmp_path, "-p", "no:cacheprovider", code=0)


def test_without_an_app_the_kit_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "test_other.py").write_text("def test_nothing(cloud):\n    pass\n", encoding="utf-8")
    found = run(tmp_path, "-p", "no:cacheprovider", "--rootdir", str(tmp_path), code=1)
    assert "no app under test found: there is no pyproject.toml with [tool.portable] in or above" in found


def test_a_module_that_the_app_imports_is_no_test_and_a_test_is_no_part_of_the_app(tmp_path: Path) -> None:
    declare = (
        "from portable import function, http\n\n\n@function(http.get('/{0}'))\ndef {0}() -> str:\n    return '{0}'\n"
    )
    for path, text in {
        "pyproject.toml": '[tool.portable]\nname = "shop"\n',
        "app.py": f"import ab_test\nfrom shop.test import labs\n{declare.format('home')}",
        "ab_test.py": declare.format("variant"),
        "shop/test/labs.py": declare.format("labs"),
        "test_it.py": f"import app\n{declare.format('mine')}\n\ndef test_it(cloud):\n"
        "    for path in ('home', 'variant', 'labs'):\n        assert cloud.http.get('/' + path).expect(200).text == path\n"
        "    cloud.http.get('/mine').expect(404)\n",
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    run(tmp_path, "-p", "no:cacheprovider", "test_it.py", code=0)
