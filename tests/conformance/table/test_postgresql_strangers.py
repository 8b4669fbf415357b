"""PostgreSQL among other roles: what they cannot do to a migration, to a database that is an app's alone, and to its functions."""

from __future__ import annotations

import traceback
from concurrent.futures import ThreadPoolExecutor

import pytest
from hosts.container_tables import SHELF, database
from psycopg.errors import InsufficientPrivilege
from servers.postgres import Postgres as Server
from servers.waiting import until

from portable.errors import PermissionDenied, PortableError
from portable.persistence.table import Index, Key, Table
from portable_container.runtime import schema_alone
from portable_container.runtime.clients import Postgres
from portable_container.runtime.schema import migrate, prune
from portable_container.runtime.schema_database import Database
from portable_container.runtime.schema_roles import set_password, shut

INDEXED = Table("shelf", key="owner", sort="name", indexes=(Index("by_kind", key="kind", sort=Key("n", int)),))
LIVES = Table("lives", key="id", ttl="ends")


def test_a_migration_says_for_whom_it_waits_and_no_role_of_a_function_can_hold_it_up(
    postgresql: Server, admin: Postgres, schema: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(schema_alone, "TOLD_SECONDS", 0.2)
    role, lock = f"{schema}_writer", "LOCK TABLE {}.portable_versions IN SHARE UPDATE EXCLUSIVE MODE"
    first = database(schema, SHELF, **{role: {"shelf": ("put",)}})
    migrate(admin, first)
    with admin.apart() as connection:
        set_password(connection, role, "secret-1")
    writer = Postgres(postgresql.uri_of(role, "secret-1") + "&application_name=slow", most=1)
    with writer.apart() as connection:
        connection.run("SELECT pg_advisory_lock(hashtextextended($1, 0))", [f"portable {schema}"])
        with pytest.raises(InsufficientPrivilege), connection.transaction():
            connection.run(lock.format(f'"{schema}"'))
        assert migrate(admin, database(schema, SHELF, LIVES)) != []

    def told(holder: Postgres, statement: str, wanted: Database) -> str:
        caplog.clear()
        with ThreadPoolExecutor(1) as pool, holder.apart() as connection:
            connection.run("BEGIN")
            connection.run(statement)
            waiting = pool.submit(migrate, admin, wanted)
            until(lambda: caplog.messages, bool)
            assert (
                f"process {connection.info.backend_pid} of the server (role {connection.info.user}"
                in caplog.messages[0]
            )
            connection.run("ROLLBACK")
            assert waiting.result(20) != []
        return caplog.messages[0]

    others = database(schema, SHELF, LIVES, Table("others", key="id"))
    assert told(admin, lock.format(f'"{schema}"'), others).startswith(
        "waits for another process that changes the schema"
    )
    writing = f"INSERT INTO \"{schema}\".shelf (key, sort, body) VALUES ('a', 'b', '{{}}')"
    assert 'application "slow"' in told(writer, writing, database(schema, INDEXED, LIVES))
    writer.close()


def test_a_database_that_is_an_apps_alone_is_shut_for_other_roles(
    postgresql: Server, admin: Postgres, schema: str
) -> None:
    admin.rows("CREATE DATABASE alone", [], "a database")
    admin.rows("CREATE ROLE stranger LOGIN PASSWORD 'secret-1'", [], "a role")
    uri = postgresql.uri.replace("/postgres?", "/alone?")
    own, role = Postgres(uri, most=1), f"{schema}_reader"
    migrate(own, database(schema, SHELF, **{role: {"shelf": ("get",)}}))
    with own.apart() as connection:
        set_password(connection, role, "secret-1")
        assert shut(connection) == ["the database alone is shut for all other roles"]
    uris = {name: postgresql.uri_of(name, "secret-1").replace("/postgres?", "/alone?") for name in (role, "stranger")}
    reader = Postgres(uris[role], most=1)
    assert reader.rows("SELECT count(*) FROM " + f'"{schema}".shelf', [], "rows") == [(0,)]
    with pytest.raises(PermissionDenied, match="temporary tables"):
        reader.rows("CREATE TEMPORARY TABLE big (n int)", [], "a table")
    with pytest.raises(PermissionDenied, match="permission denied for database"):
        Postgres(uris["stranger"]).apart()
    reader.close()
    own.close()


def test_what_an_error_tells_has_no_value_of_a_row(admin: Postgres, schema: str) -> None:
    migrate(admin, database(schema, SHELF))
    insert = f"INSERT INTO \"{schema}\".shelf (key, sort, body) VALUES ('an owner', 'a secret name', '{{}}')"
    admin.rows(insert, [], "rows")
    for statement in (
        insert,
        f"ALTER TABLE \"{schema}\".shelf ADD CHECK (key <> 'an owner')",
        "SELECT 'a secret'::jsonb",
    ):
        with pytest.raises(PortableError) as caught:
            admin.rows(statement, [], "the shelf")
        said = "".join(traceback.format_exception(caught.value)).replace(repr(statement), "")
        assert "an owner" not in said.replace(statement, "")
        assert "secret" not in said.replace(statement, "")
        assert caught.value.__cause__ is not None
        assert str(caught.value).endswith(f"({caught.value.__cause__.sqlstate})")  # type: ignore[attr-defined]


def test_functions_that_another_role_put_into_the_schema_public_are_not_called(
    postgresql: Server, admin: Postgres, schema: str
) -> None:
    admin.rows("CREATE DATABASE shared", [], "a database")
    own = Postgres(postgresql.uri.replace("/postgres?", "/shared?"), most=1)
    called = "CREATE FUNCTION public.{} RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE 'called by %', current_user; END $$"
    try:
        for signature in (
            "starts_with(name, text)",
            "has_database_privilege(name, text)",
        ):  # nearer than those of PostgreSQL
            own.rows(called.format(signature), [], "a function")
        first, second = (
            database(schema, table, **{f"{schema}_reader": {"shelf": ("get",)}}) for table in (SHELF, INDEXED)
        )
        migrate(own, first)
        migrate(own, second)
        prune(own, second)
        assert own.rows("SELECT current_schemas(false)", [], "the path") == [([],)]
    finally:
        own.close()
