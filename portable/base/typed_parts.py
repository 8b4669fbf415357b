"""Walks a type and plain values side by side: takes a type, a value and its place; returns the parts with their types.

This module is loaded only after a fault.
"""

from __future__ import annotations

from portable.base.aliases import stored_names
from portable.base.typed import behind, defaults, field_types, is_class_of_fields

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_ITEMS = (list, tuple, set, frozenset)


def parts_of(kind: Any, value: Any, place: str) -> Iterator[tuple[Any, Any, str]]:
    """Yield (type, value, place) for each part of a plain value. None if the type says nothing about them."""
    import typing

    kind = bare(kind)
    origin, arguments = typing.get_origin(kind) or kind, typing.get_args(kind)
    if isinstance(value, dict):
        if _has_fields(origin):
            written = stored_names(origin)
            names = ((hint, written.get(name, name)) for name, hint in field_types(origin).items())
            yield from ((hint, value[key], f"{place}.{key}") for hint, key in names if key in value)
        elif origin is dict and len(arguments) == 2:
            yield from ((arguments[1], item, f"{place}.{name}") for name, item in value.items())
    elif isinstance(value, list) and arguments and isinstance(origin, type):
        if origin is tuple and arguments[-1] is not Ellipsis:
            pairs = zip(arguments, value, strict=False)
            yield from ((part, item, f"{place}[{index}]") for index, (part, item) in enumerate(pairs))
        elif issubclass(origin, _ITEMS) or origin.__module__ == "collections.abc":
            yield from ((arguments[0], item, f"{place}[{index}]") for index, item in enumerate(value))


def missing_of(kind: Any, value: Any) -> list[str]:
    """Return the names of required fields that a plain value does not have, as they are written."""
    kind = bare(kind)
    if not isinstance(value, dict) or not _has_fields(kind):
        return []
    written, optional = stored_names(kind), defaults(kind)
    required = (written.get(name, name) for name in field_types(kind) if name not in optional)
    return [key for key in required if key not in value]


def bare(kind: Any) -> Any:
    """Return a type without its constraints, and without None where there is one other choice."""
    import types
    import typing

    kind = behind(kind)
    if typing.get_origin(kind) is typing.Annotated:
        return bare(kind.__origin__)
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        rest = [part for part in typing.get_args(kind) if part is not type(None)]
        return bare(rest[0]) if len(rest) == 1 else kind
    return kind


def _has_fields(kind: Any) -> bool:
    """Return whether a class has fields with types of their own. Those of a generic one depend on its parameters."""
    return is_class_of_fields(kind) and not getattr(kind, "__parameters__", ())
