"""Typed rows: writes a dataclass, TypedDict, Struct or pydantic model as plain values, and reads and validates it.

This module is loaded only by clients of tables that declare a row type. `portable.base.codec` does the conversion. This
module handles the stored names and the fields that a row leaves out: None in an index field is not stored, and it is
read back as None.
"""

from __future__ import annotations

from portable.base.aliases import stored_names
from portable.base.codec import Codec, named, refused
from portable.base.typed import defaults, field_types, is_class_of_fields, is_typed_dict
from portable.errors import DeclarationError, InvalidInput, InvalidValue
from portable.persistence.key_types import options
from portable.persistence.table import field_name, named_fields

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from portable.persistence.table import Table
    from portable.persistence.values import Row


class RowCodec:
    """Reads and writes rows of one class.

    `hints` are the types of the fields by stored name. `required` are the fields that every row must have to be
    readable. `names` maps Python names to stored names where the two differ.
    """

    def __init__(self, table: Table) -> None:
        kind = table.row
        self.kind = kind
        self.names = stored_names(kind)
        if not is_class_of_fields(kind) or issubclass(kind, tuple) or _is_one_value(kind):
            raise DeclarationError(
                f'table "{table.name}": the row type must be a dataclass, TypedDict, Struct (not array_like) or '
                f"pydantic model, not {named(kind)}"
            )
        try:
            self._codec = Codec(kind)
            self.hints = {self.names.get(name, name): hint for name, hint in field_types(kind).items()}
        except (TypeError, NameError) as error:
            raise DeclarationError(f'table "{table.name}": rows of {named(kind)} cannot be read: {error}') from error
        stored = {field_name(key) for key in (table.key, table.sort) if key is not None} | {table.ttl}
        self._unstored = tuple(name for name in named_fields(table) if name not in stored)
        self._defaults = {self.names.get(name, name): default for name, default in defaults(kind).items()}
        self._empty = self._nullable()
        self.required = frozenset(self.hints) - frozenset(self._defaults) - frozenset(self._empty)

    def _nullable(self) -> list[str]:
        """Return the required index fields that may be None. None is not stored, and it is read back as None."""
        may_be_none = {name for name in self._unstored if type(None) in options(self.hints.get(name, int))}
        return [name for name in self._unstored if name in may_be_none and name not in self._defaults]

    def encode(self, row: object) -> Row:
        """Return a row as plain values.

        Raises InvalidValue if it does not fit the row type or would not be read back equal.
        """
        if is_typed_dict(self.kind):
            if not isinstance(row, dict):
                raise InvalidValue(f"{named(self.kind)}: a row must be a dict, not {type(row).__name__}", row)
        elif not isinstance(row, self.kind):
            row = self._build(row)
        plain = self._codec.to_plain(row)
        if not isinstance(plain, dict):
            raise InvalidValue(f"{named(self.kind)}: a row must be written as a dict of fields, not as {plain!r}", row)
        for name, stored in self._spared(row, plain):
            plain[stored] = self.plain(getattr(row, name))
        for name in self._unstored:
            if name in plain and plain[name] is None:
                if self._defaults.get(name) is not None:
                    raise InvalidValue(
                        f"{name}: an index field cannot store None if its default is another value", None
                    )
                del plain[name]
        return plain

    def _spared(self, row: object, plain: Row) -> list[tuple[str, str]]:
        """Return the fields that a Struct leaves out because they have their default. Keys and filters need them."""
        fields: tuple[str, ...] = getattr(self.kind, "__struct_fields__", ())
        stored = [(name, self.names.get(name, name)) for name in fields]
        return [(n, s) for n, s in stored if s not in plain and repr(getattr(row, n)) != "UNSET"]

    def decode(self, row: Row) -> Any:
        """Return the stored row in the row type. Raises InvalidValue naming the field that does not fit."""
        missing = [name for name in self._empty if name not in row]
        if missing:
            row = {**dict.fromkeys(missing), **row}
        return self._codec.from_plain(row)

    def plain(self, value: Any) -> Any:
        """Return any value in its stored form: UUID and enum as text, datetime and Decimal unchanged."""
        from portable.base.codec_msgspec import plain

        serializer = getattr(type(value), "__pydantic_serializer__", None)
        if serializer is not None:
            return Codec(type(value)).engine.to_plain(value)
        try:
            return plain(value)
        except (TypeError, RecursionError) as error:
            raise InvalidValue(f"{named(self.kind)}: {error}", value) from error

    def stored(self, name: str) -> str:
        """Return the stored name of a field. The argument is its stored name or its Python name."""
        return self.names.get(name, name)

    def _build(self, row: object) -> Any:
        """Return a row that was given as a mapping with Python names or stored names."""
        given = {self.names.get(name, name): value for name, value in row.items()} if isinstance(row, dict) else row
        try:
            return getattr(self._codec.engine, "validated", self._codec.engine.from_plain)(given)
        except InvalidInput as error:
            raise refused(error, self.kind, row) from error


def _is_one_value(kind: type) -> bool:
    """Return whether a class with fields is written without field names: as an array, or as a root model."""
    array = getattr(getattr(kind, "__struct_config__", None), "array_like", False)
    return bool(array or getattr(kind, "__pydantic_root_model__", False))
