"""Checks the arguments of a client and makes frozen requests in the plain form for the driver.

There is one `Shape` per table and client. It refuses invalid arguments before any call, in the same way for every
store.
"""

from __future__ import annotations

from portable.base.values import replace
from portable.errors import DeclarationError, InvalidKey, InvalidValue
from portable.persistence.driver import Query, Scan
from portable.persistence.query import Comparison, Condition, Exists, Not, SortCondition, each, field
from portable.persistence.table import Index, declared_types, field_name, index_as_stored
from portable.persistence.tokens import opened
from portable.persistence.values import key_value, plain_row, plain_value
from portable.persistence.writes import Delete, Put, Require, Update, merged

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from portable.persistence.table import Key, Table
    from portable.persistence.values import KeyValue, Row, RowKey


class Shape:
    """Knows the fields of one table and their types, and makes checked requests."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.codec: Any = None
        self.key_name = field_name(table.key)
        self.sort_name = field_name(table.sort) if table.sort is not None else None
        self.keys = {self.key_name} | ({self.sort_name} if self.sort_name is not None else set())
        self.changes: Any = None
        self.types = declared_types(table)
        if table.row is not None:
            from portable.persistence.changes import Changes
            from portable.persistence.key_types import check_ttl, key_types
            from portable.persistence.rows import RowCodec

            self.codec = RowCodec(table)
            self.changes = Changes(self.codec)
            self.types = key_types(table, self.codec.hints)
            check_ttl(table, self.codec.hints)
        self.indexes = {index.name: index for index in table.indexes}

    # keys

    def key(self, key: Any, sort: Any = None) -> RowKey:
        """Return the key of one row. Raises InvalidKey, or DeclarationError if the table has no sort field."""
        table = self.table
        checked = self._key(self.key_name, key)
        if self.sort_name is None:
            if sort is not None:
                raise DeclarationError(f'table "{table.name}" has no sort field, but a sort value was given')
            return checked, None
        if sort is None:
            raise InvalidKey(f'table "{table.name}" needs {self.key_name} and {self.sort_name} to find a row', None)
        return checked, self._key(self.sort_name, sort)

    def partition(self, key: Any) -> KeyValue:
        """Return the value of the key field. Raises InvalidKey."""
        return self._key(self.key_name, key)

    def _key(self, name: str, value: Any) -> KeyValue:
        """Return the stored form of a key's value. A typed table takes values of the row type, such as a UUID."""
        if self.codec is not None and type(value) not in (str, int):
            value = self.codec.plain(value)
        return key_value(name, value, self.types[name])

    def any_key(self, key: Any) -> RowKey:
        """Return the key of a row. The argument is a key, or a pair of key and sort."""
        pair = isinstance(key, (tuple, list))
        if pair and len(key) != 2:
            raise InvalidKey(f"{key!r} must be a key, or a pair of key and sort", key)
        return self.key(*key) if pair else self.key(key)

    # writes

    def row(self, row: Any) -> tuple[RowKey, Row]:
        """Return the key and the plain form of a row. Raises InvalidKey, InvalidValue or TooLarge naming the field."""
        codec = self.codec
        if codec is not None:
            row = codec.encode(row)
        elif not hasattr(row, "items"):
            raise InvalidValue(f'a row of table "{self.table.name}" must be a dict, not {type(row).__name__}', row)
        for name in self.keys:
            if name not in row:
                raise InvalidKey(f"{name}: the row has no value for this key field", row)
        key = self.key(row[self.key_name], row[self.sort_name] if self.sort_name is not None else None)
        plain = plain_row(row, decimals=codec is not None)
        self._check_named(plain)
        return key, plain

    def put(self, row: Any, condition: Condition | None, *, if_absent: bool = False) -> Put:
        """Return the request that writes a whole row."""
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
        """Return the request that changes fields.

        Raises InvalidValue for a key field, a repeated field or a wrong value.
        """
        if isinstance(remove, str):
            raise InvalidValue(f"remove must be a list or tuple of names, not the text {remove!r}", remove)
        sets, adds = self._named(set), self._named(add)
        appends = {name: items if isinstance(items, list) else [items] for name, items in self._named(append).items()}
        removes = tuple(dict.fromkeys(map(self._name, remove)))
        merged({"set": sets, "remove": removes, "add": adds, "append": appends})
        for name in [*sets, *removes, *adds, *appends]:
            if name in self.keys:
                raise InvalidValue(f"{name}: the key of a row cannot be changed. Put a new row", name)
        for name, amount in adds.items():
            if type(amount) is not int and not (self.codec is not None and type(amount).__name__ == "Decimal"):
                kinds = "an int or Decimal" if self.codec else "an int"
                raise InvalidValue(f"{name}: add takes {kinds}, not {amount!r}", amount)
        decimals, wanted, why = self.codec is not None, self.condition(condition), ""
        if self.changes is not None:
            sets, appends = self.changes.set(sets), self.changes.append(appends)
            self.changes.remove(removes)
            demanded, why = self.changes.demands(self.key_name, [*self.keys, *sets, *appends], adds)
            wanted = demanded if wanted is None else wanted if demanded is None else wanted & demanded
        plain = plain_row({**sets, **adds, **appends}, decimals=decimals)
        self._check_named(plain, whole=False)
        sets, adds, appends = ({name: plain[name] for name in given} for given in (sets, adds, appends))
        return Update(key, wanted, sets, removes, adds, appends, why, self.changes and self.changes.rule)

    def delete(self, key: RowKey, condition: Condition | None) -> Delete:
        """Return the request that deletes a row."""
        return Delete(key, self.condition(condition))

    def require(self, key: RowKey, condition: Condition | None) -> Require:
        """Return the request that checks a condition on a row. The default condition is that the row exists."""
        return Require(key, field(self.key_name).exists() if condition is None else self.condition(condition))

    def batch(self, puts: Iterable[Any], deletes: Iterable[Any]) -> list[Put | Delete]:
        """Return the writes of a batch. Raises InvalidValue if two of them name the same row."""
        writes: list[Put | Delete] = [self.put(row, None) for row in puts]
        writes += [Delete(self.any_key(key)) for key in deletes]
        seen: set[RowKey] = set()
        for write in writes:
            if write.key in seen:
                raise InvalidValue(f"{self.key_name}: two writes name the same row {write.key}", write.key)
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
        """Return the request for a page. Raises DeclarationError for an index or sort field that is not declared."""
        used = self._index(index)
        key_name, sort_name = self.key_name, self.sort_name
        if used is not None:
            key_name = field_name(used.key)
            sort_name = field_name(used.sort) if used.sort is not None else None
        checked = self._key(key_name, key)
        if sort is not None:
            if sort_name is None:
                where = f'index "{used.name}"' if used else f'table "{self.table.name}"'
                raise DeclarationError(f"{where} has no sort field, so it takes no range")
            sort = self._range(sort_name, sort)
        query = Query(checked, sort, bool(reverse), _limit(limit), self.condition(filter), used)
        return query if page is None else replace(query, page=opened(page, self.table, query))

    def scan(self, filter: Condition | None, limit: int | None, page: str | None) -> Scan:  # noqa: A002
        """Return the request for a page of the whole table."""
        request = Scan(self.condition(filter), _limit(limit))
        return request if page is None else replace(request, page=opened(page, self.table, request))

    def keys_of(self, keys: Iterable[Any]) -> list[RowKey]:
        """Return the checked keys of a batch of reads."""
        return [self.any_key(key) for key in keys]

    def condition(self, condition: Any) -> Condition | None:
        """Return a condition with values in the plain form. Raises InvalidValue naming the field."""
        if condition is None:
            return None
        if not isinstance(condition, Condition):
            raise InvalidValue(f'{condition!r} is not a condition. Write one such as field("name") == value', condition)
        return each(condition, self._compared)

    def _named(self, values: Mapping[str, Any] | None) -> dict[str, Any]:
        """Return fields by their stored names. Raises InvalidValue for a field that is given twice."""
        found = {self._name(name): value for name, value in (values or {}).items()}
        if len(found) < len(values or ()):
            raise InvalidValue(f"{', '.join(values or ())}: one field is given by its Python and its stored name")
        return found

    def _name(self, name: str) -> str:
        return name if self.codec is None else self.codec.stored(name)

    def _compared(self, leaf: Comparison | Exists) -> Condition:
        if isinstance(leaf, Exists):
            return Exists(self._name(leaf.name))
        value = leaf.value if self.codec is None else self.codec.plain(leaf.value)
        value = plain_value(leaf.name, value, decimals=self.codec is not None)[0]
        return Comparison(self._name(leaf.name), leaf.operator, value)

    def _index(self, index: str | Index | None) -> Index | None:
        if index is None:
            return None
        found = self.indexes.get(index) if isinstance(index, str) else index
        if self.codec is not None and isinstance(found, Index):
            found = index_as_stored(found, self.codec.names)
        if found is None or self.indexes.get(found.name) != found:
            known = ", ".join(self.indexes) or "none"
            raise DeclarationError(f'table "{self.table.name}" has no index {index!r}. It has: {known}')
        return found

    def _range(self, name: str, condition: Any) -> SortCondition:
        if not isinstance(condition, SortCondition):
            condition = SortCondition("eq", condition)
        kind = self.types[name]
        if condition.operator == "begins_with":
            if kind is not str or not isinstance(condition.value, str):
                raise InvalidKey(f"{name}: begins_with needs a text key", condition.value)
            if condition.value == "":
                return SortCondition("begins_with", "")
        value = self._key(name, condition.value)
        upper = self._key(name, condition.upper) if condition.operator == "between" else None
        return SortCondition(condition.operator, value, upper)

    def _check_named(self, row: Row, *, whole: bool = True) -> None:
        """Refuse a wrong value of an index field or of the time to live. The field may be missing."""
        for name, kind in self.types.items():
            if name in row and (whole or name not in self.keys):
                if row[name] is None:
                    raise InvalidKey(f"{name}: an index field is {kind.__name__} or left out, never None", None)
                row[name] = key_value(name, row[name], kind)
        ttl = self.table.ttl
        end = row.get(ttl) if ttl is not None else None
        if end is not None and type(end).__name__ != "datetime" and not (type(end) is int and 0 <= end < 253402300800):
            raise InvalidValue(f"{ttl}: the ttl field must be an aware datetime or epoch seconds, not {end!r}", end)


def _limit(limit: int | None) -> int | None:
    if limit is not None and (type(limit) is not int or limit < 1):
        raise InvalidValue(f"limit={limit!r} must be a whole number from 1 up", limit)
    return limit


def describe(table: Table) -> dict[str, Any]:
    """Return the fields of a table as JSON data, for infrastructure: stored names and types (str, int, datetime).

    Raises DeclarationError for a table that cannot work.
    """
    types = Shape(table).types

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
