"""The clients of a container's engines that a process shares: takes nothing; returns connections to PostgreSQL.

PORTABLE_POSTGRES is the connection URI. Without it, libpq's own variables count (PGHOST, PGUSER, PGPASSWORD, …). TLS is the
URI's `sslmode` or PGSSLMODE. The first call makes a connection. A process that was forked makes its own.
"""

from __future__ import annotations

import logging
import os
from contextlib import contextmanager
from functools import cache

from portable.base.backoff import until_deadline, within
from portable.base.calls import Calls, Extra, passing
from portable.base.kept import Kept
from portable.base.logs import quiet
from portable.errors import ConfigurationError
from portable_container.runtime.errors import classify

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Any

    from portable_container.runtime.connections import Connection, Pool

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
LIBPQ = ("PORTABLE_POSTGRES", "PGHOST", "PGHOSTADDR", "PGSERVICE", "PGDATABASE", "PGUSER")
"""The variables that say where the server is. Without any of them libpq would try a socket of this machine."""
_VARIABLES = (*LIBPQ, "PGPORT", "PGPASSWORD", "PGSSLMODE")


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

    def pool(self) -> Pool:
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
            pool = self.pool()
            connection = pool.take(within(STATEMENT_SECONDS))
            try:
                return connection.rows(statement, values)
            finally:
                pool.give(connection)

        return self.calls.call(run, what, again)

    @contextmanager
    def lend(self) -> Iterator[Connection]:
        """Lend a connection in autocommit mode. Raises psycopg's errors, and Throttled if all are in use."""
        pool = self.pool()
        connection = pool.take(within(STATEMENT_SECONDS))
        try:
            yield connection
        finally:
            pool.give(connection)

    def connect(self, seconds: int = CONNECT_SECONDS) -> Connection:
        """Return a new connection without time limits, made within `seconds`. Raises psycopg's errors."""
        self.pool()  # tells what is wrong with the URI
        from portable_container.runtime.connections import connect

        return connect(self.conninfo, seconds)

    def apart(self) -> Connection:
        """Return a new connection without time limits, for a `with` block that ends it. It waits for a server that starts."""
        return self.calls.call(self.connect, "PORTABLE_POSTGRES")

    def close(self) -> None:
        """Close all connections. The next call opens new ones."""
        self.pool().close()
        self._kept = Kept()

    def _make(self) -> Any:
        if not self.conninfo and not any(map(os.environ.get, LIBPQ)):
            raise ConfigurationError(
                "PORTABLE_POSTGRES is not set: it is the connection URI of PostgreSQL, such as postgresql://user:password@host:5432/database"
            )
        with Extra("container", "psycopg"):
            from psycopg import ProgrammingError
            from psycopg.conninfo import conninfo_to_dict

            from portable_container.runtime.connections import Pool
        try:
            found = conninfo_to_dict(self.conninfo)
        except ProgrammingError:
            found = None  # libpq's words hold parts of the URI, and these may be the password
        if found is None or not _is_clear(self.conninfo, found):
            raise ConfigurationError(
                "PORTABLE_POSTGRES is no connection URI of PostgreSQL: write postgresql://user:password@host:5432/database, with "
                "percent-escapes in the user and the password, such as %40 for @ and %25 for %, and parameters of libpq after ?"
            )
        quiet("psycopg")
        quiet("psycopg.pool", logging.ERROR)  # each failed connection is told by what needed it
        return Pool(self.conninfo, self.most, CONNECT_SECONDS, SETTINGS)


def _is_clear(conninfo: str, found: Mapping[str, Any]) -> bool:
    """Return whether libpq reads the password of a connection string as nothing else: its errors tell hosts, ports and names.

    A / in a password ends the host, a ? the database.
    """
    _, is_uri, rest = conninfo.partition("://")
    ports = str(found.get("port", "")).replace(",", "")
    return (
        "@" not in str(found.get("host", ""))
        and (not ports or ports.isdigit())
        and not (is_uri and "@" in rest.partition("/")[2])
    )


def shared() -> Postgres:
    """Return the connections of this process. There is one set for each setting of the variables that libpq reads."""
    return _shared(*map(os.environ.get, _VARIABLES))


@cache
def _shared(*environment: str | None) -> Postgres:
    return Postgres(environment[0] or "")
