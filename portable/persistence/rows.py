"""Typed rows: a dataclass, TypedDict, Struct or pydantic model in, a dict of plain values out, and back, validated.

Loaded only by clients of tables that declare a row type; msgspec does the work, pydantic for its own models.
"""

from __future__ import annotations

from portable.errors import InvalidValue

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from portable.persistence.values import Row


class RowCodec:
    """Rows of one class. `omitted` are index fields: None there is not stored, and comes back as None."""

    def __init__(self, kind: type, omitted: tuple[str, ...]) -> None:
        import typing
        from datetime import datetime
        from decimal import Decimal

        import msgspec

        self.kind = kind
        self.hints = typing.get_type_hints(kind, include_extras=True)
        self._omitted = omitted
        self._native = (bytes, datetime, Decimal)
        self._read = (bytes, datetime)  # with Decimal named here, msgspec would make none from an int or float
        self._msgspec = msgspec
        self._model = hasattr(kind, "model_validate")

    def encode(self, row: object) -> Row:
        """Return a row as plain values. Raises InvalidValue for what does not fit the row type."""
        if _typed_dict(self.kind) or not isinstance(row, self.kind):
            row = self._build(row)
        if self._model:
            row = row.model_dump(by_alias=True)  # type: ignore[attr-defined]
        plain = self.plain(row)
        if not isinstance(plain, dict):
            raise InvalidValue(f"{self.kind.__name__} does not turn into fields by name")
        for name in self._omitted:
            if name in plain and plain[name] is None:
                del plain[name]
        return plain

    def decode(self, row: Row) -> Any:
        """Return the stored row as the row type. Raises InvalidValue naming the field when it does not fit."""
        missing = [name for name in self._omitted if name not in row and name in self.hints]
        if missing:
            row = {**dict.fromkeys(missing), **row}
        return self._build(row)

    def fields(self, values: Mapping[str, Any]) -> Row:
        """Return the fields of an update as plain values, each validated. Raises InvalidValue."""
        return {name: self.field(name, value) for name, value in values.items()}

    def field(self, name: str, value: Any) -> Any:
        """Return one field as a plain value. Raises InvalidValue for a field or value the row type does not have."""
        if name not in self.hints:
            raise InvalidValue(f"{name}: {self.kind.__name__} has no such field")
        plain = self.plain(value)
        if self._model:
            return plain  # the model validates whole rows only
        try:
            self._msgspec.convert(plain, self.hints[name], builtin_types=self._read)
        except self._msgspec.ValidationError as error:
            raise InvalidValue(f"{name}: {error}") from error
        return plain

    def plain(self, value: Any) -> Any:
        """Return a value as msgspec or pydantic writes it: UUID and enum as text, datetime and Decimal as they are."""
        if hasattr(value, "model_dump"):
            value = value.model_dump(by_alias=True)
        try:
            return self._msgspec.to_builtins(value, builtin_types=self._native, str_keys=True)
        except TypeError as error:
            raise InvalidValue(f"{self.kind.__name__}: {error}") from error

    def _build(self, row: object) -> Any:
        if self._model:
            return self._model_of(row)
        try:
            return self._msgspec.convert(row, self.kind, builtin_types=self._read)
        except self._msgspec.ValidationError as error:
            text, _, path = str(error).partition(" - at `$")
            raise InvalidValue(f"{path.strip('`.') or self.kind.__name__}: {text}") from error

    def _model_of(self, row: object) -> Any:
        from pydantic import ValidationError

        try:
            return self.kind.model_validate(row)  # type: ignore[attr-defined]
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            place = ".".join(str(part) for part in first["loc"]) or self.kind.__name__
            raise InvalidValue(f"{place}: {first['msg']}") from error


def _typed_dict(kind: type) -> bool:
    return hasattr(kind, "__total__") and hasattr(kind, "__required_keys__")
