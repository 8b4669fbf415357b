"""An app with every trigger, packaged and started by its own command on PostgreSQL, NATS and an S3 server: as in memory."""

from __future__ import annotations

import itertools
import re
import shutil
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from http.client import HTTPException
from importlib import import_module
from pathlib import Path
from typing import Any, Self

import pytest
from servers.waiting import until
from walk.container_stage import APP, HOST, IDENTITIES, TOKEN, WORD, ContainerStage, Role
from walk.container_worlds import Driven, InMemory, OnEngines, Told

from portable import (
    Key,
    Message,
    Queue,
    QueueReader,
    QueueSender,
    Stream,
    StreamWriter,
    Table,
    TableReader,
    TableWriter,
)
from portable.errors import PermissionDenied
from portable.testing import Cloud
from portable.testing.app import load_modules
from portable_container.runtime.clients import Postgres
from portable_container.runtime.eventing import queue_driver, stream_driver
from portable_container.runtime.nats_clients import Nats
from portable_container.runtime.nats_streams import ACK_SECONDS
from portable_container.runtime.persistence import table_driver
from portable_container.testing.cloudevents import MODES, encode_event, event_of

NAME = "deployed_of_the_walk"
SENT = ("calm", "fire", "poison")
KINDS = ("queue", "ordered", "topic", "urgent", "arrived", "pictured", "removed", "stream", "tick")
DUE = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
KILLS = 20
PAUSE = 0.03
"""Seconds between two requests of a client."""


@pytest.fixture(scope="module")
def replicas(container: ContainerStage) -> dict[str, list[Role]]:
    container.note_fired("tick", datetime.now(UTC) - timedelta(seconds=61))  # so a moment has passed since
    with ThreadPoolExecutor() as pool:
        started = list(pool.map(container.start, (*IDENTITIES, *IDENTITIES)))
    return {role: started[number::3] for number, role in enumerate(IDENTITIES)}


@pytest.fixture(scope="module")
def engines(container: ContainerStage, replicas: dict[str, list[Role]]) -> Iterator[OnEngines]:
    world = OnEngines(container, replicas["serve"], "files")
    yield world
    world.close()


@pytest.fixture
def memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemory]:
    shutil.copytree(APP, tmp_path, dirs_exist_ok=True)
    (tmp_path / "app.py").rename(tmp_path / f"{NAME}.py")  # other tests of this process have an app
    monkeypatch.syspath_prepend(tmp_path)
    cloud = Cloud(load_modules([import_module(NAME)]))
    cloud.secret("token").set(WORD)
    cloud.schedule("tick").fire(at=DUE)
    yield InMemory(cloud, "files")
    cloud.close()
    del sys.modules[NAME]


def walked(world: Driven, wanted: dict[str, Told] | None = None) -> dict[str, Told]:
    """Drive every trigger, and return what a client sees of each call."""
    found = {f"POST /send/{what}": world.request("POST", f"/send/{what}") for what in SENT}
    for what in SENT:
        world.stored(f"in/{what} ü.jpg")
        world.stored(f"out/{what}.jpg")
    for path in ("/settings", "/rows/none", "/nowhere", "/", "/docs/", "/main.3fa9c0d2.js", "/any/page"):
        found[path] = world.request("GET", path)
    found["DELETE /settings"] = world.request("DELETE", "/settings")
    world.seen(arrived := "/rows/arrived", None if wanted is None else wanted[arrived])
    world.removed("in/calm ü.jpg")
    for path in (*(f"/rows/{kind}" for kind in KINDS), "/dead"):
        found[path] = world.seen(path, None if wanted is None else wanted[path])
    return found


def test_every_trigger_has_the_same_effect_as_in_memory(
    engines: OnEngines, memory: InMemory, replicas: dict[str, list[Role]]
) -> None:
    wanted = walked(memory)
    assert all(len(wanted[f"/rows/{kind}"].body) > len(b"[]") for kind in KINDS)
    assert walked(engines, wanted) == wanted
    assert not [line for role in replicas["serve"] for line in role.lines() if line["level"] == "ERROR"]
    assert WORD not in "".join(role.log for roles in replicas.values() for role in roles)


def test_replicas_tell_what_they_do(
    container: ContainerStage, engines: OnEngines, replicas: dict[str, list[Role]]
) -> None:
    metrics = {name: "".join(role.probe("/metrics")[1] for role in roles) for name, roles in replicas.items()}
    assert 'portable_calls_total{function="send",outcome="done"}' in metrics["serve"]
    assert 'portable_calls_total{function="step",outcome="done"}' in metrics["work"]
    assert sorted(re.findall(r"(?m)^portable_schedule_leader (\d)", metrics["schedule"])) == ["0", "1"]
    port = replicas["work"][0].admin.rpartition(":")[2]
    assert container.run("healthy", "--host", HOST, "--admin-port", port) == []


