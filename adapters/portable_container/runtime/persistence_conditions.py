"""Conditions and filters as SQL: a condition in, a boolean expression and its parameters out. It is never NULL.

The meaning is that of `portable.persistence.query.matches`. What SQL would answer otherwise is not expressed, and the caller
evaluates the condition in Python: a number beyond 2**53, where `matches` compares ints with the exact value of a float but
JSONB holds its shortest text; a list or dict with numbers; bytes that are compared in order, which base64 does not keep.
"""

from __future__ import annotations

from portable.persistence.encoding import to_json
from portable.persistence.query import And, Comparison, Exists, Not, Or, ordered_kind
from portable_container.runtime.persistence_body import body_of, text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from portable.persistence.query import Condition

_EXACT = 2**53
_NUMBER = "'^@n-?[0-9]+([.][0-9]+)?([Ee][+-]?[0-9]+)?$'"


def expressed(condition: Condition, body: str, values: list[Any]) -> str | None:
    """Return a condition on the JSONB expression `body`, or None if it must be evaluated in Python.

    Its parameters are appended to `values`, and are $1, $2, … by their place there.
    """
    if isinstance(condition, Comparison):
        return _comparison(condition, body, values)
    if isinstance(condition, Exists):
        return f"({body} ? {_parameter(text_of(condition.name), values)}::text)"
    if isinstance(condition, Not):
        inner = expressed(condition.condition, body, values)
        return None if inner is None else f"(NOT {inner})"
    if isinstance(condition, (And, Or)):
        left, right = (expressed(part, body, values) for part in (condition.left, condition.right))
        word = "AND" if isinstance(condition, And) else "OR"
        return None if left is None or right is None else f"({left} {word} {right})"
    raise TypeError(f"{condition!r} is not a condition")


def _comparison(leaf: Comparison, body: str, values: list[Any]) -> str | None:
    kind = ordered_kind(leaf.value)
    if kind is None and leaf.operator != "==":
        return "false"  # it has no order
    if kind == "number" and not _is_exact(leaf.value):
        return None
    if (kind == "bytes" and leaf.operator != "==") or (kind is None and _has_number(leaf.value)):
        return None
    name = _parameter(text_of(leaf.name), values)
    field, text = f"({body} -> {name}::text)", f"({body} ->> {name}::text)"
    if kind == "number":
        return _number(field, text, leaf, values)
    if leaf.operator == "==":
        return f"coalesce({field} = {_parameter(body_of(leaf.value), values)}::jsonb, false)"
    form = f"{text} !~ '^@[^@]'" if kind == "text" else f"{text} ~ '^@[0-9]{{4}}-'"
    compared = _parameter(text_of(to_json(leaf.value)), values)
    return (
        f"(CASE WHEN jsonb_typeof({field}) = 'string' AND {form} "
        f'THEN {text} COLLATE "C" {leaf.operator} {compared}::text ELSE false END)'
    )


def _number(field: str, text: str, leaf: Comparison, values: list[Any]) -> str:
    """Compare with a number, or with the marked text of a Decimal or of an int beyond 2**53."""
    value = leaf.value
    compared = _parameter(repr(value) if type(value) is float else str(value), values)
    operator = "=" if leaf.operator == "==" else leaf.operator
    return (
        f"(CASE jsonb_typeof({field}) WHEN 'number' THEN {field}::numeric {operator} {compared}::numeric "
        f"WHEN 'string' THEN CASE WHEN {text} ~ {_NUMBER} "
        f"THEN substr({text}, 3)::numeric {operator} {compared}::numeric ELSE false END ELSE false END)"
    )


def _is_exact(value: Any) -> bool:
    return type(value).__name__ == "Decimal" or -_EXACT <= value <= _EXACT


def _has_number(value: Any) -> bool:
    if isinstance(value, (list, dict)):
        return any(map(_has_number, value.values() if isinstance(value, dict) else value))
    return ordered_kind(value) == "number"


def _parameter(value: Any, values: list[Any]) -> str:
    values.append(value)
    return f"${len(values)}"
