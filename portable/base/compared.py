"""Compares a written value with the value read back, and finds the part of a value that cannot be written."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Found = tuple[str, str]
    """The path of a field, such as "items[0].price" (empty for the whole value), and what is wrong with it."""
    Part = tuple[Any, str, Any]
    """The key, index or name of a part; the same in the form of a path; and the part."""

_GONE: Any = object()


def difference(sent: Any, arrived: Any) -> Found | None:
    """Return the first field that was not read back equal, or None if all are equal."""
    if _equal(sent, arrived):
        return None
    found = _difference(sent, arrived, "")
    return None if found is None else (found[0].removeprefix("."), found[1])


def part_of(value: Any, where: str) -> Any:
    """Return the part of a value at a path such as "items[0].price".

    If there is no such part, for example because a field is missing, return the innermost part that is there.
    """
    for step in where.replace("[", ".[").split("."):
        if step:
            held = parts_of(value) or ()
            found = next((part for _, said, part in held if said in (step, f".{step}")), _GONE)
            if found is _GONE:
                return value
            value = found
    return value


def _difference(sent: Any, arrived: Any, where: str) -> Found | None:
    if _is_secret(sent):
        return where, _secret(sent)
    held = parts_of(sent)
    if held is not None and type(arrived) is type(sent):
        others = {key: part for key, _, part in parts_of(arrived) or ()}
        for key, said, part in held:
            found = _difference(part, others.pop(key, _GONE), where + said)
            if found is not None:
                return found
        return (where, f"it would arrive with {next(iter(others))!r} added") if others else None
    if sent is arrived or _equal(sent, arrived):
        return None
    return where, f"{_shown(sent)} would arrive as {_shown(arrived)}"


def _equal(sent: Any, arrived: Any) -> bool:
    try:
        return bool(sent == arrived) or bool(sent != sent and arrived != arrived)
    except Exception:  # noqa: BLE001 - `__eq__` is foreign code and may fail; then the fields decide
        return False


def _shown(value: Any) -> str:
    if value is _GONE:
        return "nothing"
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"


def parts_of(value: Any) -> list[Part] | None:
    """Return the parts of a value, or None if it has no parts."""
    if isinstance(value, dict):
        return [(key, f".{key}" if isinstance(key, str) else f"[{key!r}]", item) for key, item in value.items()]
    if isinstance(value, (list, tuple)):
        return [(place, f"[{place}]", item) for place, item in enumerate(value)]
    kind = type(value)
    if hasattr(kind, "__pydantic_fields__"):
        named = {name: getattr(value, name, _GONE) for name in kind.__pydantic_fields__}
        for more in ("__pydantic_extra__", "__pydantic_private__"):
            named |= getattr(value, more, None) or {}
        return [(name, f".{name}", part) for name, part in named.items()]
    names = getattr(kind, "__struct_fields__", None) or getattr(kind, "__dataclass_fields__", None)
    return None if names is None else [(name, f".{name}", getattr(value, name, _GONE)) for name in names]


def unwritable(value: Any, write: Callable[[Any], Any], error: Exception) -> Found:
    """Return the innermost part of a value that cannot be written, and why."""
    if _is_secret(value):
        return "", _secret(value)
    parts = parts_of(value) or []
    if isinstance(value, (set, frozenset)):
        parts = [(None, "[…]", item) for item in value]
    for _, said, part in parts:
        if _is_secret(part):
            return said.removeprefix("."), _secret(part)
        try:
            write(part)
        except Exception as inner:  # noqa: BLE001 - the library's error about this part
            where, why = unwritable(part, write, inner)
            return (said + ("" if not where or where.startswith("[") else ".") + where).removeprefix("."), why
    return "", str(error) or type(error).__name__


def _is_secret(value: Any) -> bool:
    return hasattr(value, "get_secret_value")


def _secret(value: Any) -> str:
    return f"a {type(value).__name__} cannot be stored or sent, because that would reveal the secret"