def test_events_of_a_broker_are_taken_by_a_service_with_the_accounts_of_work(
    container: ContainerStage, engines: OnEngines
) -> None:
    events = container.start("serve", "--functions", "work", "--events", identity="work")
    sent = {mode: event_of({}, Message(f"e-{mode}", f"by {mode}".encode()), 1) for mode in MODES}
    for mode, event in sent.items():
        native = encode_event("work", event, mode)
        assert events.request(native.method, native.target, native.body, native.headers).status == 401
        allowed = (*native.headers, ("authorization", f"Bearer {TOKEN}"))
        assert events.request(native.method, native.target, native.body, allowed).status == 204
    assert {f"queue:by {mode}" for mode in MODES} <= container.rows()
    assert events.request("GET", "/rows/queue").status == 404
    assert events.end() == 0


class Bound:
    """One driver for one resource."""

    def __init__(self, driver: Any) -> None:
        self._driver = driver

    def of(self, _resource: Any) -> Any:
        return self._driver


def attempts(prefix: str, postgres: Postgres, nats: Nats) -> dict[str, Callable[[], object]]:
    """Return what an identity may try with the accounts of two engines."""
    rows, jobs, clicks = Table("rows", key="id", sort=Key("at", datetime)), Queue("jobs"), Stream("clicks", key="who")
    table: Any = Bound(table_driver(rows, f"{prefix}.rows", postgres))
    queue: Any = Bound(queue_driver(jobs, f"{prefix}_queue_jobs", nats))
    dead: Any = Bound(queue_driver(jobs.dead_letters, f"{prefix}_queue_jobs-poison", nats))
    stream: Any = Bound(stream_driver(clicks, f"{prefix}_stream_clicks", nats))
    return {
        "read a row": lambda: TableReader(rows, table).get("x", DUE, default=None),
        "write a row": lambda: TableWriter(rows, table).put({"id": "x", "at": DUE, "kind": "none"}),
        "delete a row": lambda: TableWriter(rows, table).delete("x", DUE),
        "send": lambda: QueueSender(jobs, queue).send("calm"),
        "take": lambda: QueueReader(jobs, queue).peek(),
        "count dead letters": lambda: QueueReader(jobs.dead_letters, dead).count(),
        "write a record": lambda: StreamWriter(clicks, stream).send({"who": "eve"}),
    }


GRANTED = {
    "serve": {"read a row", "send", "count dead letters", "write a record"},
    # it sends dead letters, and may ask why one was not taken
    "work": {"read a row", "write a row", "delete a row", "take", "count dead letters"},
    # it sweeps what has expired
    "schedule": {"read a row", "delete a row"},
}


@pytest.mark.parametrize("identity", IDENTITIES)
def test_the_engines_refuse_what_an_identity_was_not_granted(
    container: ContainerStage, engines: OnEngines, identity: str
) -> None:
    postgres, nats = Postgres(container.postgres_of(identity)), Nats(container.nats_of(identity))
    tried = attempts(container.prefix, postgres, nats)
    assert {what for what, attempt in tried.items() if is_allowed(attempt)} == GRANTED[identity]
    postgres.close()
    nats.close()


def is_allowed(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except PermissionDenied:
        return False
    return True


class Load:
    """Clients that send one request after the other to the replicas that serve, until the block ends. `sent` was accepted.

    `borne` are the errors after which a client goes to the next replica.
    """

    def __init__(self, name: str, serving: list[Role], *borne: type[Exception]) -> None:
        self.sent: list[str] = []
        self._name = name
        self._serving = serving
        self._borne = borne
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=self._send, args=(number,)) for number in range(3)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        until(lambda: len(self.sent), lambda count: count > 30)
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def _send(self, number: int) -> None:
        for count in itertools.count():
            if self._ended.is_set():
                return
            what = f"{self._name}-{number}-{count}"
            for role in list(self._serving):
                try:
                    answer = role.request("POST", f"/send/{what}")
                except self._borne:
                    continue
                assert answer.status == 204, answer
                self.sent.append(what)
                break
            self._ended.wait(PAUSE)


def lost(container: ContainerStage, sent: list[str], seconds: float) -> set[str]:
    """Return what was accepted and is not done when the time is up."""
    wanted = {f"topic:{what}" for what in sent}  # a killed message of the queue is a dead letter: it has one attempt
    found: set[str] = until(lambda: wanted - container.rows(), lambda missing: not missing, seconds)
    return found


def test_what_runs_is_finished_when_a_replica_of_each_role_is_ended_under_load(
    container: ContainerStage, engines: OnEngines, replicas: dict[str, list[Role]]
) -> None:
    with Load("ended", replicas["serve"], ConnectionRefusedError) as load, ThreadPoolExecutor() as pool:
        codes = list(pool.map(lambda roles: roles[0].end(), replicas.values()))
    assert codes == [0, 0, 0]
    for roles in replicas.values():
        del roles[0]
    assert lost(container, load.sent, 20) == set()


@pytest.mark.thorough
def test_nothing_is_lost_when_replicas_are_killed_under_load(
    container: ContainerStage, engines: OnEngines, replicas: dict[str, list[Role]]
) -> None:
    sent: list[str] = []
    for number in range(KILLS):
        role = IDENTITIES[number % 3]
        replicas[role].append(container.start(role))
        with Load(f"killed-{number}", replicas["serve"], OSError, HTTPException) as load:
            replicas[role].pop(0).kill()
        sent += load.sent
    assert lost(container, sent, ACK_SECONDS + 20) == set()
