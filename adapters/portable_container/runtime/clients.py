"""The clients of a container's engines that a process shares: takes nothing; returns connections to PostgreSQL.

PORTABLE_POSTGRES is the connection URI. Without it, libpq's own variables count (PGHOST, PGUSER, PGPASSWORD, …). TLS is the
URI's `sslmode` or PGSSLMODE. The first call makes a connection. A process that was forked makes its own.
"""

from __future__ import annotations

import os
from functools import cache
from time import monotonic

from portable.base.backoff import until_deadline, within
from portable.base.calls import Calls, Extra, passing
from portable.base.kept import Kept
from portable.base.logs import quiet
from portable.errors import ConfigurationError, Throttled
from portable_container.runtime.errors import classify

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType
    from typing import Any

    from psycopg_pool import ConnectionPool

    from portable_container.runtime.connections import Connection

CONNECTIONS = 10
"""The most connections of one process. A server takes 100 by default (max_connections), from all processes together."""
CONNECT_SECONDS = 5
STATEMENT_SECONDS = 10.0
"""The most that one statement may take. A call of a function waits no longer than its own deadline."""
SETTINGS = (
    f"SET statement_timeout = {int(STATEMENT_SECONDS * 950)}; "  # so the server ends it first
    f"SET idle_in_transaction_session_timeout = {int(STATEMENT_SECONDS * 1000)}; "  # frees what a lost process locked
    "SET timezone = 'UTC'; SET standard_conforming_strings = on"
)
_VARIABLES = ("PORTABLE_POSTGRES", "PGHOST", "PGPORT", "PGDATABASE", "PGUSER", "PGPASSWORD", "PGSSLMODE", "PGSERVICE")


class Postgres:
    """The connections of this process to one database."""

    def __init__(
        self, conninfo: str = "", remaining: Callable[[], float] = until_deadline, most: int = CONNECTIONS
    ) -> None:
        """`remaining` returns the seconds until the deadline."""
        self.conninfo = conninfo
        self.most = most
        self.calls = Calls(classify, remaining)
        self._kept = Kept()

    def pool(self) -> ConnectionPool[Connection]:
        """Return the pool. Raises ConfigurationError if psycopg is not installed or the URI cannot be read."""
        return self._kept.get("pool", self._make)  # type: ignore[no-any-return]

    def rows(
        self,
        statement: str,
        values: Sequence[Any],
        what: str,
        again: Callable[[Exception], bool] = passing,
    ) -> list[tuple[Any, ...]]:
        """Run one statement, which is its own transaction. Return its rows, or for a write the rows of RETURNING.

        It is retried while `again` accepts its error. `what` names the resource.
        """

        def run() -> list[tuple[Any, ...]]:
            with self.lend() as connection:
                cursor = connection.run(statement, values)
                return cursor.fetchall() if cursor.description is not None else []

        return self.calls.call(run, what, again)

    def lend(self) -> Lent:
        """Return a `with` block over a connection in autocommit mode."""
        return Lent(self)

    def close(self) -> None:
        """Close all connections. The next call opens new ones."""
        self.pool().close()
        self._kept = Kept()

    def _make(self) -> Any:
        with Extra("container", "psycopg"):
            from psycopg import ProgrammingError
            from psycopg.conninfo import conninfo_to_dict

            from portable_container.runtime.connections import pool
        try:
            conninfo_to_dict(self.conninfo)
        except ProgrammingError as error:
            raise ConfigurationError(
                f"PORTABLE_POSTGRES is no connection URI of PostgreSQL: {error}".strip()
            ) from error
        quiet("psycopg")
        return pool(self.conninfo, self.most, CONNECT_SECONDS, SETTINGS)


class Lent:
    """A `with` block over a connection. Raises Throttled if all connections are in use until the deadline."""

    __slots__ = ("_connection", "_pool", "_postgres")

    def __init__(self, postgres: Postgres) -> None:
        self._postgres = postgres

    def __enter__(self) -> Connection:
        pool = self._pool = self._postgres.pool()
        limit = within(STATEMENT_SECONDS)
        from psycopg_pool import PoolTimeout

        try:
            connection = pool.getconn(min(limit, CONNECT_SECONDS))
        except PoolTimeout as error:
            _why(self._postgres)
            raise Throttled(f"all {self._postgres.most} connections to PostgreSQL are in use") from error
        connection.limit = limit
        self._connection = connection
        return connection

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.used = monotonic()
        self._pool.putconn(self._connection)


def _why(postgres: Postgres) -> None:
    """Raise psycopg's error if no connection can be made. The pool says only that it has none."""
    import psycopg

    psycopg.connect(postgres.conninfo, connect_timeout=CONNECT_SECONDS).close()


def shared() -> Postgres:
    """Return the connections of this process. There is one set for each setting of the variables that libpq reads."""
    return _shared(*map(os.environ.get, _VARIABLES))


@cache
def _shared(*environment: str | None) -> Postgres:
    return Postgres(environment[0] or "")
