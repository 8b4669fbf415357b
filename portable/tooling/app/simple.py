"""Takes a simple type, also with constraints; returns the expression of the converter from text to its values."""

from __future__ import annotations

import sys
import typing
from typing import Any

from portable.base.codec import engine
from portable.base.typed import behind, marks
from portable.tooling.app.expressions import NoExpression, type_expression
from portable.tooling.app.model import Checker, Code
from portable.tooling.app.payloads import converter

LIBRARIES = ("msgspec", "pydantic", "pydantic_core", "annotated_types")
"""The libraries whose marks are constraints."""
_CONSTRAINTS = "from portable.eventing import constraints as _constraints"
_SHARED = ("gt", "ge", "lt", "le", "multiple_of", "min_length", "max_length")
"""What marks of annotated_types hold, and `msgspec.Meta` takes under the same names."""


def is_constraint(mark: Any) -> bool:
    """Return whether a mark of Annotated says something about the value."""
    return type(mark).__module__.partition(".")[0] in LIBRARIES


def unconstrained(kind: Any) -> Any:
    """Return a type without its constraints, and the type that a NewType or an alias stands for."""
    kind = behind(kind)
    return unconstrained(kind.__origin__) if typing.get_origin(kind) is typing.Annotated else kind


def simple(kind: Any) -> tuple[Code, Checker] | None:
    """Return the expression of the converter of a simple type, and the library that checks its constraints.

    None if the type is not simple. Raises NoExpression for a type that cannot be written, and for a constraint that does
    not fit it.
    """
    found = converter(unconstrained(kind))
    return None if found is None else checked(found, kind)


def many(kind: Any) -> tuple[Code, Checker] | None:
    """Return what `simple` does for a list of simple values; the converter takes a list of texts."""
    (item,) = typing.get_args(unconstrained(kind)) or (None,)
    found = simple(item)
    if found is None:
        return None
    code, checker = found
    listed = Code(
        f"_convert.many({code.expression})", ("from portable.eventing import convert as _convert", *code.imports)
    )
    return checked(listed, kind) if has_constraints(kind) else (listed, checker)


def has_constraints(kind: Any) -> bool:
    """Return whether a type has constraints of its own, beside those of its parts."""
    kind = behind(kind)
    return typing.get_origin(kind) is typing.Annotated and (
        any(is_constraint(mark) for mark in kind.__metadata__) or has_constraints(kind.__origin__)
    )


def checked(convert: Code, kind: Any) -> tuple[Code, Checker]:
    """Return a converter that also checks the constraints of a type. It is the same one if there are none.

    Raises NoExpression for constraints that do not fit the type, or that two libraries have to check.
    """
    found = dict(reversed(list(marks(kind))))
    if not found:
        return convert, ""
    if len(found) == 2:
        raise NoExpression(
            f"{found['pydantic']} is checked by pydantic and {found['msgspec']} by msgspec, which ignore each other's "
            "constraints: use only one of the two"
        )
    plain = as_meta(kind) if "pydantic" in found and "pydantic" not in sys.modules else None
    library: Checker = "msgspec" if plain is not None or "msgspec" in found else "pydantic"
    kind = kind if plain is None else plain
    try:
        engine(kind, pydantic=library == "pydantic")
    except ModuleNotFoundError as error:
        raise NoExpression(f"{found[library]} needs {error.name}, which is not installed") from None
    except (TypeError, NameError) as error:
        raise NoExpression(f"{found.get(library, kind)} does not fit: {error}") from None
    said = type_expression(kind)
    make = "typed" if library == "msgspec" else "model"
    text = f"_constraints.{make}({convert.expression}, {said.expression})"
    return Code(text, (*convert.imports, *said.imports, _CONSTRAINTS)), library


def as_meta(kind: Any) -> Any:
    """Return a type with constraints of annotated_types as one that msgspec checks; None if it does not know one of them.

    So an app that has not imported pydantic does not load it to check a number.
    """
    import msgspec

    kind = behind(kind)
    if typing.get_origin(kind) is not typing.Annotated:
        return kind
    inner = as_meta(kind.__origin__)
    given: dict[str, Any] = {}
    for mark in kind.__metadata__:
        if not is_constraint(mark):
            continue
        for part in mark if hasattr(mark, "__iter__") else (mark,):  # Interval and Len are several in one
            held = {name: getattr(part, name) for name in _SHARED if getattr(part, name, None) is not None}
            if not held or type(part).__module__.partition(".")[0] != "annotated_types":
                return None
            given |= held
    try:
        return None if inner is None else typing.Annotated[inner, msgspec.Meta(**given)] if given else inner
    except (TypeError, ValueError):
        return None
