"""The schema of an app and a stage: the shapes of its tables in, tables and indexes made, and a version kept.

`migrate` only adds, and takes no lock that a reader or writer waits for: indexes are built concurrently. So replicas of the
version before go on. Any number of processes may migrate at once; one does, the others wait. When the last replica of an older
version has ended, `prune` removes what only that version used. No table is ever dropped.
"""

from __future__ import annotations

import json
import time

from portable.errors import DeclarationError
from portable_container.runtime.persistence_columns import TYPES, quoted
from portable_container.runtime.schema_alone import alone
from portable_container.runtime.schema_indexes import indexes_of, made_indexes
from portable_container.runtime.schema_roles import give, take
from portable_container.runtime.schema_work import INDEXES, VERSIONS, WORK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    from portable_container.runtime.clients import Postgres
    from portable_container.runtime.connections import Connection
    from portable_container.runtime.persistence_columns import Shape
    from portable_container.runtime.schema_database import Database

    T = TypeVar("T")

TRIES = 20
"""How often the schema is made when other processes make it at the same time."""


def migrate(postgres: Postgres, wanted: Database) -> list[str]:
    """Make what is missing and return what was made. Nothing is made if another process did it before.

    The role must own the schema, or be allowed to make it. Raises DeclarationError for a table whose rows have other key
    fields than declared, and Throttled if another process is still migrating after LOCK_SECONDS.
    """

    def make(connection: Connection) -> list[str]:
        if _is_whole(connection, wanted):
            return []
        made = _begin(connection, wanted.schema)
        with alone(postgres, connection, wanted.schema):
            return [] if _is_whole(connection, wanted) else made + _make(connection, wanted)

    return _connected(postgres, wanted, make)


def prune(postgres: Postgres, wanted: Database) -> list[str]:
    """Drop indexes and take rights that this version does not use. Call it when no older version runs any more."""

    def drop(connection: Connection) -> list[str]:
        with alone(postgres, connection, wanted.schema):
            tables = [table["name"] for table in wanted.tables]
            used = {index.name for table in wanted.tables for index in indexes_of(table)}
            gone = sorted(made_indexes(connection, wanted.schema, tables).keys() - used)
            for name in gone:
                connection.run(f"DROP INDEX CONCURRENTLY IF EXISTS {quoted(wanted.schema, name)}")
            statement = f"UPDATE {quoted(wanted.schema, VERSIONS)} SET ready = digest = $1"  # noqa: S608
            connection.run(statement, [wanted.version])
            return [f"index {name}" for name in gone] + take(connection, wanted)

    return _connected(postgres, wanted, drop)


def _connected(postgres: Postgres, wanted: Database, do: Callable[[Connection], T]) -> T:
    """Return what `do` returns for a connection of its own. PostgreSQL's errors are raised as errors of the tree."""

    def run() -> T:
        with postgres.apart() as connection:
            return do(connection)

    return postgres.calls.once(run, f"schema {wanted.schema} (PostgreSQL)")


def is_ready(connection: Connection, wanted: Database) -> bool:
    """Return whether this version was migrated. It needs no more than SELECT."""
    there = connection.run("SELECT to_regclass($1) IS NOT NULL", [quoted(wanted.schema, VERSIONS)]).fetchone()
    if there is None or not there[0]:
        return False
    statement = f"SELECT 1 FROM {quoted(wanted.schema, VERSIONS)} WHERE digest = $1 AND ready"  # noqa: S608
    return connection.run(statement, [wanted.version]).fetchone() is not None


def _is_whole(connection: Connection, wanted: Database) -> bool:
    """Return whether there is nothing to make. A schema that was restored on another server has no roles there."""
    if not is_ready(connection, wanted):
        return False
    there = connection.run("SELECT rolname FROM pg_roles WHERE rolname = ANY($1)", [list(wanted.roles)]).fetchall()
    return len(there) == len(wanted.roles)


