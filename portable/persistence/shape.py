"""The checks that stand before every driver: what a client was called with in, frozen requests in the plain form out.

One `Shape` per table and client. What it refuses is refused the same way on every store, before any call.
"""

from __future__ import annotations

from portable.errors import DeclarationError, InvalidKey, InvalidValue
from portable.persistence.driver import Query, Scan
from portable.persistence.query import Comparison, Condition, Exists, Not, SortCondition, each, field
from portable.persistence.table import Index, Key, field_name, named_fields
from portable.persistence.values import key_value, plain_row, plain_value
from portable.persistence.writes import Delete, Put, Require, Update, merged

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from portable.persistence.driver import RowKey
    from portable.persistence.table import Table
    from portable.persistence.values import Row


class Shape:
    """The fields of one table with their types, and the requests that fit them."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.codec: Any = None
        self.key_name = field_name(table.key)
        self.sort_name = field_name(table.sort) if table.sort is not None else None
        self.keys = {self.key_name} | ({self.sort_name} if self.sort_name is not None else set())
        if table.row is not None:
            from portable.persistence.rows import RowCodec

            self.codec = RowCodec(
                table.row, tuple(name for name in named_fields(table) if name not in self.keys and name != table.ttl)
            )
        hints = self.codec.hints if self.codec is not None else {}
        self.types = key_types(table, hints)
        self.indexes = {index.name: index for index in table.indexes}

    # keys

    def key(self, key: Any, sort: Any = None) -> RowKey:
        """Return the key of one row. Raises InvalidKey, or DeclarationError when the table has no such key."""
        table = self.table
        checked = key_value(self.key_name, key, self.types[self.key_name])
        if self.sort_name is None:
            if sort is not None:
                raise DeclarationError(f'table "{table.name}" has no sort field, a sort value was given')
            return checked, None
        if sort is None:
            raise InvalidKey(f'table "{table.name}" finds a row by {self.key_name} and {self.sort_name}: give both')
        return checked, key_value(self.sort_name, sort, self.types[self.sort_name])

    def any_key(self, key: Any) -> RowKey:
        """Return the key of a row given as a key, or as a pair of key and sort."""
        return self.key(*key) if isinstance(key, (tuple, list)) else self.key(key)

    # writes

    def row(self, row: Any) -> tuple[RowKey, Row]:
        """Return a row's key and its plain form. Raises InvalidKey, InvalidValue or TooLarge naming the field."""
        codec = self.codec
        if codec is not None:
            row = codec.encode(row)
        elif not hasattr(row, "items"):
            raise InvalidValue(f'table "{self.table.name}" has no row type: a row is a dict, not {type(row).__name__}')
        for name in self.keys:
            if name not in row:
                raise InvalidKey(f"{name}: the row lacks its key field")
        key = self.key(row[self.key_name], row[self.sort_name] if self.sort_name is not None else None)
        plain = plain_row(row, decimals=codec is not None)
        self._check_named(plain)
        return key, plain

    def put(self, row: Any, condition: Condition | None, *, if_absent: bool = False) -> Put:
        """Return the write of a whole row."""
        key, plain = self.row(row)
        condition = self.condition(condition)
        if if_absent:
            absent = Not(Exists(self.key_name))
            condition = absent if condition is None else absent & condition
        return Put(key, condition, plain)

    def update(
        self,
        key: RowKey,
        set: Mapping[str, Any] | None,  # noqa: A002
        remove: Iterable[str],
        add: Mapping[str, Any] | None,
        append: Mapping[str, Any] | None,
        condition: Condition | None,
    ) -> Update:
        """Return the change of fields. Raises InvalidValue for a key field, a field named twice or a wrong value."""
        if isinstance(remove, str):
            raise InvalidValue(f"remove: give names in a list or tuple, not the text {remove!r}")
        sets, adds = dict(set or {}), dict(add or {})
        appends = {name: items if isinstance(items, list) else [items] for name, items in (append or {}).items()}
        removes = tuple(dict.fromkeys(remove))
        merged({"set": sets, "remove": removes, "add": adds, "append": appends})
        for name in [*sets, *removes, *adds, *appends]:
            if name in self.keys:
                raise InvalidValue(f"{name}: the key of a row cannot be changed; put a new row")
        if self.codec is not None:
            sets, appends = self.codec.fields(sets), self.codec.fields(appends)
        for name, amount in adds.items():
            if type(amount) is not int and not (self.codec is not None and type(amount).__name__ == "Decimal"):
                raise InvalidValue(f"{name}: add takes an int{' or Decimal' if self.codec else ''}, not {amount!r}")
        decimals = self.codec is not None
        plain = plain_row({**sets, **adds, **appends}, decimals=decimals)
        self._check_named(plain, whole=False)
        return Update(
            key,
            self.condition(condition),
            {name: plain[name] for name in sets},
            removes,
            {name: plain[name] for name in adds},
            {name: plain[name] for name in appends},
        )

    def delete(self, key: RowKey, condition: Condition | None) -> Delete:
        """Return the deletion of a row."""
        return Delete(key, self.condition(condition))

    def require(self, key: RowKey, condition: Condition | None) -> Require:
        """Return the demand on a row; without a condition, that it is there."""
        return Require(key, field(self.key_name).exists() if condition is None else self.condition(condition))

    def batch(self, puts: Iterable[Any], deletes: Iterable[Any]) -> list[Put | Delete]:
        """Return the writes of a batch. Raises InvalidValue when two of them name one row."""
        writes: list[Put | Delete] = [self.put(row, None) for row in puts]
        writes += [Delete(self.any_key(key)) for key in deletes]
        seen: set[RowKey] = set()
        for write in writes:
            if write.key in seen:
                raise InvalidValue(f"{self.key_name}: two writes of this batch name the row {write.key}")
            seen.add(write.key)
        return writes

    # reads

    def query(
        self,
        key: Any,
        sort: Any,
        reverse: bool,
        limit: int | None,
        filter: Condition | None,  # noqa: A002
        index: str | Index | None,
        page: str | None,
    ) -> Query:
        """Return the request of a page. Raises DeclarationError for an index or sort field that is not declared."""
        used = self._index(index)
        key_name, sort_name = self.key_name, self.sort_name
        if used is not None:
            key_name = field_name(used.key)
            sort_name = field_name(used.sort) if used.sort is not None else None
        checked = key_value(key_name, key, self.types[key_name])
        if sort is not None:
            if sort_name is None:
                where = f'index "{used.name}"' if used else f'table "{self.table.name}"'
                raise DeclarationError(f"{where} has no sort field to give a range of")
            sort = self._range(sort_name, sort)
        return Query(checked, sort, bool(reverse), _limit(limit), self.condition(filter), used, page)

    def scan(self, filter: Condition | None, limit: int | None, page: str | None) -> Scan:  # noqa: A002
        """Return the request of a page of the whole table."""
        return Scan(self.condition(filter), _limit(limit), page)

    def keys_of(self, keys: Iterable[Any]) -> list[RowKey]:
        """Return the keys of a batch of reads."""
        return [self.any_key(key) for key in keys]

    def condition(self, condition: Any) -> Condition | None:
        """Return a condition whose values are in the plain form. Raises InvalidValue naming the field."""
        if condition is None:
            return None
        if not isinstance(condition, Condition):
            raise InvalidValue(f'a condition is made by field("name") and an operator, not {condition!r}')
        return each(condition, self._compared)

    def _compared(self, leaf: Comparison) -> Comparison:
        value = leaf.value if self.codec is None else self.codec.plain(leaf.value)
        value = plain_value(leaf.name, value, decimals=self.codec is not None)[0]
        return Comparison(leaf.name, leaf.operator, value)

    def _index(self, index: str | Index | None) -> Index | None:
        if index is None:
            return None
        found = self.indexes.get(index) if isinstance(index, str) else index
        if found is None or self.indexes.get(found.name) != found:
            known = ", ".join(self.indexes) or "none"
            raise DeclarationError(f'table "{self.table.name}" declares no index {index!r} (it has: {known})')
        return found

    def _range(self, name: str, condition: Any) -> SortCondition:
        if not isinstance(condition, SortCondition):
            condition = SortCondition("eq", condition)
        kind = self.types[name]
        if condition.operator == "begins_with":
            if kind is not str or type(condition.value) is not str:
                raise InvalidKey(f"{name}: begins_with is for text keys")
            if condition.value == "":
                return SortCondition("begins_with", "")
        value = key_value(name, condition.value, kind)
        upper = key_value(name, condition.upper, kind) if condition.operator == "between" else None
        return SortCondition(condition.operator, value, upper)

    def _check_named(self, row: Row, *, whole: bool = True) -> None:
        """Refuse a value that an index or the time to live cannot take; it may be absent, never of another type."""
        for name, kind in self.types.items():
            if name in row and (whole or name not in self.keys):
                if row[name] is None:
                    raise InvalidKey(f"{name}: an index field holds {kind.__name__} or is left out, it cannot be None")
                row[name] = key_value(name, row[name], kind)
        ttl = self.table.ttl
        end = row.get(ttl) if ttl is not None else None
        if end is not None and type(end).__name__ != "datetime" and not (type(end) is int and 0 <= end < 253402300800):
            raise InvalidValue(f"{ttl}: a row's life ends at an aware datetime or whole epoch seconds, not {end!r}")


