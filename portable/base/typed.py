"""Finds the libraries that a type needs, at any depth. They decide which codec reads and writes its values.

Only pydantic knows pydantic models, pydantic dataclasses, types of pydantic, and constraints of pydantic or
annotated_types. Only msgspec knows Structs and constraints of `msgspec.Meta`. Both know every other type. This module
is loaded only for typed values.
"""

from __future__ import annotations

import sys
from functools import lru_cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_PYDANTIC = frozenset(("pydantic", "pydantic_core", "pydantic_extra_types", "annotated_types"))
MADE: Any = object()
"""Stands for the default of a field that makes a new value each time."""
ABSENT: Any = object()
"""Stands for the default of a TypedDict field that may be missing."""
_CONSTRAINTS = ("gt", "ge", "lt", "le", "multiple_of", "pattern", "min_length", "max_length", "tz")


def behind(kind: Any) -> Any:
    """Return the type that a NewType or an alias stands for, and any other type as it is."""
    while hasattr(kind, "__supertype__") or type(kind).__name__ == "TypeAliasType":
        kind = kind.__supertype__ if hasattr(kind, "__supertype__") else kind.__value__
    return kind


def needs_pydantic(kind: Any) -> bool:
    """Return whether only pydantic knows the type. It is cheap if the app has not imported pydantic."""
    loaded = not _PYDANTIC.isdisjoint(sys.modules)
    return loaded and any(library == "pydantic" for library, _ in marks(kind))


def marks(kind: Any) -> Iterator[tuple[str, str]]:
    """Yield ("pydantic" or "msgspec", description) for each part of a type that only one of the two knows."""
    yield from _marks(kind, set())


def _marks(kind: Any, seen: set[Any]) -> Iterator[tuple[str, str]]:
    import typing

    while hasattr(kind, "__supertype__"):
        kind = kind.__supertype__
    if type(kind).__name__ == "TypeAliasType":
        if kind not in seen:
            seen.add(kind)
            yield from _marks(kind.__value__, seen)
        return
    origin = typing.get_origin(kind)
    if origin is typing.Literal:
        return
    if origin is typing.Annotated:
        for mark in kind.__metadata__:
            yield from _constraint(mark)
        yield from _marks(kind.__origin__, seen)
        return
    for part in typing.get_args(kind):
        yield from _marks(part, seen)
    if origin is not None:
        yield from _marks(origin, seen)
    elif isinstance(kind, type) and kind.__module__ != "builtins" and kind not in seen:
        seen.add(kind)
        yield from _class_marks(kind, seen)


def _class_marks(kind: type, seen: set[Any]) -> Iterator[tuple[str, str]]:
    if kind.__module__.partition(".")[0] in _PYDANTIC or hasattr(kind, "__pydantic_validator__"):
        yield "pydantic", kind.__name__
    elif hasattr(kind, "__struct_fields__"):
        yield "msgspec", kind.__name__
    for default in _defaults(kind):
        yield from _constraint(default)
    for hint in field_types(kind).values():
        yield from _marks(hint, seen)


def _constraint(mark: Any) -> Iterator[tuple[str, str]]:
    library = type(mark).__module__.partition(".")[0]
    if library in _PYDANTIC:
        yield "pydantic", repr(mark)
    elif library == "msgspec" and any(getattr(mark, name, None) is not None for name in _CONSTRAINTS):
        yield "msgspec", repr(mark)


def _defaults(kind: type) -> Iterator[Any]:
    """Yield the defaults of a dataclass. `amount: int = pydantic.Field(gt=0)` looks like one, but is a constraint."""
    for field in getattr(kind, "__dataclass_fields__", {}).values():
        yield field.default


def holds_moments(kind: Any) -> bool:
    """Return whether a type holds a datetime whose offset nothing checks. False if it wants one without an offset."""
    found = set(_moments(kind, set()))
    return None in found and False not in found


