"""Rows and keys as PostgreSQL keeps them: a plain row in, the text of a JSONB value out, and back.

A row is JSON as in `portable.persistence.encoding`, so numbers stay exact and bytes and times are marked text. PostgreSQL's
text cannot hold U+0000. It is written as U+0001 U+0001, and U+0001 as U+0001 U+0002, which keeps texts in their order.
"""

from __future__ import annotations

import json
import re

from portable.persistence.encoding import from_json, to_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from portable.persistence.values import Row

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_PAIR = re.compile("\1([\1\2])")


def body_of(row: Any) -> str:
    """Return a plain row, or another plain value, as the text of a JSONB value."""
    found = to_json(row)
    text = _encode(found)
    if "\\u0000" in text or "\\u0001" in text:
        return _encode(_each(found, text_of))
    return text


def row_of(text: str) -> Row:
    """Return the plain row of a JSONB value."""
    found = json.loads(text)
    if "\\u0001" in text:
        found = _each(found, _unescaped)
    return from_json(found)  # type: ignore[no-any-return]


def text_of(text: str) -> str:
    """Return a text in the form that PostgreSQL can hold."""
    if "\0" in text or "\1" in text:
        return text.replace("\1", "\1\2").replace("\0", "\1\1")
    return text


def _unescaped(text: str) -> str:
    return _PAIR.sub(lambda pair: "\0" if pair[1] == "\1" else "\1", text)


def _each(value: Any, change: Callable[[str], str]) -> Any:
    """Return a JSON value with `change` applied to each text and each name."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {change(name): _each(item, change) for name, item in value.items()}
    if isinstance(value, list):
        return [_each(item, change) for item in value]
    return value
