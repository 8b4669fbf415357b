"""One role of PostgreSQL for each identity, with exact rights: what functions may do in, GRANT and REVOKE out.

A conditional write is decided by the stored row, so `put`, `update` and `delete` need SELECT too.
https://www.postgresql.org/docs/current/ddl-priv.html
"""

from __future__ import annotations

from portable.errors import DeclarationError
from portable_container.runtime.persistence_columns import quoted
from portable_container.runtime.schema_work import DUE, LEASES, VERSIONS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from portable_container.runtime.connections import Connection
    from portable_container.runtime.schema_database import Database

RIGHTS: dict[str, tuple[str, ...]] = {
    "get": ("SELECT",),
    "query": ("SELECT",),
    "put": ("SELECT", "INSERT", "UPDATE"),
    "update": ("SELECT", "INSERT", "UPDATE"),
    "delete": ("SELECT", "DELETE"),
    "schedule": ("SELECT", "INSERT", "UPDATE", "DELETE"),
    "sweep": ("SELECT", "DELETE"),
}
"""By action of a client. The last two are those of the schedule role: due moments, and the removal of expired rows."""


def scheduler_actions(wanted: Database) -> dict[str, tuple[str, ...]]:
    """Return what the schedule role does: its own tables, and removing expired rows."""
    swept = {table["name"]: ("sweep",) for table in wanted.tables if table["ttl"] is not None}
    return {LEASES: ("schedule",), DUE: ("schedule",), **swept}


def give(connection: Connection, wanted: Database) -> list[str]:
    """Make missing roles, which cannot sign in before they get a password, and give missing rights."""
    made, database = [], _database(connection)
    for role, actions in wanted.roles.items():
        if not connection.run("SELECT 1 FROM pg_roles WHERE rolname = $1", [role]).fetchall():
            connection.run(f"CREATE ROLE {quoted(role)} LOGIN")
            made.append(f"role {role}")
        connection.run(f"GRANT USAGE ON SCHEMA {quoted(wanted.schema)} TO {quoted(role)}")
        if database is not None:  # so that it may be taken from everybody else
            connection.run(f"GRANT CONNECT ON DATABASE {quoted(database)} TO {quoted(role)}")
        for table, right in sorted(needed(actions) - held(connection, wanted.schema, role)):
            connection.run(f"GRANT {right} ON {quoted(wanted.schema, table)} TO {quoted(role)}")
            made.append(f"{right} on {table} to {role}")
    return made


def shut(connection: Connection) -> list[str]:
    """Let nobody but roles with rights of their own connect to the database, make temporary tables there, or use the schema public."""
    ((database,),) = connection.rows("SELECT current_database()", ())
    connection.run(f"REVOKE CONNECT, TEMPORARY ON DATABASE {quoted(database)} FROM PUBLIC")
    connection.run("REVOKE ALL ON SCHEMA public FROM PUBLIC")
    return [f"the database {database} is shut for all other roles"]


def _database(connection: Connection) -> str | None:
    """Return the name of the database if this role may let others connect to it."""
    asked = "SELECT current_database(), has_database_privilege(current_database(), 'CONNECT WITH GRANT OPTION')"
    ((database, may),) = connection.rows(asked, ())
    return database if may else None


def take(connection: Connection, wanted: Database) -> list[str]:
    """Take the rights that this version does not need, also of identities that it has no more."""
    ours = connection.run(
        "SELECT DISTINCT r.rolname FROM pg_class AS c CROSS JOIN LATERAL aclexplode(c.relacl) AS a "
        "JOIN pg_roles AS r ON r.oid = a.grantee WHERE c.relnamespace = to_regnamespace($1) "
        "AND r.oid <> c.relowner AND starts_with(r.rolname, $2)",
        [quoted(wanted.schema), f"{wanted.schema}_"],
    )
    taken = []
    for role in sorted(wanted.roles.keys() | {name for (name,) in ours.fetchall()}):
        kept = needed(wanted.roles[role]) if role in wanted.roles else set()
        for table, right in sorted(held(connection, wanted.schema, role) - kept):
            connection.run(f"REVOKE {right} ON {quoted(wanted.schema, table)} FROM {quoted(role)}")
            taken.append(f"{right} on {table} of {role}")
    return taken


def needed(actions: Mapping[str, Iterable[str]]) -> set[tuple[str, str]]:
    """Return the rights that actions need, as pairs of a table and a right."""
    found = {(VERSIONS, "SELECT")}
    for table, names in actions.items():
        for name in names:
            if name not in RIGHTS:
                raise DeclarationError(f'"{name}" is no action on a table. There are: {", ".join(RIGHTS)}')
            found.update((table, right) for right in RIGHTS[name])
    return found


def held(connection: Connection, schema: str, role: str) -> set[tuple[str, str]]:
    """Return the rights that a role has been given in a schema."""
    found = connection.run(
        "SELECT c.relname, a.privilege_type FROM pg_class AS c CROSS JOIN LATERAL aclexplode(c.relacl) AS a "
        "WHERE c.relnamespace = to_regnamespace($1) AND a.grantee = (SELECT oid FROM pg_roles WHERE rolname = $2)",
        [quoted(schema), role],
    )
    return {(table, right) for table, right in found.fetchall()}


def set_password(connection: Connection, role: str, password: str) -> None:
    """Set the password of a role. The server gets and logs only a SCRAM verifier."""
    connection.pgconn.change_password(role.encode(), password.encode())