def _moments(kind: Any, seen: set[Any]) -> Iterator[bool | None]:
    """Yield for each datetime of a type whether it must have an offset: True, False, or None if nothing is said."""
    import datetime
    import typing

    while hasattr(kind, "__supertype__") or type(kind).__name__ == "TypeAliasType":
        if kind in seen:
            return
        seen.add(kind)
        kind = kind.__supertype__ if hasattr(kind, "__supertype__") else kind.__value__
    if typing.get_origin(kind) is typing.Annotated:
        said = [mark.tz for mark in kind.__metadata__ if getattr(mark, "tz", None) is not None]
        yield from said[:1] or _moments(kind.__origin__, seen)
        return
    for part in typing.get_args(kind):
        yield from _moments(part, seen)
    origin = typing.get_origin(kind) or kind
    if origin is datetime.datetime:
        yield None
    elif getattr(origin, "__name__", "") == "NaiveDatetime":
        yield False
    elif isinstance(origin, type) and origin not in seen:
        seen.add(origin)
        for hint in field_types(origin).values():
            yield from _moments(hint, seen)


def field_types(kind: Any) -> dict[str, Any]:
    """Return the type of each field of a class by its Python name. Empty if the class declares no fields."""
    if not is_class_of_fields(kind):
        return {}
    own = getattr(kind, "__pydantic_fields__", None)
    if own is not None:
        return {name: _annotated(field.annotation, field.metadata) for name, field in own.items()}
    return _hints(kind)


@lru_cache(maxsize=16)
def _hints(kind: Any) -> dict[str, Any]:
    """Return what `field_types` does for a class that pydantic does not know. Several ask for each class one after another."""
    import typing

    hints = typing.get_type_hints(kind, include_extras=True)
    return {name: _bare(hints[name]) for name in _names(kind) if name in hints}


def _bare(hint: Any) -> Any:
    """Return the type of a TypedDict's field without Required, NotRequired or ReadOnly around it."""
    import typing

    while getattr(typing.get_origin(hint), "_name", None) in ("Required", "NotRequired", "ReadOnly"):
        (hint,) = typing.get_args(hint)
    return hint


def _annotated(kind: Any, marks: list[Any]) -> Any:
    import typing

    return typing.Annotated[(kind, *marks)] if marks else kind


def _names(kind: Any) -> tuple[str, ...]:
    if hasattr(kind, "__struct_fields__"):
        return tuple(kind.__struct_fields__)
    if hasattr(kind, "__dataclass_fields__"):
        from dataclasses import fields

        return tuple(field.name for field in fields(kind))
    if is_typed_dict(kind):
        import typing

        return tuple(typing.get_type_hints(kind))
    return tuple(kind._fields)


def defaults(kind: Any) -> dict[str, Any]:
    """Return the default of each field that may be left out, by its Python name. `MADE` stands for a new value."""
    if is_typed_dict(kind):
        return dict.fromkeys(_optional(kind), ABSENT)
    fields = getattr(kind, "__pydantic_fields__", None)
    if fields is not None:
        return {
            name: MADE if field.default_factory is not None else field.default
            for name, field in fields.items()
            if not field.is_required()
        }
    if hasattr(kind, "__struct_fields__"):
        from msgspec import NODEFAULT

        given = kind.__struct_defaults__
        named = zip(kind.__struct_fields__[len(kind.__struct_fields__) - len(given) :], given, strict=True)
        return {name: _made(value) for name, value in named if value is not NODEFAULT}
    from dataclasses import MISSING
    from dataclasses import fields as fields_of

    return {
        field.name: field.default if field.default is not MISSING else MADE
        for field in fields_of(kind)
        if field.default is not MISSING or field.default_factory is not MISSING
    }


def _optional(kind: Any) -> set[str]:
    """Return the optional fields of a TypedDict. Its own lists are wrong if its annotations are postponed."""
    import typing

    found = set(kind.__optional_keys__)
    for name, hint in typing.get_type_hints(kind, include_extras=True).items():
        said = getattr(typing.get_origin(hint), "_name", None)
        if said == "NotRequired":
            found.add(name)
        elif said == "Required":
            found.discard(name)
    return found


def _made(value: Any) -> Any:
    return MADE if type(value).__name__ == "Factory" else value


def is_class_of_fields(kind: Any) -> bool:
    """Return whether a type is a dataclass, TypedDict, NamedTuple, Struct or model."""
    return isinstance(kind, type) and (
        hasattr(kind, "__dataclass_fields__")
        or hasattr(kind, "__struct_fields__")
        or hasattr(kind, "__pydantic_validator__")
        or is_typed_dict(kind)
        or (issubclass(kind, tuple) and hasattr(kind, "_fields"))
    )


def is_typed_dict(kind: Any) -> bool:
    """Return whether a type is a TypedDict."""
    return hasattr(kind, "__total__") and hasattr(kind, "__required_keys__")
