"""New pods wait until `migrate` has made what their version needs."""

from __future__ import annotations

import pytest
from hosts.container_tables import SHELF, database
from servers.postgres import Postgres as Server

from portable.persistence.table import Table
from portable_container.runtime.clients import Postgres
from portable_container.runtime.engines import Migrated, NotMigrated
from portable_container.runtime.schema import migrate


def test_a_version_is_not_ready_until_it_was_migrated(
    postgresql: Server, admin: Postgres, schema: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORTABLE_POSTGRES", postgresql.uri)
    old, new = (Migrated(database(schema, *tables)) for tables in ((SHELF,), (SHELF, Table("lives", key="id"))))
    with pytest.raises(NotMigrated):
        old.ask()
    migrate(admin, database(schema, SHELF))
    old.ask()
    with pytest.raises(NotMigrated):
        new.ask()
    migrate(admin, database(schema, SHELF, Table("lives", key="id")))
    old.ask()
    new.ask()
