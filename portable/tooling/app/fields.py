"""Takes a declared value; raises DeclarationError for a field that holds another type than it is declared with."""

from __future__ import annotations

from typing import Any

from portable.base.values import Value
from portable.errors import DeclarationError

_PLAIN: dict[str, tuple[tuple[type, ...], str]] = {
    "bool": ((bool,), "True or False"),
    "int": ((int,), "a whole number"),
    "int | None": ((int, type(None)), "a whole number or None"),
    "float | None": ((int, float, type(None)), "a number or None"),
    "str": ((str,), "text"),
    "str | None": ((str, type(None)), "text or None"),
    "tuple[str, ...]": ((tuple,), "a list of texts"),
}
"""The types of fields that are judged here, as they are written; the checks of each kind judge the others."""


def check_fields(value: Value, place: str | None) -> None:
    """Check the fields of a declared value and of the values in it. `place` is where it is declared or used.

    Python takes any object for `ordered=`, and "no" counts as true. So a declaration would mean what nobody wrote.
    """
    for name in value._fields:
        held = getattr(value, name)
        if isinstance(held, Value):
            check_fields(held, place)
            continue
        kinds, words = _PLAIN.get(_annotation(type(value), name), ((object,), ""))
        wrong = not isinstance(held, kinds) or (isinstance(held, bool) and bool not in kinds and object not in kinds)
        if wrong or (isinstance(held, tuple) and tuple in kinds and not all(isinstance(item, str) for item in held)):
            called = getattr(value, "name", None)
            label = f'("{called}")' if isinstance(called, str) and name != "name" else ""
            raise DeclarationError(f"{type(value).__name__}{label}: {name} must be {words}, not {held!r}", place)


def _annotation(kind: type[Any], name: str) -> str:
    for base in kind.__mro__:
        text = base.__dict__.get("__annotations__", {}).get(name)  # noqa: RUF063 - postponed annotations are text
        if text is not None:
            return str(text)
    return ""
