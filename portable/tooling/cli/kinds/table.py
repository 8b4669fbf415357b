"""`portable table NAME get | query | put | delete`: the rows of a table, on this machine or in a stage, as JSON."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from portable.errors import PortableError
from portable.tooling.cli.options import App, Json
from portable.tooling.cli.stored import (
    DIST,
    Agreed,
    Artifacts,
    Limit,
    Lines,
    OnStage,
    OnTarget,
    Printer,
    agree,
    agree_there,
    check_folder,
    data_of,
    named,
    some,
)

if TYPE_CHECKING:
    from portable.persistence.table import Table

table = typer.Typer(no_args_is_help=True)
Key = Annotated[str, typer.Argument(help="The key of the row.")]
Sort = Annotated[
    str | None, typer.Option("--sort", help="The sort value of the row, where the table has a sort field.")
]
LOOKED_AT = 100
"""How many rows are looked at for a field that no row has met."""
COLUMNS = 8
"""How many fields have a column of their own."""


@table.callback()
def of(name: Annotated[str, typer.Argument(metavar="NAME", help="The name of a table of the app.")]) -> None:
    """Look at the rows of a table of `portable dev`, or of a stage with --stage, and change them."""


@table.command()
def get(
    context: typer.Context,
    key: Key,
    app: App = Path(),
    sort: Sort = None,
    stage: OnStage = None,
    target: OnTarget = None,
    out: Artifacts = DIST,
    as_json: Json = False,
) -> None:
    """Show one row as JSON. What is written for moments and bytes, `put` reads."""
    from portable.persistence.clients import TableReader
    from portable.tooling.dev import words
    from portable.tooling.dev.stored.rows import plain_table, row_data

    with data_of(app, as_json, context, stage, target, out) as (stored, printer):
        declared, typed = plain_table(stored.app, named(context))
        row = TableReader[Any](declared, stored.drivers).get(*pair_of(declared, key, sort), consistent=True)
        data = row_data(row, typed=typed)
        if as_json:
            printer.data(data)
        else:
            typer.echo(words.pretty(printer.hidden(data)))


@table.command()
def query(
    context: typer.Context,
    app: App = Path(),
    key: Annotated[str, typer.Option("--key", help="Only rows with this key, in the order of the sort field.")] = "",
    index: Annotated[str, typer.Option("--index", help="With --key: a key of this index.")] = "",
    where: Annotated[
        str, typer.Option("--where", help='Only rows that this holds for: "state == open", "price > 2", "note has".')
    ] = "",
    limit: Limit = 50,
    stage: OnStage = None,
    target: OnTarget = None,
    out: Artifacts = DIST,
    as_json: Lines = False,
) -> None:
    """Show the rows of a table, or those of one key."""
    from portable.persistence.clients import TableReader
    from portable.tooling.dev.stored.conditions import condition, read, unknown
    from portable.tooling.dev.stored.rows import Rows, plain_table, row_data

    if index and not key:
        raise typer.BadParameter("give --key together with --index", param_hint="--index")
    check_folder(app, "--key")
    compared = read(where) if where else ("", "", "")
    asked = condition(*compared)
    with data_of(app, as_json, context, stage, target, out) as (stored, printer):
        declared, typed = plain_table(stored.app, named(context))
        rows, reader = Rows(declared), TableReader[Any](declared, stored.drivers)
        if key:
            wanted, by = rows.typed_key(key, index or None), index or None
            pages = partial(reader.query, wanted, filter=asked, index=by)
        else:
            pages = partial(reader.scan, asked)
        found = list(some(lambda most, page: pages(limit=most, page=page), limit))
        if found and as_json:
            for row in found:
                printer.data(row_data(row, typed=typed))
        elif found:
            _show(printer, rows.keys, found)
        else:
            why = unknown(compared[0], reader.scan(limit=LOOKED_AT).items) if where else ""
            typer.echo(f"no rows: {why}" if why else "no rows", err=True)


@table.command()
def put(
    context: typer.Context,
    row: Annotated[str, typer.Argument(help="The row as JSON; @FILE reads a file, - reads stdin.")],
    app: App = Path(),
    new: Annotated[bool, typer.Option("--new", help="Refuse to replace a row that is there.")] = False,
    literal: Annotated[bool, typer.Option("--literal", help="Store *** as it stands: it hides no secret.")] = False,
    stage: OnStage = None,
    target: OnTarget = None,
    out: Artifacts = DIST,
    yes: Agreed = False,
    as_json: Json = False,
) -> None:
    """Put a row, or replace it as a whole. It must fit the row type of the table. In a stage it asks first.

    Where *** stands for a secret in the row that is there, the secret stays.
    """
    from portable.settings.redaction import HIDDEN
    from portable.tooling.dev.stored.fitting import fitted
    from portable.tooling.dev.stored.hidden import restored
    from portable.tooling.dev.stored.rows import Rows, plain_table

    text = given(row)
    with data_of(app, as_json, context, stage, target, out) as (stored, printer):
        declared, typed = plain_table(stored.app, named(context))
        rows = Rows(declared)
        fits = fitted(app, stored.settings, declared.name, text, printer.hidden) if typed else rows.as_stored(text)
        if not literal and HIDDEN in text and printer.hides:
            fits = restored(fits, rows.read(stored.drivers, fits), printer.hidden)
        agree_there(stored, f"Put the row {rows.named(fits)} into {declared.name}", yes)
        rows.put_stored(stored.drivers, fits, if_absent=new)
        if as_json:
            printer.data({"table": declared.name, "put": True})
        else:
            printer.text(f"The row was put into {declared.name}{stored.there}")


@table.command()
def delete(
    context: typer.Context,
    key: Key,
    app: App = Path(),
    sort: Sort = None,
    stage: OnStage = None,
    target: OnTarget = None,
    out: Artifacts = DIST,
    yes: Agreed = False,
    as_json: Json = False,
) -> None:
    """Delete a row, after asking."""
    from portable.persistence.clients import TableReadWriter
    from portable.tooling.dev.stored.rows import plain_table

    with data_of(app, as_json, context, stage, target, out) as (stored, printer):
        declared, _ = plain_table(stored.app, named(context))
        client, pair = TableReadWriter[Any](declared, stored.drivers), pair_of(declared, key, sort)
        client.get(*pair, consistent=True)  # which says so when there is none
        agree(f"Delete the row {' '.join(filter(None, (key, sort)))} of {declared.name}{stored.there}?", yes)
        client.delete(*pair)
        if as_json:
            printer.data({"table": declared.name, "deleted": 1})
        else:
            printer.text(f"The row was deleted from {declared.name}{stored.there}")


def pair_of(declared: Table, key: str, sort: str | None) -> tuple[Any, Any]:
    """Return the values of a row's key. Raises PortableError for a sort value that is missing, or is too much."""
    from portable.tooling.dev.stored.rows import Rows

    rows = Rows(declared)
    if rows.sort is not None and sort is None:
        raise PortableError(
            f"rows of {declared.name} are found by {rows.keys[0]} and {rows.sort}: give the latter with --sort"
        )
    if rows.sort is None and sort is not None:
        raise PortableError(f"rows of {declared.name} are found by {rows.keys[0]} alone: leave --sort out")
    return rows.pair(key, sort or "")


def given(text: str) -> str:
    """Return a text, that of the file it names after an @, or stdin for -. Raises a usage error."""
    try:
        if text == "-":
            return sys.stdin.read()
        return Path(text[1:]).read_text(encoding="utf-8") if text.startswith("@") else text
    except (OSError, UnicodeDecodeError) as error:
        raise typer.BadParameter(f"{text[1:]}: {getattr(error, 'strerror', None) or error}") from error


def _show(printer: Printer, keys: list[str], rows: list[dict[str, Any]]) -> None:
    from portable.tooling.dev import words

    names = list(dict.fromkeys([*keys, *(name for row in rows for name in row)]))
    shown = names[:COLUMNS]
    cells = [[words.cell(row[name]) if name in row else "" for name in shown] for row in rows]
    printer.columns([shown, *cells])
    if len(names) > COLUMNS:
        typer.echo(f"note: {len(names) - COLUMNS} more fields; --json shows all", err=True)
