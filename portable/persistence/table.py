"""The declaration of a table: takes the names of fields, makes a frozen `Table` or raises DeclarationError.

It does nothing else: it evaluates no annotation of the row type and calls no store.
"""

from __future__ import annotations

from portable.base.values import Value, check_name, wrong

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, ClassVar

    from portable.persistence.values import Row, RowKey

_INDEX_FIRST = frozenset("abcdefghijklmnopqrstuvwxyz")
_INDEX_REST = _INDEX_FIRST | frozenset("0123456789_-")


def _check_field(what: str, name: object) -> None:
    if not isinstance(name, str) or not name or len(name) > 255:
        raise wrong(f"{what} must be the name of a field, with 1 to 255 characters, not {name!r}")


class Key(Value):
    """A key field with its `name` and the `type` of its values: str, int or datetime. Raises DeclarationError."""

    name: str
    type: Any = str

    def __check__(self) -> None:
        _check_field("a key", self.name)
        if self.type is str or self.type is int:
            return
        from datetime import datetime

        if self.type is not datetime:
            raise wrong(f'Key("{self.name}") must have the type str, int or datetime, not {self.type!r}')


class Index(Value):
    """Another way to find rows: by `key`, in the order of `sort`. It contains only rows that have both fields.

    `name` has 3 to 40 characters: a lower case letter, then lower case letters, digits, `_` or `-`. Raises
    DeclarationError.
    """

    name: str
    key: str | Key
    sort: str | Key | None = None

    def __check__(self) -> None:
        name = self.name  # DynamoDB's rule for names of indexes; they get no prefix, unlike names of tables
        if not (
            isinstance(name, str) and 3 <= len(name) <= 40 and name[0] in _INDEX_FIRST and _INDEX_REST.issuperset(name)
        ):
            raise wrong(
                f"index name {name!r} must have 3 to 40 characters: a lower case letter, then lower case letters, "
                "digits, _ or -"
            )
        _check_key(f'the key of index "{name}"', self.key)
        if self.sort is not None:
            _check_key(f'the sort of index "{name}"', self.sort)
            if field_name(self.sort) == field_name(self.key):
                raise wrong(f'index "{name}" uses the same field as key and sort. Use two fields')


class Table(Value):
    """A table of rows. A row is found by its `key` field and, if declared, by its `sort` field within that key.

    `name` has 2 to 40 characters: a lower case letter, then lower case letters, digits or `-`. `row` is a dataclass,
    TypedDict, msgspec Struct or pydantic model. Without it rows are dicts. `ttl` names the field with the end of a
    row's life: a datetime or whole seconds since the epoch. `indexes` are `Index` values.

    A row has at most 390 KiB and 16 levels. Keys are text of 1 to 255 bytes, ints within ±(2**53-1) or aware datetimes.
    A table has at most 20 indexes. Raises DeclarationError for a declaration that cannot work.

    Give the Python names of fields. If the row type writes a field under another name (an alias, `rename`), the table
    keeps the stored name.
    """

    kind: ClassVar[str] = "table"
    pillar: ClassVar[str] = "persistence"
    name: str
    row: Any = None
    key: str | Key = ""  # required: an empty name is refused
    sort: str | Key | None = None
    ttl: str | None = None
    indexes: tuple[Index, ...] = ()

    if TYPE_CHECKING:

        def __init__(
            self,
            name: str,
            row: Any = None,
            *,
            key: str | Key,
            sort: str | Key | None = None,
            ttl: str | None = None,
            indexes: tuple[Index, ...] | list[Index] = (),
        ) -> None: ...

    def __check__(self) -> None:
        check_name("table", self.name)
        what = f'table "{self.name}"'
        while type(self.row).__name__ == "TypeAliasType":  # type Row = Order
            self.__dict__["row"] = self.row.__value__
        if self.row is not None and not isinstance(self.row, type):
            raise wrong(f"{what}: row must be a class, not {self.row!r}")
        if self.row is dict:
            raise wrong(f"{what}: row=dict is not needed. Rows are dicts if row is left out")
        _check_key(f"{what}: key", self.key)
        keys = [field_name(self.key)]
        if self.sort is not None:
            _check_key(f"{what}: sort", self.sort)
            keys.append(field_name(self.sort))
            if keys[0] == keys[1]:
                raise wrong(f"{what} uses the same field as key and sort. Use two fields")
        if self.ttl is not None:
            _check_field(f"{what}: ttl", self.ttl)
            if self.ttl in keys:
                raise wrong(f"{what}: the ttl field cannot be the key or the sort field")
        indexes = self.indexes
        if isinstance(indexes, list):
            indexes = self.__dict__["indexes"] = tuple(indexes)
        _check_indexes(what, indexes)
        if self.row is not None:
            from portable.base.aliases import stored_names

            written = stored_names(self.row)
            _check_row_has(what, self, written)
            if written:
                self._name_as_stored(written)

    def _name_as_stored(self, written: Mapping[str, str]) -> None:
        given = self.__dict__
        given["key"] = _stored(self.key, written)
        if self.sort is not None:
            given["sort"] = _stored(self.sort, written)
        if self.ttl is not None:
            given["ttl"] = written.get(self.ttl, self.ttl)
        given["indexes"] = tuple(index_as_stored(index, written) for index in self.indexes)


