"""What an app needs of PostgreSQL: its functions and resources in, the `Database` that the image migrates out."""

from __future__ import annotations

from collections.abc import Iterable

from portable.tooling.app.model import ResourceModel
from portable.tooling.infra.blueprint import DeployedFunction
from portable_container.runtime.schema_database import Database
from portable_container.runtime.schema_roles import scheduler_actions

SCHEDULER = "schedule"
"""The identity that fires schedules. No function has this name: the role of the image has it."""


def role_name(schema: str, identity: str) -> str:
    """Return the role of an identity. PostgreSQL cuts a name off after 63 bytes, so a longer one ends with a digest."""
    name = f"{schema}_{identity}"
    if len(name.encode()) <= 63:
        return name
    from hashlib import sha256

    return f"{name[:54]}_{sha256(name.encode()).hexdigest()[:8]}"


def database(schema: str, functions: Iterable[DeployedFunction], resources: Iterable[ResourceModel]) -> Database:
    """Return the tables, and a role for each identity with what its functions may do. `schema` is `<app>_<stage>`."""
    tables = tuple({"name": found.name, **found.options} for found in resources if found.kind == "table")
    actions: dict[str, dict[str, set[str]]] = {}
    for function in functions:
        held = actions.setdefault(function.identity, {})
        for grant in function.grants:
            if grant.kind == "table":
                held.setdefault(grant.resource, set()).update(grant.actions)
    roles = {
        role_name(schema, identity): {table: tuple(sorted(found)) for table, found in held.items()}
        for identity, held in actions.items()
    }
    bare = Database(schema, tables)
    return Database(schema, tables, {**roles, role_name(schema, SCHEDULER): scheduler_actions(bare)})
