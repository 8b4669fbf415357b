"""The rows of a table as people read and write them: takes a table; reads and writes its rows as texts.

Rows are shown as they are stored, so that one that does not fit its type can be seen and mended. What is saved must fit
the row type. JSON has no form for moments and bytes: in a table without a row type they are {"$at": …} and {"$base64": …}.
Only rows that fit a row type hold decimals.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from functools import reduce
from typing import TYPE_CHECKING, Any

from portable.base.typed import needs_pydantic
from portable.errors import Conflict, InvalidInput, NotFound
from portable.eventing import typed_payload
from portable.persistence.clients import TableReader
from portable.persistence.query import And, Condition, Exists, Field, Not
from portable.persistence.shape import Shape
from portable.persistence.table import Index, Key, Table, field_name
from portable.persistence.values import plain_row
from portable.persistence.writes import Put
from portable.tooling.app.model import AppModel
from portable.tooling.dev import words
from portable.tooling.dev.stored.declared import model

if TYPE_CHECKING:
    from portable.base.drivers import Drivers

AT, BASE64, DECIMAL = "$at", "$base64", "$decimal"
_TYPES: dict[str, type] = {"str": str, "int": int, "datetime": datetime}


class Rows:
    """The rows of one table. `keys` are the names of the key fields, `plain` is the table without its row type."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self._shape = Shape(table)
        self.sort = self._shape.sort_name
        self.keys = [self._shape.key_name, *([self.sort] if self.sort is not None else [])]
        indexes = tuple(Index(i.name, self._key(i.key), self._key(i.sort) if i.sort else None) for i in table.indexes)
        sort = self._key(table.sort) if table.sort is not None else None
        self.plain = Table(table.name, key=self._key(table.key), sort=sort, ttl=table.ttl, indexes=indexes)

    def _key(self, key: str | Key) -> Key:
        name = field_name(key)
        return Key(name, self._shape.types[name])

    def pair(self, key: str, sort: str) -> tuple[Any, Any]:
        """Return the values of a row's key that texts name. Raises NotFound for texts that can be no key."""
        return self._value(self.keys[0], key), self._value(self.sort, sort) if self.sort is not None else None

    def typed_key(self, text: str, index: str | None) -> Any:
        """Return the value of the key field of the table, or of one of its indexes."""
        found = next((each for each in self.table.indexes if each.name == index), None)
        return self._value(field_name(found.key) if found is not None else self.keys[0], text)

    def key_text(self, row: dict[str, Any]) -> dict[str, str]:
        """Return the key of a row as the query of its page has it."""
        names = dict(zip(("key", "sort"), self.keys, strict=False))
        return {short: _key_text(row[name]) for short, name in names.items() if name in row}

    def parse(self, text: str) -> Any:
        """Return the row that a text is. Raises InvalidInput, which says what does not fit the row type."""
        kind = self.table.row
        if kind is not None:
            decode = typed_payload.model if needs_pydantic(kind) else typed_payload.typed
            try:
                return decode(kind)(text.encode())
            except InvalidInput as error:
                raise _of_a_row(error) from error
        try:
            row = json.loads(text, object_hook=from_marked)
        except ValueError as error:
            raise InvalidInput(f"this is not JSON: {error}", "row") from error
        if not isinstance(row, dict):
            raise InvalidInput('a row is an object, such as {"id": "a"}', "row")
        return {**row, **{name: self._value(name, row[name]) for name in self.keys if isinstance(row.get(name), str)}}

    def as_stored(self, text: str) -> dict[str, Any]:
        """Return the row that is stored of a text. Raises InvalidInput, and what `TableWriter.put` raises of a row."""
        row = self._shape.row(self.parse(text))[1]
        self._refuse_others(text)
        return row

    def _refuse_others(self, text: str) -> None:
        """Refuse a field that the row type does not have: its decoder leaves it out. A pydantic model says itself what it takes."""
        codec, kind = self._shape.codec, self.table.row
        if codec is None or needs_pydantic(kind):
            return
        known = {*codec.hints, *codec.names}
        for name in json.loads(text):
            if name not in known:
                raise InvalidInput(
                    f"rows of {self.table.name} have no such field; they have {', '.join(codec.hints)}", name
                )

    def put_stored(
        self, drivers: Drivers, row: dict[str, Any], *, if_absent: bool = False, instead: dict[str, Any] | None = None
    ) -> None:
        """Put what `as_stored` has returned, also where the row type is not known. Raises Conflict as `put` does.

        With `instead` it is stored only while that row is there as it was read.
        """
        plain = plain_row(row, decimals=True)
        key = self._shape.key(*(plain[name] for name in self.keys))
        wanted = Not(Exists(self.keys[0])) if if_absent else None if instead is None else unchanged(instead)
        self._put(lambda: drivers.of(self.plain).put(Put(key, wanted, plain)), if_absent)

    def _put(self, put: Callable[[], None], if_absent: bool) -> None:
        try:
            put()
        except Conflict as error:
            if not if_absent:
                raise
            raise Conflict(f'table "{self.table.name}" has this row already, and it was not replaced') from error

    def read(self, drivers: Drivers, row: dict[str, Any]) -> dict[str, Any] | None:
        """Return the row that is stored under the key of another one, None if there is none."""
        try:
            found: dict[str, Any] = TableReader[Any](self.plain, drivers).get(
                *(row[name] for name in self.keys), consistent=True
            )
        except NotFound:
            return None
        return found

    def named(self, row: dict[str, Any]) -> str:
        """Return the values of a row's key, as people give them."""
        return " ".join(_key_text(row[name]) for name in self.keys)

    def empty(self) -> dict[str, Any]:
        """Return a row of nothing but keys, which are empty."""
        return {name: 0 if self._shape.types[name] is int else "" for name in self.keys}

    def _value(self, name: str, text: str) -> Any:
        kind = self._shape.types[name]
        try:
            if kind is int:
                return int(text)
            return datetime.fromisoformat(text).astimezone() if kind is datetime else text
        except ValueError:
            raise NotFound(f"{text!r} is no value of the key field {name}, which is {kind.__name__}") from None


