"""Tables in PostgreSQL over a bad network, and while the schema is migrated; with PORTABLE_FAULT_SECONDS also on a full disk.

PORTABLE_FAULT_SECONDS is for how long the network is bad.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread

import pytest
from hosts.container_tables import client, database
from servers.disk import fill, small_disk
from servers.postgres import Postgres as Server
from servers.postgres import postgres, serving
from servers.process import free_port
from servers.proxy import misbehave, proxy

from portable.errors import PortableError, Unavailable
from portable.persistence.clients import TableReadWriter
from portable.persistence.table import Index, Table
from portable_container.runtime.clients import Postgres
from portable_container.runtime.schema import migrate

SECONDS = os.environ.get("PORTABLE_FAULT_SECONDS", "")
SHELF = Table("shelf", key="owner", sort="name")


class Writer(Thread):
    """Writes rows until it is stopped. `put` are the names of those that were confirmed."""

    def __init__(self, table: TableReadWriter[dict[str, object]], size: int = 10) -> None:
        super().__init__()
        self.table, self.row, self.enough = table, "x" * size, Event()
        self.put, self.failed, self.slowest = list[str](), list[PortableError](), 0.0

    def run(self) -> None:
        number = 0
        while not self.enough.is_set():
            name, begun = f"{number}", time.monotonic()
            number += 1
            try:
                self.table.put({"owner": "ada", "name": name, "text": self.row})
            except PortableError as error:
                self.failed.append(error)
            else:
                self.put.append(name)
                self.slowest = max(self.slowest, time.monotonic() - begun)

    def stop(self) -> None:
        self.enough.set()
        self.join()


def names(postgres: Postgres, schema: str) -> set[str]:
    return {name for (name,) in postgres.rows(f'SELECT sort FROM "{schema}".shelf', [], "rows")}


def test_a_bad_network_loses_no_row_that_was_confirmed(postgresql: Server, admin: Postgres, schema: str) -> None:
    migrate(admin, database(schema, SHELF))
    with proxy(postgresql.port) as network:
        far = Postgres(postgresql.uri.replace(f":{postgresql.port}/", f":{network.port}/"), most=2)
        writer = Writer(client(far, schema))
        writer.start()
        misbehave(network, float(SECONDS or 1))
        written = len(writer.put)
        end = time.monotonic() + 30
        while len(writer.put) < written + 20 and time.monotonic() < end:
            time.sleep(0.01)
        writer.stop()
        far.close()
    assert len(writer.put) >= written + 20
    assert set(writer.put) <= names(admin, schema)


def test_a_migration_under_load_fails_no_call_and_holds_none_up(admin: Postgres, schema: str) -> None:
    migrate(admin, database(schema, SHELF))
    admin.rows(
        f"INSERT INTO \"{schema}\".shelf SELECT 'bob', n::text, jsonb_build_object('owner', 'bob', 'name', n::text, 'text', 'x') "
        "FROM generate_series(1, 5000) AS n",
        [],
        "rows",
    )
    writers = [Writer(client(admin, schema)) for _ in range(2)]
    for writer in writers:
        writer.start()
    changed = Table("shelf", key="owner", sort="name", indexes=[Index("by-text", key="text")])
    try:
        time.sleep(0.1)
        migrate(admin, database(schema, changed, Table("others", key="id")))
        time.sleep(0.1)
    finally:
        for writer in writers:
            writer.stop()
    assert [writer.failed for writer in writers] == [[], []]
    assert max(writer.slowest for writer in writers) < 2
    assert {name for writer in writers for name in writer.put} <= names(admin, schema)
    found = client(admin, schema, changed).query("x", index="by-text", limit=10)
    assert len(list(found)) > 0


@pytest.mark.skipif(not SECONDS, reason="a server of its own takes some seconds: set PORTABLE_FAULT_SECONDS=30")
def test_a_full_disk_refuses_rows_and_loses_none_that_was_confirmed() -> None:
    port = free_port()
    with TemporaryDirectory() as folder, small_disk(Path(folder, "disk"), 120_000_000) as disk:
        Path(folder).chmod(0o755)  # the server runs as another user
        with postgres(port, disk) as server:
            near = Postgres(server.uri, most=2, remaining=lambda: 0.5)
            migrate(near, database("full_dev", SHELF))
            table = client(near, "full_dev")
            table.put({"owner": "ada", "name": "first"})
            full = fill(disk)
            writer = Writer(table, 20_000)
            writer.start()
            end = time.monotonic() + 60
            while not writer.failed and time.monotonic() < end:
                time.sleep(0.01)
            writer.stop()
            assert isinstance(writer.failed[0], Unavailable)
            full.unlink()
        with serving(disk, port):  # a server that cannot write its log ends
            table.put({"owner": "ada", "name": "last"})
            assert {"first", "last", *writer.put} <= names(near, "full_dev")
        near.close()
