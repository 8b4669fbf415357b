"""Connections to PostgreSQL that end with the call that uses them: what psycopg makes, with a time limit for each wait.

This module imports psycopg. It is loaded when the first connection is made.
"""

from __future__ import annotations

from select import POLLIN, poll
from time import monotonic

import psycopg
from psycopg.pq import ConnStatus
from psycopg_pool import ConnectionPool

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, TypeVar

    from psycopg.abc import PQGen

    T = TypeVar("T")

QUIET_SECONDS = 30.0
"""A connection that was not used for longer is asked for an answer first: a network may have dropped it silently."""


class Late(psycopg.OperationalError, TimeoutError):
    """The server did not answer in time. The connection is closed, because its state is unknown."""


class Connection(psycopg.Connection[tuple["Any", ...]]):
    """A connection in autocommit mode. `limit` is how long it waits for an answer, in seconds."""

    limit: float | None = None
    used = 0.0

    def run(self, statement: str, values: Sequence[Any] = ()) -> psycopg.Cursor[tuple[Any, ...]]:
        """Run a statement with its values at $1, $2, … and return psycopg's cursor."""
        return self.execute(statement.encode(), values)

    def wait(self, gen: PQGen[T], interval: float = 0.1, timeout: float | None = None) -> T:
        """Wait for an answer. Raises Late after `limit` seconds."""
        try:
            return super().wait(gen, interval, self.limit if timeout is None else timeout)
        except psycopg.OperationalError as error:
            if error.sqlstate is None and self.pgconn.status == ConnStatus.OK:  # it works, so only time was up
                self.close()
                raise Late(f"the server did not answer within {self.limit:.1f} s") from error
            raise


def check(connection: Connection) -> None:
    """Raise psycopg's error if the server has closed a connection that waits in the pool."""
    waiting = poll()
    waiting.register(connection.fileno(), POLLIN)
    if waiting.poll(0) or monotonic() - connection.used > QUIET_SECONDS:  # an idle server says nothing but its end
        ConnectionPool.check_connection(connection)


def pool(conninfo: str, most: int, seconds: int, settings: str) -> ConnectionPool[Connection]:
    """Return a pool of up to `most` connections. It makes each when it is needed, within `seconds`.

    `settings` is the SQL that a new connection runs first.
    """

    def configure(connection: Connection) -> None:
        connection.run(settings)
        connection.used = monotonic()

    return ConnectionPool(
        conninfo,
        connection_class=Connection,
        kwargs={
            "autocommit": True,
            "connect_timeout": seconds,
            "cursor_factory": psycopg.RawCursor,  # $1, so that operators with ? and % need no escapes
            "fallback_application_name": "portable",
        },
        min_size=0,
        max_size=most,
        timeout=seconds,
        max_idle=300,
        configure=configure,
        check=check,
        open=True,
        name="portable",
    )