def _of_a_row(error: InvalidInput) -> InvalidInput:
    """Return what does not fit a row by its own fields: the decoder takes it for the body of a request."""
    return InvalidInput(error.detail, _place(error.at), error.status, [(_place(at), text) for at, text in error.others])


def _place(at: str) -> str:
    inside = at.removeprefix("body")
    return inside.removeprefix(".") if inside else "row"


def unchanged(row: dict[str, Any]) -> Condition:
    """Return the condition that a row is as it was read. Lists and maps are not compared: no service compares them."""
    compared = [
        Field(name) == value if isinstance(value, (str, int)) and not isinstance(value, bool) else Field(name).exists()
        for name, value in row.items()
    ]
    return reduce(And, compared)


def plain_table(app: AppModel, name: str) -> tuple[Table, bool]:
    """Return a table of an app without its row type, and whether it has one. Raises NotFound."""
    given = model(app, Table.kind, name).options
    indexes = tuple(Index(each["name"], _key(each["key"]), _sort(each)) for each in given["indexes"])
    table = Table(name, key=_key(given["key"]), sort=_sort(given), ttl=given["ttl"], indexes=indexes)
    return table, given["row"] is not None


def row_text(row: dict[str, Any], *, typed: bool) -> str:
    """Return a row as a text that `Rows.parse` reads."""
    return words.pretty(_typed(row) if typed else marked(row))


def row_data(row: dict[str, Any], *, typed: bool) -> dict[str, Any]:
    """Return a row as JSON values. As a text they are what `Rows.parse` reads."""
    found: dict[str, Any] = json.loads(row_text(row, typed=typed))
    return found


def _sort(given: Mapping[str, Any]) -> Key | None:
    return _key(given["sort"]) if given["sort"] is not None else None


def _key(given: Mapping[str, str]) -> Key:
    return Key(given["name"], _TYPES[given["type"]])


def _key_text(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _typed(value: Any) -> Any:
    """Return a stored value as codecs read it from JSON: bytes in base64, moments and decimals as texts."""
    if isinstance(value, dict):
        return {name: _typed(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_typed(item) for item in value]
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value


def marked(value: Any) -> Any:
    """Return a stored value as JSON has it, with marks for what it has no form for."""
    if isinstance(value, dict):
        return {name: marked(item) for name, item in value.items()}
    if isinstance(value, list):
        return [marked(item) for item in value]
    if isinstance(value, datetime):
        return {AT: value.isoformat()}
    if isinstance(value, Decimal):
        return {DECIMAL: str(value)}
    return {BASE64: base64.b64encode(value).decode()} if isinstance(value, bytes) else value


def unmarked(value: Any) -> Any:
    """Return the stored value of which `marked` has made this one."""
    if isinstance(value, list):
        return [unmarked(item) for item in value]
    if not isinstance(value, dict):
        return value
    return from_marked({name: unmarked(item) for name, item in value.items()})


def from_marked(found: dict[str, Any]) -> Any:
    """Return the value that an object of JSON marks, else the object. Raises ValueError for a mark of what is no such value."""
    try:
        if found.keys() == {AT}:
            return datetime.fromisoformat(found[AT]).astimezone()
        if found.keys() == {DECIMAL}:
            return Decimal(found[DECIMAL])
        return base64.b64decode(found[BASE64]) if found.keys() == {BASE64} else found
    except (TypeError, ArithmeticError) as error:
        raise ValueError(f"{json.dumps(found)} marks no value") from error