def _limit(limit: int | None) -> int | None:
    if limit is not None and (type(limit) is not int or limit < 1):
        raise InvalidValue(f"limit is a whole number from 1, not {limit!r}")
    return limit


def key_types(table: Table, hints: Mapping[str, Any]) -> dict[str, type]:
    """Return the type of each key and index field: what its Key says, else the row type, else text."""
    types: dict[str, type] = {}
    keys = [table.key, table.sort]
    for index in table.indexes:
        keys += [index.key, index.sort]
    for key in keys:
        if key is None:
            continue
        name = field_name(key)
        kind = key.type if isinstance(key, Key) else _key_type(hints.get(name))
        if types.setdefault(name, kind) is not kind and isinstance(key, Key):
            types[name] = kind
    return types


def _key_type(hint: Any) -> type:
    from datetime import datetime

    options = [hint, *getattr(hint, "__args__", ())]
    for option in options:
        if isinstance(option, type) and issubclass(option, datetime):
            return datetime
        if isinstance(option, type) and issubclass(option, int) and not issubclass(option, bool):
            return int
    return str


def describe(table: Table) -> dict[str, Any]:
    """Return a table's shape as JSON data, for infrastructure: names and types (str, int, datetime) of its fields."""
    hints: Mapping[str, Any] = {}
    if table.row is not None:
        from typing import get_type_hints

        hints = get_type_hints(table.row)
    types = key_types(table, hints)

    def shown(key: str | Key | None) -> dict[str, str] | None:
        return None if key is None else {"name": field_name(key), "type": types[field_name(key)].__name__}

    return {
        "name": table.name,
        "key": shown(table.key),
        "sort": shown(table.sort),
        "ttl": table.ttl,
        "indexes": [
            {"name": index.name, "key": shown(index.key), "sort": shown(index.sort)} for index in table.indexes
        ],
    }
