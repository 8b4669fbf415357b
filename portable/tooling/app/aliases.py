"""Takes an annotation with type aliases (`type X = …`, PEP 695); returns it with the types that they stand for.

An alias that refers to itself is kept, because only its name can express it.
"""

from __future__ import annotations

import types
import typing
from typing import Any


def expand(kind: Any) -> Any:
    """Return a type with each of its aliases replaced by what it stands for. Raises what the alias itself raises."""
    return _expand(kind, ())


def _expand(kind: Any, inside: tuple[Any, ...]) -> Any:
    if isinstance(kind, list):
        return [_expand(part, inside) for part in kind]  # the parameters of a Callable
    alias, arguments = (kind, ()) if is_alias(kind) else (typing.get_origin(kind), typing.get_args(kind))
    if is_alias(alias):
        if alias in inside or names_itself(alias):
            return kind
        value = _applied(alias, tuple(_expand(part, inside) for part in arguments))
        return _expand(value, (*inside, alias))
    if not arguments or alias is typing.Literal:
        return kind
    if alias is typing.Annotated:
        inner = _expand(arguments[0], inside)
        return kind if inner is arguments[0] else typing.Annotated[(inner, *arguments[1:])]
    parts = tuple(_expand(part, inside) for part in arguments)
    if all(new is old for new, old in zip(parts, arguments, strict=True)):
        return kind
    if alias in (typing.Union, types.UnionType):
        return typing.Union[parts]  # noqa: UP007 - the members are values here
    return alias[parts[0] if len(parts) == 1 else parts]


def is_alias(kind: Any) -> bool:
    """Return whether an object is an alias that a `type` statement made."""
    return type(kind).__name__ == "TypeAliasType"


def names_itself(alias: Any) -> bool:
    """Return whether an alias refers to itself, directly or through other aliases."""
    return _mentions(alias.__value__, alias, {alias})


def _mentions(kind: Any, alias: Any, seen: set[Any]) -> bool:
    if is_alias(kind):
        if kind == alias:
            return True
        if kind in seen:
            return False
        seen.add(kind)
        return _mentions(kind.__value__, alias, seen)
    origin = typing.get_origin(kind)
    parts = typing.get_args(kind) if origin is not typing.Literal else ()
    return (is_alias(origin) and _mentions(origin, alias, seen)) or any(_mentions(part, alias, seen) for part in parts)


def _applied(alias: Any, arguments: tuple[Any, ...]) -> Any:
    """Return what an alias stands for with its type parameters replaced, by their defaults where nothing is given."""
    given = dict(zip(alias.__type_params__, arguments, strict=False))
    for parameter in alias.__type_params__[len(given) :]:
        if getattr(parameter, "has_default", bool)():  # came with Python 3.13
            given[parameter] = parameter.__default__
    if not given:
        return alias.__value__
    return _substituted(alias.__value__, given)


def _substituted(kind: Any, given: dict[Any, Any]) -> Any:
    if isinstance(kind, typing.TypeVar):
        return given.get(kind, kind)
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is None or origin is typing.Literal:
        return kind
    if origin is typing.Annotated:
        return typing.Annotated[(_substituted(arguments[0], given), *arguments[1:])]
    parts = tuple(_substituted(part, given) for part in arguments)
    if origin in (typing.Union, types.UnionType):
        return typing.Union[parts]  # noqa: UP007 - the members are values here
    return origin[parts[0] if len(parts) == 1 else parts] if parts else kind
