"""Takes the declared type of a field; returns its possible types, its constraints, conditions on a stored number."""

from __future__ import annotations

from operator import ge, gt, le, lt

from portable.base.typed import behind
from portable.persistence.query import Comparison, Exists, Not

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from portable.persistence.query import Condition

_OPERATORS = {"ge": (">=", ge), "gt": (">", gt), "le": ("<=", le), "lt": ("<", lt)}


def bounded(name: str, hint: Any, amount: Any) -> Iterator[Condition]:
    """Yield the conditions on a stored number that keep it within the bounds of its field after adding `amount`.

    A missing field starts at 0.
    """
    for rule, bound in rules(hint):
        if rule not in _OPERATORS:
            continue
        operator, holds = _OPERATORS[rule]
        fits_alone = holds(amount, bound)
        if amount != 0 and (amount > 0) is (rule in ("le", "lt")):
            there = Comparison(name, operator, _less(bound, amount))
            yield there | Not(Exists(name)) if fits_alone else there
        elif not fits_alone:
            yield Exists(name)


def _less(bound: Any, amount: Any) -> Any:
    """Return the bound minus the added amount. The result is exact unless one is a float."""
    if type(bound) is float and type(amount).__name__ == "Decimal":
        return type(amount)(repr(bound)) - amount
    return bound - amount


def members(hint: Any) -> Iterator[Any]:
    """Yield the possible types of a field, with their declared type arguments."""
    import types
    import typing

    hint = behind(hint)
    origin = typing.get_origin(hint)
    if origin is typing.Annotated:
        yield from members(hint.__origin__)
    elif type(origin).__name__ == "TypeAliasType":  # type Maybe[T] = T | None
        yield from members(origin.__value__)
    elif origin in (typing.Union, types.UnionType):
        for part in typing.get_args(hint):
            yield from members(part)
    else:
        yield hint


def rules(hint: Any) -> Iterator[tuple[str, Any]]:
    """Yield each constraint of a field by its name, such as ("ge", 0).

    "function" means that only a call can check it.
    """
    import types
    import typing

    hint = behind(hint)
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        for part in typing.get_args(hint):
            yield from rules(part)
    if origin is typing.Annotated:
        for mark in hint.__metadata__:
            marks = getattr(mark, "metadata", None) if type(mark).__name__ == "FieldInfo" else None
            for one in [mark] if marks is None else marks:
                if hasattr(one, "func"):
                    yield "function", one
                for rule in ("ge", "gt", "le", "lt", "multiple_of", "max_length"):
                    if getattr(one, rule, None) is not None:
                        yield rule, getattr(one, rule)
        yield from rules(hint.__origin__)
