"""New pods wait until `migrate` has made what their version needs."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest
from hosts.container_tables import SHELF, database
from servers.postgres import Postgres as Server

from portable.errors import Unavailable
from portable.persistence.shape import describe
from portable.persistence.table import Table
from portable_container.runtime import schedule
from portable_container.runtime.chosen import Chosen
from portable_container.runtime.clients import Postgres
from portable_container.runtime.image import Event, Image
from portable_container.runtime.measures import Measures
from portable_container.runtime.needs import Needs
from portable_container.runtime.probe import Lacking
from portable_container.runtime.probe_postgres import PostgresProbe
from portable_container.runtime.schema import migrate
from portable_container.runtime.working import role


def test_a_version_is_not_ready_until_it_was_migrated(
    postgresql: Server, admin: Postgres, schema: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORTABLE_POSTGRES", postgresql.uri)
    held = ((schema, "portable_versions", "SELECT"),)
    old, new = (
        PostgresProbe(Needs(frozenset(), database(schema, *tables), (), held))
        for tables in ((SHELF,), (SHELF, Table("lives", key="id")))
    )
    with pytest.raises(Lacking, match="run `migrate`"):
        old.ask()
    migrate(admin, database(schema, SHELF))
    old.ask()
    with pytest.raises(Lacking, match="run `migrate`"):
        new.ask()
    migrate(admin, database(schema, SHELF, Table("lives", key="id")))
    old.ask()
    new.ask()


def test_work_takes_nothing_before_its_version_was_migrated(
    postgresql: Server, nats_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORTABLE_POSTGRES", postgresql.uri)
    monkeypatch.setenv("PORTABLE_NATS", nats_url)
    entry = ModuleType("entry_late")
    entry.handler = schedule.handler(lambda tick, context: None, "late", 30)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "entry_late", entry)
    function = Event("late", "schedule", "entry_late", "", "work", 30, 1)
    image = Image("late", functions=(function,), tables=(describe(SHELF),), asks={"late": ("postgres", "nats")})
    found = role(image, Chosen(None, ("work",), None, "", 0, 0, False, None, 1.0, "dev", "late_dev"), Measures())
    with pytest.raises(Unavailable, match="PostgreSQL has not what this version needs: run `migrate`"):
        found.start()
    assert found.ready() == "PostgreSQL has not what this version needs: run `migrate`"
    assert found.stop(1)