def _begin(connection: Connection, schema: str) -> list[str]:
    """Make the schema and its table of versions, which several processes may do at once."""
    from psycopg.errors import DuplicateSchema, DuplicateTable, UniqueViolation

    made, name, versions = [], quoted(schema), quoted(schema, VERSIONS)
    if not _asked(connection, "SELECT to_regnamespace($1) IS NOT NULL", name):
        made.append(f"schema {schema}")
    columns = (
        "number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, digest text NOT NULL UNIQUE, tables jsonb NOT NULL, "
        "ready boolean NOT NULL DEFAULT true, made_at timestamptz NOT NULL DEFAULT now()"
    )
    for left in reversed(range(TRIES)):
        try:
            if not _asked(connection, "SELECT to_regnamespace($1) IS NOT NULL", name):
                connection.run(f"CREATE SCHEMA {name}")
            connection.run(f"CREATE TABLE IF NOT EXISTS {versions} ({columns})")
            break
        except (UniqueViolation, DuplicateSchema, DuplicateTable):  # IF NOT EXISTS does not keep two processes apart
            if not left:
                raise
            time.sleep(0.1)
    return made


def _asked(connection: Connection, statement: str, value: str) -> Any:
    found = connection.run(statement, [value]).fetchone()
    return found[0] if found is not None else None


def _make(connection: Connection, wanted: Database) -> list[str]:
    made, versions = [], quoted(wanted.schema, VERSIONS)
    for name, columns in WORK.items():
        connection.run(f"CREATE TABLE IF NOT EXISTS {quoted(wanted.schema, name)} ({columns})")
    for name, (on_table, column, where) in INDEXES.items():
        on = f"{quoted(wanted.schema, on_table)} ({column}) WHERE {where}"
        connection.run(f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} ON {on}")
    _check_keys(connection, wanted)
    for table in wanted.tables:
        made += _table(connection, wanted.schema, table)
    made += give(connection, wanted)
    connection.run(
        f"INSERT INTO {versions} (digest, tables) VALUES ($1, $2::jsonb) ON CONFLICT (digest) DO UPDATE SET ready = true",  # noqa: S608
        [wanted.version, json.dumps(list(wanted.tables))],
    )
    return made


def _check_keys(connection: Connection, wanted: Database) -> None:
    versions = quoted(wanted.schema, VERSIONS)
    declared = {table["name"]: table for table in wanted.tables}
    for (tables,) in connection.run(f"SELECT tables FROM {versions} ORDER BY number").fetchall():  # noqa: S608
        for old in tables:
            new: Any = declared.get(old["name"], old)
            if (old["key"], old["sort"]) != (new["key"], new["sort"]):
                raise DeclarationError(
                    f'table "{old["name"]}" was made with {_keys(old)}, but is now declared with {_keys(new)}: '
                    "declare a table with another name, and copy the rows"
                )


def _keys(shape: Shape) -> str:
    parts = {"key": shape["key"], "sort": shape["sort"]}
    return " and ".join(
        f"the {kind} {part['name']} ({part['type']})" for kind, part in parts.items() if part is not None
    )


def _table(connection: Connection, schema: str, shape: Shape) -> list[str]:
    made, name = [], quoted(schema, shape["name"])
    if not _asked(connection, "SELECT to_regclass($1) IS NOT NULL", name):
        parts = {"key": shape["key"], "sort": shape["sort"]}
        typed = {column: TYPES[part["type"]] for column, part in parts.items() if part is not None}
        columns = "".join(f'"{column}" {kind} NOT NULL, ' for column, kind in typed.items())
        keys = ", ".join(f'"{column}"' for column in typed)
        connection.run(f"CREATE TABLE {name} ({columns}body jsonb NOT NULL, PRIMARY KEY ({keys}))")
        made.append(f"table {shape['name']}")
    there = made_indexes(connection, schema, [shape["name"]])
    for index in indexes_of(shape):
        if there.get(index.name) is False:  # a process that built it was killed
            connection.run(f"DROP INDEX CONCURRENTLY {quoted(schema, index.name)}")
        if not there.get(index.name):
            connection.run(f"CREATE INDEX CONCURRENTLY {quoted(index.name)} ON {name} ({index.on}) WHERE {index.where}")
            made.append(f"index {index.name}")
    return made
