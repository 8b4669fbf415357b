"""Takes the declared type of a field; returns the type of its values as a key: str, int or datetime; or None.

It is loaded once for each typed table, when its first client is used, and when an app is packaged.
"""

from __future__ import annotations

from portable.base.typed import is_class_of_fields
from portable.errors import DeclarationError
from portable.persistence.field_rules import members
from portable.persistence.table import Key, field_name, keys_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from portable.persistence.table import Table

_NEVER = frozenset(
    "float complex bool bytes bytearray memoryview Decimal list dict set frozenset tuple NoneType".split()  # noqa: SIM905
)
"""Types whose values cannot be a key in any store."""


def key_types(table: Table, hints: Mapping[str, Any]) -> dict[str, type]:
    """Return the type of each key and index field by its stored name.

    It is the type in the row type, else the type of its Key, else text. Raises DeclarationError for any other type, and
    for a Key that contradicts the row type.
    """
    types: dict[str, type] = {}
    for key in keys_of(table):
        name = field_name(key)
        said = key.type if isinstance(key, Key) else None
        found = _typed(table, name, hints[name]) if name in hints else None
        kind = said or found or types.get(name, str)
        if found is not None and kind is not found:
            raise DeclarationError(
                f'table "{table.name}": Key("{name}", {kind.__name__}) contradicts {table.row.__name__}, where the field '
                f"holds {found.__name__}"
            )
        if types.get(name, kind) is not kind and said is not None:
            types[name] = kind
        types.setdefault(name, kind)
    return types


def check_ttl(table: Table, hints: Mapping[str, Any]) -> None:
    """Raise DeclarationError if the type of the time to live field is not allowed."""
    hint = hints.get(table.ttl) if table.ttl is not None else None
    if hint is not None and not {_stored_as(part) for part in options(hint)} <= {"int", "datetime", None, "any"}:
        raise DeclarationError(
            f'table "{table.name}": the ttl field "{table.ttl}" is {_shown(hint)}, but must be a datetime or '
            "whole epoch seconds (int)"
        )


def _typed(table: Table, name: str, hint: Any) -> type | None:
    """Return the key type of a field, or None if its type does not decide it.

    Raises DeclarationError if it cannot be a key.
    """
    from datetime import datetime

    found = {_stored_as(part) for part in options(hint)} - {None}
    if found == {"any"}:
        return None
    for kind in (str, int, datetime):
        if found == {kind.__name__}:
            return kind
    raise DeclarationError(
        f'table "{table.name}": the field "{name}" is {_shown(hint)}, which cannot be a key. A key or index field must be '
        "text (str, UUID, date, an enum of texts …), int or datetime"
    )


def options(hint: Any) -> Iterator[Any]:
    """Yield the possible types of a field: the members of a union, an enum or a Literal. Annotated is removed."""
    import typing

    for part in members(hint):
        origin = typing.get_origin(part)
        if origin is typing.Literal:
            for value in typing.get_args(part):
                yield type(getattr(value, "_value_", value))
        elif isinstance(part, type) and hasattr(part, "__members__"):
            for member in part:  # type: ignore[attr-defined]
                yield type(member.value)
        else:
            yield origin or part


def _stored_as(kind: Any) -> str | None:
    """Return the stored type of a type: int, datetime, str or any. None stands for None, another name for no key."""
    if kind is None or kind is type(None):
        return None
    if not isinstance(kind, type) or kind is object:
        return "any"
    names = [base.__name__ for base in kind.__mro__]
    if not _NEVER.isdisjoint(names) or is_class_of_fields(kind):
        return kind.__name__ + " (no key)"
    for name in ("int", "datetime"):
        if name in names:
            return name
    return "str"


def _shown(hint: Any) -> str:
    return hint.__name__ if isinstance(hint, type) else str(hint).replace("typing.", "")
