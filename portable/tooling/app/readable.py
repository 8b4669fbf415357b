"""Takes a type; returns why its values cannot be read and validated in full, or None. Such a declaration is refused."""

from __future__ import annotations

from typing import Any

from portable.base.codec import engine
from portable.base.typed import marks


def unreadable(kind: Any, known: tuple[type, ...] = ()) -> str | None:
    """Return why values of a type cannot be read and validated in full, None when they can.

    One library reads a value: a constraint of the other one inside it would be ignored. `known` are classes that are
    made by us.
    """
    try:
        found = dict(reversed(list(marks(kind))))
    except (TypeError, NameError) as error:
        return f"its fields cannot be evaluated: {error}"
    if len(found) == 2:
        return (
            f"{found['pydantic']} is checked by pydantic and {found['msgspec']} by msgspec, which ignore each other's constraints: "
            "use only one of the two"
        )
    pydantic = "pydantic" in found
    try:
        engine(kind, pydantic=pydantic)
    except ModuleNotFoundError as error:
        return f"{found.get('pydantic', kind)!s} needs {error.name}, which is not installed"
    except RecursionError:
        return f"{_shown(kind)} is an alias that refers to itself, which works only in a pydantic model"
    except (TypeError, NameError) as error:
        return f"{_shown(kind)} is not a type that JSON can be decoded to: {error}"
    if not pydantic and _is_custom(kind, known):
        return f"{_shown(kind)} is not a type that JSON can be decoded to"
    return None


def _shown(kind: Any) -> str:
    return kind.__name__ if type(kind) is type else repr(kind)


def _is_custom(kind: Any, known: tuple[type, ...]) -> bool:
    import msgspec

    try:
        return _has_custom(msgspec.inspect.type_info(kind), set(known))
    except (TypeError, NameError):
        return True


def _has_custom(info: Any, seen: set[Any]) -> bool:
    """Return whether a description of msgspec's names a class it does not know, at any depth."""
    import msgspec

    if isinstance(info, msgspec.inspect.CustomType):
        return info.cls not in seen
    if isinstance(info, (tuple, list)):
        return any(_has_custom(part, seen) for part in info)
    if not isinstance(info, (msgspec.inspect.Type, msgspec.inspect.Field)):
        return False
    if (own := getattr(info, "cls", None)) is not None:
        if own in seen:
            return False
        seen.add(own)
    inner = ("type", "item_type", "item_types", "key_type", "value_type", "types", "fields")
    return any(_has_custom(getattr(info, name), seen) for name in inner if hasattr(info, name))
