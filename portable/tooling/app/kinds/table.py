"""Tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portable.errors import DeclarationError
from portable.persistence.shape import Shape, describe
from portable.persistence.table import Table
from portable.persistence.writes import Require
from portable.tooling.app.kinds.kind import ResourceKind
from portable.tooling.app.readable import unreadable


def problem(table: Table, types: tuple[Any, ...]) -> str | None:
    """Return why a table cannot work, or why a client's row type, as in `TableReader[Order]`, is not the table's."""
    if types and table.row is None:
        return "has a row type, but the table declares none: write Table(…, row=…)"
    if types and types[0] is not table.row:
        return f"has rows of {types[0].__name__}, but the table declares {table.row.__name__}"
    if table.row is not None and (why := unreadable(table.row)) is not None:
        return f'uses the table "{table.name}", whose rows cannot be read: {why}'
    try:
        Shape(table)
    except DeclarationError as error:
        return f"uses a table that cannot work: {error.message}"
    return None


def facts(table: Table) -> Mapping[str, Any]:
    """Return the stored names and types of the fields that a store must know: {"name", "type"} for each key."""
    return {name: value for name, value in describe(table).items() if name != "name"}


def wrote(method: str, writes: Any) -> tuple[str, ...] | None:
    """Return what a call with several writes has done: a `Require` writes nothing."""
    if method not in ("batch_write", "transact"):
        return None
    return tuple(sorted({type(write).__name__.lower() for write in writes if not isinstance(write, Require)}))


RESOURCE = ResourceKind(
    "table",
    Table,
    typed=lambda options: bool(options.get("row")),
    problem=problem,
    facts=facts,
    wrote=wrote,
    needs={
        "batch_get": ("get",),
        "scan": ("query",),
        "batch_write": ("put", "delete"),
        "transact": ("put", "update", "delete"),
    },
)
