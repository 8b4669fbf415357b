"""Tables in PostgreSQL when connections end, time is up, a process forks, or writers race."""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from hosts.container_tables import SHELF, client, database
from servers.postgres import Postgres as Server

from portable.base.logs import current
from portable.errors import Conflict, Throttled, Timeout, Unavailable
from portable.persistence.query import field
from portable_container.runtime.clients import Postgres
from portable_container.runtime.schema import migrate


def test_connections_that_the_server_has_closed_are_replaced(postgresql: Server, admin: Postgres, schema: str) -> None:
    migrate(admin, database(schema, SHELF))
    own = Postgres(postgresql.uri, most=2)
    rows = client(own, schema)
    rows.put({"owner": "a", "name": "x", "n": 0})

    def end_connections() -> None:
        statement = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = ANY ($1)"
        admin.rows(statement, [[pid for (pid,) in own.rows("SELECT pg_backend_pid()", [], "pid")]], "sessions")

    end_connections()
    assert rows.get("a", "x")["n"] == 0
    end_connections()
    time.sleep(0.6)
    rows.update("a", "x", add={"n": 1}, condition=field("n") == 0)
    own.close()


def test_a_connection_to_a_standby_is_replaced(postgresql: Server, admin: Postgres, schema: str) -> None:
    migrate(admin, database(schema, SHELF))
    own = Postgres(postgresql.uri, most=1)
    rows = client(own, schema)
    with admin.lend() as administrator:
        administrator.run("ALTER ROLE postgres SET default_transaction_read_only = on")  # as a standby answers
        try:
            with called(0.4), pytest.raises(Unavailable, match="read-only transaction"):
                rows.put({"owner": "a", "name": "x", "n": 0})
        finally:
            administrator.run("ALTER ROLE postgres RESET default_transaction_read_only")
    rows.put({"owner": "a", "name": "x", "n": 1})
    own.close()


class Call:
    def __init__(self, seconds: float) -> None:
        self.end = time.monotonic() + seconds

    def remaining(self) -> float:
        return self.end - time.monotonic()


@contextmanager
def called(seconds: float) -> Iterator[None]:
    """Be inside a call of a function that has so much time left."""
    token = current.set(Call(seconds))  # type: ignore[arg-type]
    try:
        yield
    finally:
        current.reset(token)


def test_a_call_waits_no_longer_than_its_function_may(postgresql: Server, admin: Postgres, schema: str) -> None:
    migrate(admin, database(schema, SHELF))
    own = Postgres(postgresql.uri, most=1)
    rows = client(own, schema)
    rows.put({"owner": "a", "name": "x", "n": 0})
    with admin.lend() as other, other.transaction():
        other.run(f'SELECT 1 FROM "{schema}".shelf FOR UPDATE')
        began = time.monotonic()
        with called(0.4), pytest.raises(Timeout, match=r"shelf.*did not answer within"):
            rows.put({"owner": "a", "name": "x", "n": 1})
        with own.lend(), called(0.1), pytest.raises(Throttled, match="all 1 connections to PostgreSQL are in use"):
            rows.get("a", "x")
        assert time.monotonic() - began < 2
    rows.put({"owner": "a", "name": "x", "n": 2})
    own.close()


def test_a_forked_process_makes_its_own_connections(admin: Postgres, schema: str) -> None:
    migrate(admin, database(schema, SHELF))
    rows = client(admin, schema)
    rows.put({"owner": "a", "name": "x", "n": 0})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # a fork beside threads, which is the case here
        child = os.fork()
    if child == 0:
        try:
            rows.update("a", "x", add={"n": 1})
            os._exit(0)
        finally:
            os._exit(1)
    assert os.waitpid(child, 0)[1] == 0
    assert rows.update("a", "x", add={"n": 1})["n"] == 2


def test_an_update_that_loses_a_race_locks_the_row(admin: Postgres, schema: str) -> None:
    migrate(admin, database(schema, SHELF))
    rows = client(admin, schema)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: rows.update("a", "x", add={"n": 1}), range(60)))
    assert rows.get("a", "x")["n"] == 60

    def claim(name: str) -> bool:
        try:
            with rows.transaction("pair") as writes:  # each requires that the other's row does not exist
                writes.require("left" if name == "right" else "right", ~field("owner").exists())
                writes.put({"owner": "pair", "name": name})
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(claim, ("left", "right"))) == [False, True]
