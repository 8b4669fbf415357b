"""Who changes a schema: one process at a time. Takes a schema; returns when no other process changes it, and says for whom it waits.

The lock is one of the table of versions that only its owner may take: an advisory lock could be taken by whoever may sign
in. It is held by a connection of its own, because an index is built concurrently outside of any transaction. Nobody waits
inside a statement: who does may hold a snapshot, and an index that is built concurrently waits for all older snapshots.
"""

from __future__ import annotations

import logging
import time
from contextlib import contextmanager
from threading import Event, Thread

from portable_container.runtime.persistence_columns import quoted
from portable_container.runtime.schema_work import VERSIONS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from portable_container.runtime.clients import Postgres
    from portable_container.runtime.connections import Connection

LOCK_SECONDS = 600
"""How long a process waits for another one that migrates: building an index takes long in a large table."""
TOLD_SECONDS = 10.0
"""How often it says for whom it waits."""
_AGAIN_SECONDS = 0.1
_WHO = (
    "SELECT DISTINCT a.pid, coalesce(a.usename, ''), coalesce(a.application_name, ''), a.xact_start FROM {of} "
    "JOIN pg_stat_activity AS a USING (pid) ORDER BY 1"
)
_HOLDERS = _WHO.format(
    of="(SELECT pid FROM pg_locks WHERE locktype = 'relation' AND granted AND relation = to_regclass($1) "
    "AND mode = 'ShareUpdateExclusiveLock' AND pid <> pg_backend_pid()) AS l"
)
_BLOCKING = _WHO.format(of="unnest(pg_blocking_pids($1)) AS l (pid)")
_log = logging.getLogger("portable")


@contextmanager
def alone(postgres: Postgres, connection: Connection, schema: str) -> Iterator[None]:
    """Hold the lock of the schema, whose table of versions exists, and say what holds `connection` up meanwhile.

    Raises Throttled after LOCK_SECONDS.
    """
    with postgres.connect() as guard, postgres.connect() as looking:
        guard.run("SET idle_in_transaction_session_timeout = 0")
        _take(guard, looking, quoted(schema, VERSIONS), schema)
        ended = Event()
        watching = Thread(target=_watch, args=(looking, connection.info.backend_pid, ended), daemon=True)
        watching.start()
        try:
            yield
        finally:
            ended.set()
            watching.join()


def _take(guard: Connection, looking: Connection, table: str, schema: str) -> None:
    from portable.errors import Throttled

    begun = told = time.monotonic()
    told -= TOLD_SECONDS
    while not _locked(guard, looking, table):
        now, who = time.monotonic(), _named(looking, _HOLDERS, table)
        if now - begun > LOCK_SECONDS:
            raise Throttled(f"another process has been changing the schema {schema} for {LOCK_SECONDS} s: {who}")
        if now - told >= TOLD_SECONDS and who:
            told = now
            _log.warning("waits for another process that changes the schema %s: %s", schema, who)
        time.sleep(_AGAIN_SECONDS)


def _locked(guard: Connection, looking: Connection, table: str) -> bool:
    """Return whether the guard holds the lock now. It asks only when nobody seems to hold it: each refusal is logged by the server."""
    from psycopg.errors import LockNotAvailable

    if looking.run(_HOLDERS, [table]).fetchone() is not None:
        return False
    guard.run("BEGIN")
    try:
        guard.run(f"LOCK TABLE {table} IN SHARE UPDATE EXCLUSIVE MODE NOWAIT")
    except LockNotAvailable:
        guard.run("ROLLBACK")
        return False
    return True


def _watch(looking: Connection, pid: int, ended: Event) -> None:
    """Say for whom a statement waits, such as a transaction that an index which is built waits for."""
    import psycopg

    while not ended.wait(TOLD_SECONDS):
        try:
            who = _named(looking, _BLOCKING, pid)
        except psycopg.Error:  # the statement itself will tell
            return
        if who:
            _log.warning("waits for %s", who)


def _named(looking: Connection, statement: str, value: Any) -> str:
    found = looking.run(statement, [value]).fetchall()
    return ", ".join(
        f'process {pid} of the server (role {role}, application "{application}"{f", since {since:%H:%M:%S}" if since else ""})'
        for pid, role, application, since in found
    )
