"""PostgreSQL's side of a table: schemas that grow while older replicas serve, roles, expired rows."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from threading import Event
from typing import Any

import pytest
from hosts.container_tables import SHELF, client, database
from servers.postgres import Postgres as Server

from portable.errors import DeclarationError, PermissionDenied
from portable.persistence.driver import Query
from portable.persistence.query import field, sort
from portable.persistence.table import Index, Key, Table
from portable_container.runtime.clients import Postgres
from portable_container.runtime.due import Scheduler
from portable_container.runtime.persistence import table_driver
from portable_container.runtime.persistence_pages import query_page
from portable_container.runtime.persistence_sweep import sweep
from portable_container.runtime.schema import is_ready, migrate, prune
from portable_container.runtime.schema_database import Database
from portable_container.runtime.schema_roles import scheduler_actions, set_password

INDEXED = Table("shelf", key="owner", sort="name", indexes=(Index("by_kind", key="kind", sort=Key("n", int)),))
OTHERWISE = Table("shelf", key="owner", sort="name", indexes=(Index("by_kind", key="n2"),))
LIVES = Table("lives", key="id", ttl="ends")


def indexes(postgres: Postgres, schema: str) -> list[str]:
    statement = "SELECT indexname FROM pg_indexes WHERE schemaname = $1 AND indexname LIKE 'shelf_by%'"
    return sorted(name for (name,) in postgres.rows(statement, [schema], "indexes"))


def migrated(postgres: Postgres, wanted: Database) -> bool:
    with postgres.lend() as connection:
        return is_ready(connection, wanted)


def test_of_many_replicas_that_start_at_once_one_migrates(postgresql: Server, schema: str) -> None:
    wanted = database(schema, INDEXED, LIVES)

    def start(_: int) -> list[str]:
        own = Postgres(postgresql.uri, most=1)
        made = migrate(own, wanted)
        assert migrated(own, wanted)
        own.close()
        return made

    with ThreadPoolExecutor(4) as pool:
        made = [found for found in pool.map(start, range(4)) if found]
    assert len(made) == 1
    assert {"table shelf", "table lives"} <= set(made[0])


def test_an_index_is_added_while_an_older_replica_writes_and_holds_its_rows_too(admin: Postgres, schema: str) -> None:
    migrate(admin, database(schema, SHELF))
    old, ended, written = client(admin, schema), Event(), []

    def write() -> None:
        while not ended.is_set():
            old.put({"owner": "a", "name": f"{len(written):05}", "kind": "k", "n": len(written)})
            written.append(time.monotonic())

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write)
        while len(written) < 20:
            time.sleep(0.005)
        made = migrate(admin, database(schema, INDEXED))
        before = len(written)
        while len(written) < before + 20:
            time.sleep(0.005)
        ended.set()
        writing.result()
    assert len(made) == 1
    assert max(after - at for at, after in pairwise(written)) < 2
    found = client(admin, schema, INDEXED).query("k", sort.ge(before - 5), index="by_kind", limit=20)
    assert [row["n"] for row in found] == list(range(before - 5, before + 15))


def test_an_index_that_is_declared_otherwise_is_a_new_one_and_only_prune_drops_the_old(
    admin: Postgres, schema: str
) -> None:
    first, second = database(schema, INDEXED), database(schema, OTHERWISE)
    migrate(admin, first)
    migrate(admin, second)
    both = indexes(admin, schema)
    assert len(both) == 2
    assert [name.startswith("index shelf_by_kind") for name in prune(admin, second)] == [True]
    assert len(indexes(admin, schema)) == 1
    assert migrated(admin, second)
    assert not migrated(admin, first)
    migrate(admin, first)  # the way back
    assert indexes(admin, schema) == both


def test_an_index_whose_builder_was_killed_is_built_again(admin: Postgres, schema: str) -> None:
    migrate(admin, database(schema, INDEXED))
    (name,) = indexes(admin, schema)
    valid = f'FROM pg_index WHERE indexrelid = \'"{schema}"."{name}"\'::regclass'
    admin.rows(f"UPDATE pg_index SET indisvalid = false {valid.removeprefix('FROM pg_index ')}", [], "catalogue")
    assert migrate(admin, database(schema, INDEXED, LIVES))[0] == f"index {name}"
    assert admin.rows(f"SELECT indisvalid {valid}", [], "catalogue") == [(True,)]


def test_rows_under_other_keys_than_the_declared_are_an_error_not_a_loss(admin: Postgres, schema: str) -> None:
    migrate(admin, database(schema, SHELF))
    client(admin, schema).put({"owner": "a", "name": "x"})
    with pytest.raises(
        DeclarationError,
        match=r"made with the key .* is now declared with the key .*: declare a table with another name",
    ):
        migrate(admin, database(schema, Table("shelf", key="name")))
    assert client(admin, schema).get("a", "x") == {"owner": "a", "name": "x"}


def test_a_role_that_is_gone_is_made_again_with_its_rights_as_after_a_restore(admin: Postgres, schema: str) -> None:
    role = f"{schema}_lost"
    wanted = database(schema, SHELF, **{role: {"shelf": ("get",)}})
    migrate(admin, wanted)
    for statement in ("DROP OWNED BY", "DROP ROLE"):
        with admin.apart() as connection:
            connection.run(f"{statement} {role}")
    assert migrate(admin, wanted)[0] == f"role {role}"
    assert migrate(admin, wanted) == []


def test_a_query_of_an_index_reads_the_index_in_its_order(admin: Postgres, schema: str) -> None:
    migrate(admin, database(schema, INDEXED))
    driver = table_driver(INDEXED, f"{schema}.shelf", admin)
    plans = []

    def explain(statement: str, values: list[Any]) -> list[tuple[Any, ...]]:
        with admin.lend() as connection, connection.transaction():
            connection.run("SET LOCAL enable_seqscan = off")
            connection.run("SET LOCAL enable_bitmapscan = off")
            plans.append("\n".join(line for (line,) in connection.run(f"EXPLAIN {statement}", values)))
        return []

    for condition in (None, field("kind") == "x"):
        asked = Query("k", sort.ge(5), True, 3, condition, INDEXED.indexes[0])
        query_page(driver._statements, asked, explain)
    (name,) = indexes(admin, schema)
    for plan in plans:
        assert f"Index Scan Backward using {name}" in plan
        assert "Sort" not in plan


def test_a_role_does_what_its_functions_may_and_nothing_else(postgresql: Server, admin: Postgres, schema: str) -> None:
    reader, writer = f"{schema}_reader", f"{schema}_writer"
    rights = {reader: {"shelf": ("get", "query")}, writer: {"shelf": ("put", "update"), "lives": ("delete",)}}
    wanted = database(schema, SHELF, LIVES, **rights)
    migrate(admin, wanted)
    with admin.apart() as connection:
        for role in rights:
            set_password(connection, role, "secret-1")
    reads, writes = (Postgres(postgresql.uri_of(role, "secret-1"), most=1) for role in rights)
    shelf = client(writes, schema)
    shelf.put({"owner": "a", "name": "x", "n": 1}, if_absent=True)
    shelf.update("a", "x", add={"n": 1})
    client(writes, schema, LIVES).delete("x", condition=field("n") != 1e23)  # is decided in Python
    assert client(reads, schema).get("a", "x")["n"] == 2
    assert migrated(reads, wanted)
    refused = [
        lambda: client(reads, schema).put({"owner": "a", "name": "x"}),
        lambda: client(reads, schema).update("a", "x", set={"n": 9}),
        lambda: client(reads, schema).delete("a", "x"),
        lambda: client(reads, schema, LIVES).get("x", default=None),
        lambda: shelf.delete("a", "x"),
        lambda: client(writes, schema, LIVES).put({"id": "x"}),
        lambda: prune(writes, wanted),
    ]
    for call in refused:
        with pytest.raises(PermissionDenied):
            call()
    assert client(reads, schema).get("a", "x")["n"] == 2
    (tls,) = reads.rows("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()", [], "TLS")
    assert tls == (True,)
    for uri in (postgresql.uri_of(reader, "secret-1", "disable"), postgresql.uri_of(reader, "wrong")):
        with pytest.raises(PermissionDenied, match=reader):
            Postgres(uri).apart()
    narrower = database(schema, SHELF, LIVES, **{reader: {"shelf": ("get",)}})
    assert migrate(admin, narrower) == []
    assert client(writes, schema).update("a", "x", add={"n": 1})["n"] == 3, "an older replica still runs"
    prune(admin, narrower)
    with pytest.raises(PermissionDenied):
        shelf.put({"owner": "a", "name": "x"})
    assert client(reads, schema).get("a", "x")["n"] == 3
    reads.close()
    writes.close()


def test_expired_rows_are_removed_and_no_others_by_the_role_of_schedules(
    postgresql: Server, admin: Postgres, schema: str
) -> None:
    role = f"{schema}_schedule"
    wanted = database(schema, LIVES, SHELF, **{role: scheduler_actions(database(schema, LIVES, SHELF))})
    migrate(admin, wanted)
    with admin.apart() as connection:
        set_password(connection, role, "secret-2")
    own = Postgres(postgresql.uri_of(role, "secret-2"), most=1)
    rows, now = client(admin, schema, LIVES), datetime.now(UTC)
    ends = [now - timedelta(seconds=1), int(now.timestamp()) - 1, now + timedelta(hours=1), None]
    rows.batch_write([{"id": f"{number}", "ends": end} for number, end in enumerate(ends)] + [{"id": "none"}])
    assert sweep(own, schema, wanted.tables) == 2
    assert Scheduler(own, schema, ["tick"], lambda f, start, end: [], lambda moment: None).step() == 0
    with pytest.raises(PermissionDenied):
        client(own, schema).get("a", "x")
    own.close()
    assert admin.rows(f'SELECT "key" FROM "{schema}".lives ORDER BY 1', [], "rows") == [("2",), ("3",), ("none",)]
