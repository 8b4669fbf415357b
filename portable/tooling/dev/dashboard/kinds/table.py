"""Tables: browse, filter, put, edit and delete rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from portable.errors import Conflict, InvalidInput, InvalidValue, NotFound, PortableError
from portable.persistence.clients import TableReader, TableWriter
from portable.persistence.page import Page
from portable.persistence.table import Table
from portable.tooling.dev import words
from portable.tooling.dev.dashboard.desk import Desk
from portable.tooling.dev.dashboard.firing.types import sample
from portable.tooling.dev.dashboard.kinds.browsed import NO_PAGE, Browsed, Kept, why
from portable.tooling.dev.dashboard.posted import Form
from portable.tooling.dev.stored.conditions import OPERATORS, condition
from portable.tooling.dev.stored.hidden import restored
from portable.tooling.dev.stored.rows import Rows, row_text, unchanged

SHOWN = 50
"""How many rows a page shows."""
GIVEN = 50
"""How many rows a saved test has: the kit's table is empty otherwise."""
COLUMNS = 8
"""How many fields have a column of their own."""


def _show(desk: Desk, request: Request, table: Table) -> Response:
    rows, asked = Rows(table), request.query_params
    page, problem = Page[Any]([], None), ""
    try:
        page = _found(desk, rows, asked, asked.get("page") or None)
    except (InvalidValue, InvalidInput) as error:
        problem = str(error)
        if isinstance(error, InvalidValue) and error.value == asked.get("page"):
            page, problem = _found(desk, rows, asked), NO_PAGE
    names = list(dict.fromkeys([*rows.keys, *(name for row in page.items for name in row)]))
    return desk.page(
        "kinds/table.html",
        request,
        problem=problem,
        resource=table,
        rows=page.items,
        next=page.next,
        columns=names[:COLUMNS],
        more=len(names) > COLUMNS,
        keys=rows.keys,
        sort=rows.sort,
        key_of=rows.key_text,
        asked={name: asked.get(name, "") for name in ("key", "field", "operator", "value", "index")},
        indexes=[index.name for index in table.indexes],
        operators=OPERATORS,
    )


def _found(desk: Desk, rows: Rows, asked: Any, page: str | None = None) -> Page[Any]:
    reader = TableReader[Any](rows.plain, desk.engine.drivers)
    wanted = condition(asked.get("field", ""), asked.get("operator", "=="), asked.get("value", ""))
    if not asked.get("key"):
        return reader.scan(filter=wanted, limit=SHOWN, page=page)
    index = asked.get("index") or None
    return reader.query(rows.typed_key(asked["key"], index), limit=SHOWN, filter=wanted, index=index, page=page)


def _told(desk: Desk, table: Table) -> str:
    found = TableReader[Any](Rows(table).plain, desk.engine.drivers).scan(limit=100)
    return words.counted(len(found.items), "row") if found.next is None else "more than 100 rows"


def _row(desk: Desk, request: Request, table: Table) -> Response:
    rows, asked = Rows(table), request.query_params
    if not asked.get("key"):
        return _form(desk, request, rows, blank(rows), "", "")
    return _stored(desk, request, rows, asked["key"], asked.get("sort", ""))


def _stored(desk: Desk, request: Request, rows: Rows, key: str, sort: str, problem: str = "") -> Response:
    return _form(desk, request, rows, _text(rows, _read(desk, rows, key, sort)), key, sort, problem=problem)


def blank(rows: Rows) -> str:
    """Return the text of a row to begin with."""
    return words.pretty(sample(rows.table.row) if rows.table.row is not None else rows.empty())


def _form(
    desk: Desk, request: Request, rows: Rows, text: str, key: str, sort: str, seen: str = "", problem: str = ""
) -> Response:
    return desk.page(
        "kinds/row.html",
        request,
        problem=problem,
        resource=rows.table,
        text=text,
        key=key,
        sort=sort,
        hidden=desk.hide.hides(text),
        seen=(seen or desk.seal(text)) if key else "",
        row_type=getattr(rows.table.row, "__name__", ""),
    )


def _read(desk: Desk, rows: Rows, key: str, sort: str) -> dict[str, Any]:
    found: dict[str, Any] = TableReader[Any](rows.plain, desk.engine.drivers).get(
        *rows.pair(key, sort), consistent=True
    )
    return found


def _text(rows: Rows, row: dict[str, Any]) -> str:
    return row_text(row, typed=rows.table.row is not None)


def _seen(desk: Desk, form: Form, rows: Rows) -> dict[str, Any] | None:
    """Return the row that the page of a form was about, None for a new one. Raises Conflict if it is another one now."""
    seen = form.text("seen")
    if not seen:
        return None
    try:
        now = _read(desk, rows, form.text("key"), form.text("sort"))
    except NotFound as error:
        raise Conflict("the row was deleted since this page was loaded") from error
    if desk.seal(_text(rows, now)) != seen:
        raise Conflict("the row has changed since this page was loaded: load it again, then make your change")
    return now


def _put(desk: Desk, form: Form, table: Table) -> Response:
    rows = Rows(table)
    now, new = _seen(desk, form, rows), rows.as_stored(form.text("row"))
    if now is not None and rows.named(now) != rows.named(new):
        now = None  # another key makes another row
    if desk.hide.needed:
        new = restored(new, now, desk.hide)
    rows.put_stored(desk.engine.drivers, new, if_absent=now is None, instead=now)
    return desk.told("The row was saved.", "resources", table.kind, table.name)


def _put_again(desk: Desk, request: Request, form: Form, table: Table, error: PortableError) -> Response:
    """Show a row that was not saved as it was typed. It still belongs to the row that its page was loaded with."""
    return _form(
        desk,
        request,
        Rows(table),
        form.text("row"),
        form.text("key"),
        form.text("sort"),
        form.text("seen"),
        why(error),
    )


def _delete_again(desk: Desk, request: Request, form: Form, table: Table, error: PortableError) -> Response:
    """Show the row that was not deleted as it is now."""
    return _stored(desk, request, Rows(table), form.text("key"), form.text("sort"), why(error))


def _delete(desk: Desk, form: Form, table: Table) -> Response:
    rows = Rows(table)
    now = _seen(desk, form, rows)
    pair, still = rows.pair(form.text("key"), form.text("sort")), None if now is None else unchanged(now)
    TableWriter[Any](rows.plain, desk.engine.drivers).delete(*pair, condition=still)
    return desk.told("The row was deleted.", "resources", table.kind, table.name)


def _given(engine: Any, table: Table, _keys: Sequence[str]) -> list[Kept]:
    """Return the first rows of a table: a query reads rows that no key of a call names."""
    rows = Rows(table)
    found = TableReader[Any](rows.plain, engine.drivers).scan(limit=GIVEN).items
    return [Kept("/".join(rows.key_text(row).values()), (row,)) for row in found]


BROWSED = Browsed(
    _show,
    _told,
    views={"row": _row},
    actions={"put": _put, "delete": _delete},
    given=_given,
    again={"put": _put_again, "delete": _delete_again},
)
