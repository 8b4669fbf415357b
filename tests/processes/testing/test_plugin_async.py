"""`async def` tests run whatever other plugin is there, and nothing goes unawaited."""

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
addopts = ["-p", "no:cacheprovider", "-p", "no:hypothesispytest"]
filterwarnings = ["error"]
"""
APP = """
from typing import Annotated
from portable import AsyncQueueSender, AsyncTableReadWriter, Message, Queue, Table, function, http

rows = Table("rows", key="id")
jobs = Queue("jobs")

@function(http.get("/count"))
async def count(table: Annotated[AsyncTableReadWriter, rows]) -> dict[str, int]:
    await table.put({"id": "a"})
    return {"count": 7}

@function(jobs.messages())
async def work(message: Message[str], table: Annotated[AsyncTableReadWriter, rows]) -> None:
    table.put({"id": message.payload})
"""
TESTS = """
import asyncio
import pytest
from app import jobs
from portable.testing import at_least_once

runs = []

async def test_plain(cloud):
    await asyncio.sleep(0)
    assert cloud.http.get("/count").json() == {"count": 7}

@pytest.mark.asyncio
async def test_marked(cloud):
    await asyncio.sleep(0)
    assert cloud.http.get("/count").json() == {"count": 7}

@pytest.mark.anyio
async def test_anyio(cloud):
    assert cloud.http.get("/count").json() == {"count": 7}

@at_least_once(runs=4)
async def test_repeated(cloud):
    runs.append(1)
    await asyncio.sleep(0)
    assert cloud.http.get("/count").json() == {"count": 7}

@at_least_once(runs=4)
@pytest.mark.asyncio
async def test_repeated_and_marked(cloud):
    runs.append(1)
    await asyncio.sleep(0)

@at_least_once(runs=4)
@pytest.mark.anyio
async def test_repeated_anyio(cloud):
    runs.append(1)
    await asyncio.sleep(0)

def test_all_were_repeated():
    assert len(runs) == 15
"""
FORGOTTEN = """
from app import jobs

def test_forgotten(cloud):
    cloud.queue(jobs).send("a")
    cloud.settle()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in (("pyproject.toml", PROJECT), ("app.py", APP)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def run(folder: Path, test: str, *options: str) -> str:
    (folder / "test_shop.py").write_text(test, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-rA", *options]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    return done.stdout + done.stderr


@pytest.mark.parametrize("mode", ["strict", "auto"])
def test_async_tests_run_beside_pytest_asyncio_and_anyio(folder: Path, mode: str) -> None:
    pytest.importorskip("pytest_asyncio")
    scope = "asyncio_default_fixture_loop_scope=function"
    found = run(folder, TESTS, "-o", f"asyncio_mode={mode}", "-o", scope)
    assert "7 passed" in found, found


def test_async_tests_run_without_another_plugin(folder: Path) -> None:
    found = run(
        folder,
        TESTS,
        "-p",
        "no:asyncio",
        "-p",
        "no:anyio",
        "-W",
        "ignore::pytest.PytestConfigWarning",
        "-W",
        "ignore::pytest.PytestUnknownMarkWarning",
    )
    assert "7 passed" in found, found


def test_a_coroutine_that_nobody_awaits_fails_the_test(folder: Path) -> None:
    found = run(folder, FORGOTTEN, "-p", "no:asyncio")
    assert "1 failed" in found
    assert "work m1 made the coroutine _Writes.put" in found
    assert "write await before the call" in found
