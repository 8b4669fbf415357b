"""Connections to PostgreSQL that end with the call that uses them: what psycopg makes, with a time limit for each wait.

This module imports psycopg. It is loaded when the first connection is made.
"""

from __future__ import annotations

from queue import Empty, SimpleQueue
from select import POLLIN, poll
from time import monotonic

import psycopg
from psycopg.pq import ConnStatus, TransactionStatus
from psycopg_pool import ConnectionPool, PoolTimeout

from portable.errors import Throttled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, TypeVar

    from psycopg.abc import PQGen

    T = TypeVar("T")

REST_SECONDS = 0.5
"""A connection that rested for longer is looked at before it is used: the server may have closed it."""
QUIET_SECONDS = 30.0
"""One that rested for longer is asked for an answer: a network may have dropped it silently."""
OWN_NAMES = "SET search_path = ''"
"""Only PostgreSQL's own functions have short names: one in the schema `public` may be nearer, and whoever calls it lends it its rights."""
READ_ONLY = "25006"
"""What a standby says of a write."""
LONGEST_SECONDS = 600.0
"""How long a connection stays at hand. Then it goes through the pool, which ends connections in time."""


class Late(psycopg.OperationalError, TimeoutError):
    """The server did not answer in time. The connection is closed, because its state is unknown."""


class Connection(psycopg.Connection[tuple["Any", ...]]):
    """A connection in autocommit mode. `limit` is how long it waits for an answer, in seconds."""

    limit: float | None = None
    used = 0.0
    taken = 0.0
    _cursor: psycopg.Cursor[tuple[Any, ...]] | None = None

    def run(self, statement: str, values: Sequence[Any] = ()) -> psycopg.Cursor[tuple[Any, ...]]:
        """Run a statement with its values at $1, $2, … and return psycopg's cursor."""
        return self.execute(statement.encode(), values)

    def rows(self, statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        """Run a statement and return its rows. It uses one cursor again and again, because a new one costs 10 us."""
        cursor = self._cursor
        if cursor is None:
            cursor = self._cursor = self.cursor()
        cursor.execute(statement.encode(), values)
        result = cursor.pgresult
        return cursor.fetchall() if result is not None and result.nfields else []

    def wait(self, gen: PQGen[T], interval: float = 0.1, timeout: float | None = None) -> T:
        """Wait for an answer. Raises Late after `limit` seconds, and psycopg's errors with the server's message alone."""
        try:
            return super().wait(gen, interval, self.limit if timeout is None else timeout)
        except psycopg.Error as error:
            late = isinstance(error, psycopg.OperationalError) and error.sqlstate is None
            if late and self.pgconn.status == ConnStatus.OK:  # it works, so only time was up
                self.close()
                raise Late(f"the server did not answer within {self.limit:.1f} s") from error
            if error.sqlstate == READ_ONLY:
                self.close()  # the address may lead to another server by now, which takes what a standby refuses
            if error.diag.message_primary is not None:
                error.args = (f"{error.diag.message_primary} ({error.sqlstate})",)  # its details hold values of rows
            raise


def check(connection: Connection) -> None:
    """Raise psycopg's error if a connection that rested in the pool does not work any more."""
    rested = monotonic() - connection.used
    if rested > REST_SECONDS:
        waiting = poll()
        waiting.register(connection.fileno(), POLLIN)
        if rested > QUIET_SECONDS or waiting.poll(0):  # an idle server says nothing but its end
            connection.limit = QUIET_SECONDS / 10
            ConnectionPool.check_connection(connection)


class Pool(ConnectionPool[Connection]):
    """Connections in autocommit mode that are made when they are needed."""

    def __init__(self, conninfo: str, most: int, seconds: int, settings: str) -> None:
        """`most` is how many there are at most, `seconds` how long making one may take.

        `settings` is the SQL that a new connection runs first.
        """

        def configure(connection: Connection) -> None:
            connection.run(f"{OWN_NAMES}; {settings}")
            connection.used = monotonic()

        self._seconds = seconds
        self._free: SimpleQueue[None] = SimpleQueue()  # a semaphore of `threading` costs 5 us
        for _ in range(most):
            self._free.put(None)
        self._last: list[Connection] = []
        super().__init__(
            conninfo,
            connection_class=Connection,
            kwargs=_options(seconds),
            min_size=0,
            max_size=most,
            max_idle=300,
            configure=configure,
            check=check,
            open=True,
            name="portable",
        )

    def take(self, limit: float) -> Connection:
        """Return a connection that waits up to `limit` seconds for each answer. `give` must be called with it.

        Raises Throttled if all are in use, or psycopg's error if none can be made.
        """
        try:
            self._free.get(timeout=min(limit, self._seconds))
        except Empty:
            raise Throttled(f"all {self.max_size} connections to PostgreSQL are in use") from None
        try:
            connection = self._last_one() or self.getconn(min(limit, self._seconds))
            connection.taken = connection.taken or monotonic()
        except PoolTimeout:
            self._free.put(None)
            connect(str(self.conninfo), self._seconds).close()  # the pool does not say why it has none
            raise
        except BaseException:
            self._free.put(None)
            raise
        connection.limit = limit
        return connection

    def give(self, connection: Connection) -> None:
        """Give a connection back. The last one is kept at hand: the way through the pool costs 20 us."""
        connection.used = monotonic()
        idle = connection.pgconn.transaction_status == TransactionStatus.IDLE
        if idle and not self._last and not self.closed and connection.used - connection.taken < LONGEST_SECONDS:
            self._last.append(connection)
        else:
            connection.taken = 0.0
            self.putconn(connection)
        self._free.put(None)

    def close(self, timeout: float = 5.0) -> None:
        """Close all connections."""
        super().close(timeout)
        while self._last:
            self.putconn(self._last.pop())

    def _last_one(self) -> Connection | None:
        try:
            connection = self._last.pop()
        except IndexError:
            return None
        try:
            check(connection)
        except psycopg.Error:
            self.putconn(connection)
            return None
        return connection


def connect(conninfo: str, seconds: int) -> Connection:
    """Return a connection of its own, made within `seconds`."""
    made = Connection.connect(conninfo, **_options(seconds))
    try:
        made.run(OWN_NAMES)
    except BaseException:
        made.close()
        raise
    return made


def _options(seconds: int) -> dict[str, Any]:
    return {
        "autocommit": True,
        "connect_timeout": seconds,
        "cursor_factory": psycopg.RawCursor,  # $1, so that operators with ? and % need no escapes
        "fallback_application_name": "portable",
    }