def index_as_stored(index: Index, written: Mapping[str, str]) -> Index:
    """Return an index with the stored names of its fields."""
    sort = index.sort if index.sort is None else _stored(index.sort, written)
    return Index(index.name, _stored(index.key, written), sort)


def _stored(key: str | Key, written: Mapping[str, str]) -> str | Key:
    if isinstance(key, Key):
        return Key(written.get(key.name, key.name), key.type)
    return written.get(key, key)


def _check_key(what: str, key: object) -> None:
    if type(key) is not Key:
        _check_field(what, key)


def _check_indexes(what: str, indexes: object) -> None:
    if not isinstance(indexes, tuple) or not all(isinstance(index, Index) for index in indexes):
        raise wrong(f"{what}: indexes must be a tuple of Index, not {indexes!r}")
    names = [index.name for index in indexes]
    if len(set(names)) != len(names):
        raise wrong(f"{what} has two indexes with the same name")
    if len(names) > 20:
        raise wrong(f"{what} has {len(names)} indexes, but every target allows at most 20")


def _check_row_has(what: str, table: Table, written: Mapping[str, str]) -> None:
    """Refuse a key, sort, ttl or index field that the row type does not have. Annotations are not evaluated."""
    known = set(written.values())
    for base in table.row.__mro__:
        known.update(base.__dict__.get("__annotations__", ()))  # noqa: RUF063  (inspect is not imported here)
    for name in named_fields(table):
        if name not in known:
            raise wrong(f"{what}: {table.row.__name__} has no field {name!r}")


def field_name(key: str | Key) -> str:
    """Return the name of the field of a key."""
    return key if isinstance(key, str) else key.name


def row_key(table: Table, row: Row) -> RowKey:
    """Return the key of a row."""
    return row[field_name(table.key)], None if table.sort is None else row[field_name(table.sort)]


def index_key(index: Index, row: Row) -> RowKey | None:
    """Return the values of an index's key and sort in a row. None if the row is not in the index."""
    key = row.get(field_name(index.key))
    sort = row.get(field_name(index.sort)) if index.sort is not None else None
    return None if key is None or (sort is None and index.sort is not None) else (key, sort)


def keys_of(table: Table) -> tuple[str | Key, ...]:
    """Return every key and sort field of the table and its indexes, in this order."""
    keys = (table.key, table.sort, *(part for index in table.indexes for part in (index.key, index.sort)))
    return tuple(key for key in keys if key is not None)


def declared_types(table: Table) -> dict[str, type]:
    """Return the type of each key and index field of a table without a row type: the type of its Key, else text."""
    types: dict[str, type] = {}
    for key in keys_of(table):
        if isinstance(key, Key):
            types[key.name] = key.type
        else:
            types.setdefault(key, str)
    return types


def named_fields(table: Table) -> tuple[str, ...]:
    """Return every field that the declaration names, in this order."""
    keys = [table.key, table.sort, table.ttl]
    for index in table.indexes:
        keys += [index.key, index.sort]
    return tuple(dict.fromkeys(field_name(key) for key in keys if key is not None))
