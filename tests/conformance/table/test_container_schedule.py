"""The role `schedule`: what its leader publishes and removes, and who takes over."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from itertools import pairwise
from threading import Thread
from urllib.parse import urlsplit

import pytest
from hosts.container_schedule import EVERY, OFTEN, Often
from hosts.container_scheduler import moments
from hosts.container_work import until
from servers.postgres import Postgres as Server
from servers.proxy import misbehave, proxy

from portable.persistence.shape import describe
from portable.persistence.table import Table
from portable_container.runtime import nats_streams, scheduling
from portable_container.runtime.clients import Postgres
from portable_container.runtime.image import Event, Image
from portable_container.runtime.image_engines import database, streams
from portable_container.runtime.nats_clients import Nats
from portable_container.runtime.nats_consuming import Consuming
from portable_container.runtime.nats_names import address_of
from portable_container.runtime.scheduling import Schedule
from portable_container.runtime.schema import migrate

pytestmark = pytest.mark.filterwarnings(  # nats-py leaves a connection that it could not make to the garbage collector
    "ignore:.*StreamWriter:pytest.PytestUnraisableExceptionWarning", "ignore:unclosed:ResourceWarning"
)
FAULT_SECONDS = float(os.environ.get("PORTABLE_FAULT_SECONDS", "1.5"))


@pytest.fixture
def prefix(request: pytest.FixtureRequest) -> str:
    return f"{request.node.name[5:25].replace('_', '-')}_dev"


@pytest.fixture
def nats(nats_url: str) -> Iterator[Nats]:
    found = Nats(nats_url)
    yield found
    found.close()


def minutely(name: str) -> Event:
    return Event(name, "schedule", f"entry_{name}", "", "work", 30, 3, expression="* * * * *")


def set_back(admin: Postgres, prefix: str, minutes: int) -> None:
    """Move what was noted of the past: as if nothing had led since then."""
    admin.rows(f'UPDATE "{prefix}".portable_due SET due = due - $1::interval', [timedelta(minutes=minutes)], "due")


def published(nats: Nats, prefix: str, name: str) -> list[datetime]:
    consuming = Consuming(nats, address_of(f"{prefix}_ticks_{name}"), "ticks", partitioned=False)
    found = consuming.take(10_000)
    consuming.hide([message.reply for message in found], 0)
    return sorted(datetime.fromisoformat(message.data.decode()) for message in found)


def test_two_replicas_publish_each_due_moment_once_and_one_takes_over_from_the_other(
    admin: Postgres, nats: Nats, prefix: str
) -> None:
    image = Image("app", functions=(minutely("tick"),))
    migrate(admin, database(image, prefix))
    for stream, readers in streams(image, prefix):
        nats_streams.make(nats, stream, readers)
    first = Schedule(admin, nats, image.functions, (), prefix, 1.0)
    assert first.ready() == "it has not started"
    with ExitStack() as stack:
        first.start()
        stack.callback(first.stop, 5)
        until(first.leads)
        until(lambda: admin.rows(f'SELECT 1 FROM "{prefix}".portable_due', [], "due") != [])
        second = Schedule(admin, nats, image.functions, (), prefix, 1.0)
        assert first.stop(5)
        set_back(admin, prefix, 5)
        second.start()
        stack.callback(second.stop, 5)
        until(second.leads)
        until(lambda: len(published(nats, prefix, "tick")) >= 5)
        assert not first.leads()
        assert (first.ready(), second.ready()) == ("it is stopping", None)
        due = published(nats, prefix, "tick")
        assert {after - before for before, after in pairwise(due)} == {timedelta(minutes=1)}
        assert second.stop(5)
    admin.rows(f'UPDATE "{prefix}".portable_due SET fired_at = NULL, term = 0', [], "due")
    third = Schedule(admin, nats, image.functions, (), prefix, 1.0)  # as when the second had died before it noted them
    third.start()
    open_ = f'SELECT 1 FROM "{prefix}".portable_due WHERE fired_at IS NULL'
    until(lambda: admin.rows(open_, [], "due") == [])
    assert third.stop(5)
    again = published(nats, prefix, "tick")
    assert len(again) == len(set(again)), "what was published before is there once"


def test_a_leader_behind_a_bad_network_loses_no_moment_and_publishes_none_twice(
    postgresql: Server, admin: Postgres, nats: Nats, nats_url: str, prefix: str
) -> None:
    image = Image("app", functions=(OFTEN,))
    migrate(admin, database(image, prefix))
    for stream, readers in streams(image, prefix):
        nats_streams.make(nats, stream, readers)
    broker_port = urlsplit(nats_url).port or 0
    with proxy(postgresql.port) as near_rows, proxy(broker_port) as near_messages:
        far = Postgres(postgresql.uri.replace(f":{postgresql.port}/", f":{near_rows.port}/"), most=2)
        far_nats = Nats(f"nats://127.0.0.1:{near_messages.port}")
        roles = [Often(*engines, (OFTEN,), (), prefix, 1.0) for engines in ((far, far_nats), (admin, nats))]
        for role in roles:
            role.start()
            until(lambda: any(each.leads() for each in roles))
        others = [Thread(target=misbehave, args=(each, FAULT_SECONDS)) for each in (near_rows, near_messages)]
        for thread in others:
            thread.start()
        for thread in others:
            thread.join()
        until(lambda: any(each.leads() for each in roles))
        time.sleep(0.3)
        assert [role.stop(15) for role in roles] == [True, True]
        far.close()
        far_nats.close()
    due = published(nats, prefix, "often")
    assert len(due) == len(set(due))
    assert due == list(moments(EVERY, due[0], due[-1] + timedelta(microseconds=1)))
    assert len(due) * EVERY > FAULT_SECONDS / 2


def test_a_schedule_without_its_stream_is_told_once_and_holds_back_no_other(
    admin: Postgres, nats: Nats, prefix: str, caplog: pytest.LogCaptureFixture
) -> None:
    image = Image("app", functions=(minutely("early"), minutely("tick")))
    made = streams(image, prefix)
    migrate(admin, database(image, prefix))
    for stream, readers in made[1:]:
        nats_streams.make(nats, stream, readers)
    role = Schedule(admin, nats, image.functions, (), prefix, 0.9)
    role.start()
    try:
        until(lambda: len(admin.rows(f'SELECT 1 FROM "{prefix}".portable_due', [], "due")) == 2)
        set_back(admin, prefix, 3)
        role._scheduler._planned.clear()
        until(lambda: len(published(nats, prefix, "tick")) >= 3)
        until(lambda: role.ready() is not None)
        assert "stream not found" in str(role.ready())
        nats_streams.make(nats, *made[0])
        until(lambda: len(published(nats, prefix, "early")) >= 3)
        until(lambda: role.ready() is None)
    finally:
        assert role.stop(5)
    assert caplog.text.count("early/") == 1


def test_a_role_without_its_schema_waits_for_it(admin: Postgres, prefix: str) -> None:
    image = Image("app", tables=(describe(Table("rows", key="id", ttl="ends")),))
    role = Schedule(admin, None, (), image.tables, prefix, 0.9)
    role.start()
    try:
        until(lambda: "does not exist" in str(role.ready()))
        migrate(admin, database(image, prefix))
        until(role.leads)
        until(lambda: role.ready() is None)
    finally:
        assert role.stop(5)


def test_the_leader_removes_expired_rows_some_at_a_time(
    admin: Postgres, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scheduling, "SWEEP_SECONDS", 0.1)
    monkeypatch.setattr(scheduling, "REST_SECONDS", 0.01)
    image = Image("app", tables=(describe(Table("rows", key="id", ttl="ends")),))
    migrate(admin, database(image, prefix))
    for count, ends in ((2500, 1), (10, 4_000_000_000)):
        admin.rows(
            f'INSERT INTO "{prefix}".rows SELECT $1 || n, $2::jsonb FROM generate_series(1, $3) AS n',
            [str(ends), json.dumps({"ends": ends}), count],
            "rows",
        )
    role = Schedule(admin, None, (), image.tables, prefix, 0.9)
    role.start()
    try:
        until(lambda: admin.rows(f'SELECT count(*) FROM "{prefix}".rows', [], "rows") == [(10,)])
    finally:
        assert role.stop(5)
