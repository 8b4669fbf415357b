"""What the suites measure, per driver: tests passed and skipped, abilities that are missing and why.

PORTABLE_MEASURED names the file (JSON) to write it to, and `python tests/conformance/capabilities.py` makes the page of
the docs of it: `nox -s conformance` does both. In every other run a harness that declares other gaps than the page fails.
"""

from __future__ import annotations

import json
import os
from collections.abc import Generator, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from servers.ceph import ceph_gateway
from servers.cosmosdb import cosmosdb
from servers.firestore import firestore_emulator
from servers.ministack import ministack
from servers.postgres import Postgres, postgres
from servers.shared import azure_storage as azure_storage
from servers.shared import nats_url as nats_url
from servers.shared import pubsub_host as pubsub_host

from portable.conformance.guard import Unweakened

COMMITTED = Path(__file__).with_name("measured.json")
TARGET = os.environ.get("PORTABLE_MEASURED")
_HARNESSES = ("buckets", "queues", "store", "streams", "world")
_measured = pytest.StashKey[dict[str, Any]]()


@cache
def committed() -> dict[str, Any]:
    """Return what was measured last, which is asked for after every test."""
    found: dict[str, Any] = json.loads(COMMITTED.read_text())
    return found


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_measured] = {}


def name_of(item: Any) -> str | None:
    """Return the name of the harness a test belongs to, as in `queue/Sqs`; None when it is of no suite."""
    if item.cls is None or not issubclass(item.cls, Unweakened):
        return None
    return f"{item.path.parent.name}/{item.cls.__name__.removeprefix('Test')}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: Any, call: Any) -> Generator[None, Any, Any]:
    report = yield
    name = name_of(item)
    if name is not None and (report.when == "call" or report.outcome == "skipped"):
        found = item.config.stash[_measured].setdefault(name, {"passed": 0, "failed": 0, "skipped": 0, "lacks": {}})
        found[report.outcome] += 1
    return report


@pytest.fixture(scope="session")
def aws_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The variables that lead to one ministack. Each suite makes resources with names of its own there."""
    with ministack(tmp_path_factory.mktemp("ministack")) as environment:
        yield environment


@pytest.fixture(scope="session")
def ceph_server() -> Iterator[dict[str, str]]:
    """The variables that lead to one object gateway of Ceph."""
    with ceph_gateway() as environment:
        yield environment


@pytest.fixture(scope="session")
def firestore_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The host and port of one emulator of Firestore. Each suite has tables with names of its own there."""
    with firestore_emulator(tmp_path_factory.mktemp("firestore") / "log") as host:
        yield host


@pytest.fixture(scope="session")
def cosmosdb_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of one account of Cosmos DB. Each suite has a database of its own there."""
    with cosmosdb(tmp_path_factory.mktemp("cosmosdb") / "log") as url:
        yield url


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """One server of PostgreSQL. Each suite has a schema of its own there."""
    with postgres() as server:
        yield server


@pytest.fixture(autouse=True)
def declared(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a harness whose gaps are not those of the docs."""
    yield
    name = name_of(request.node)
    if name is None or request.config.stash[_measured].get(name, {}).get("lacks"):
        return
    harness = next((request.node.funcargs[key] for key in _HARNESSES if key in request.node.funcargs), None)
    if harness is None:
        return
    lacks = dict(harness.lacks)
    request.config.stash[_measured].setdefault(name, {"passed": 0, "failed": 0, "skipped": 0})["lacks"] = lacks
    if TARGET is None:
        told = committed()[name]["lacks"]
        assert lacks == told, (
            f"{name}: the docs tell other gaps; run `nox -s conformance` and commit docs/capabilities.md"
        )


def pytest_sessionfinish(session: pytest.Session) -> None:
    if TARGET is None:
        return
    before = committed() if COMMITTED.exists() else {}
    ran = {name: found for name, found in session.config.stash[_measured].items() if found["passed"]}
    merged = dict(sorted((before | ran).items()))  # what this machine cannot run was measured on another
    Path(TARGET).write_text(json.dumps(merged, indent=1, ensure_ascii=False) + "\n")
