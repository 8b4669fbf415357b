"""Writes keys as one ordered text, for stores with a single ordered name. The texts sort as the keys do.

Each part ends with `!`, which sorts below every other character of a part. So `a` sorts before `a b`, and parts never
mix. The text has no `/`, is never `.`, `..` or `__x__`, and has the same order by bytes, by code points and by UTF-16
units. Text of n bytes becomes at most 2.34 n bytes.
"""

from __future__ import annotations

from portable.persistence.encoding import key_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from portable.persistence.query import SortCondition

_ESCAPES = {code: '"' + chr(0x30 + code) for code in range(0x23)} | {0x2E: ".0", 0x2F: ".1"}
"""Escapes: control characters, space, ! and " follow a quotation mark; . and / follow a point."""
_HIGH = 0xE000
"""From this character on, UTF-16 units and code points sort differently. It is followed by four digits of 6 bits."""
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_:@")
LAST = "\uf8ff"
"""Sorts after every character of an ordered text."""


def ordered(value: Any) -> str:
    """Return the value of a key as ordered text, without the end mark."""
    text = key_text(value)
    if _PLAIN.issuperset(text):
        return text
    return "".join(
        char if 0x2F < (code := ord(char)) < _HIGH else _ESCAPES.get(code, char) if code < _HIGH else _high(code)
        for char in text
    )


def _high(code: int) -> str:
    return chr(_HIGH) + "".join(chr(0x30 + (code >> shift & 63)) for shift in (18, 12, 6, 0))


def joined(*values: Any) -> str:
    """Return several values as one ordered text. The first value counts most. None means that a part is missing."""
    return "".join(("" if value is None else ordered(value)) + "!" for value in values)


def bounds(prefix: str, condition: SortCondition | None) -> tuple[str, str]:
    """Return the range [lower, upper) of ordered texts that begin with `prefix` and meet a condition.

    The condition is about the value after the prefix.
    """
    if condition is None:
        return prefix, prefix + LAST
    low = prefix + ordered(condition.value)
    operator = condition.operator
    if operator == "begins_with":
        return low, low + LAST
    if operator == "between":
        return low + "!", prefix + ordered(condition.upper) + '"'
    lower = {"eq": low + "!", "ge": low + "!", "gt": low + '"'}.get(operator, prefix)
    upper = {"eq": low + '"', "le": low + '"', "lt": low + "!"}.get(operator, prefix + LAST)
    return lower, upper
