"""Finds every fault of a value that msgspec refused: takes a type and plain values; returns places and messages.

msgspec stops at the first fault. So a value that it refuses is read again here, part by part, and only the parts that
fail are entered. This module is loaded only after a fault.
"""

from __future__ import annotations

from portable.base.typed_parts import missing_of, parts_of
from portable.errors import MOST_FAULTS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

Fault = tuple[str, str]
"""The place of a fault, such as "body.items[0].price", and what is wrong there."""
PARTS = 10_000
"""The largest number of parts that are read again."""
DEEPEST = 8
"""How many values inside each other are entered. Each level may read its part of the body again."""


def faults_of_json(kind: Any, body: bytes) -> list[Fault]:
    """Return the faults of a JSON text, in the order of the fields of its type. Empty if it is no JSON."""
    import msgspec

    try:
        plain = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return []
    return faults_of(kind, plain)


def faults_of(kind: Any, plain: Any) -> list[Fault]:
    """Return the faults of plain values, in the order of the fields of their type. Each place begins with `body`."""
    search = _Search()
    try:
        search.enter(kind, plain, "body", DEEPEST)
    except (RecursionError, TypeError, NameError):  # a type that names itself, or one that cannot be evaluated here
        return []
    return search.found[:MOST_FAULTS]


class _Search:
    """What one search has found, and how many parts it may still read."""

    def __init__(self) -> None:
        self.found: list[Fault] = []
        self.left = PARTS

    def enter(self, kind: Any, value: Any, place: str, deep: int) -> None:
        """Add the faults of a value: those of its parts, or its own if no part has one."""
        import msgspec

        self.left -= 1
        try:
            msgspec.convert(value, kind, str_keys=True)
            return
        except (msgspec.ValidationError, UnicodeError, RecursionError) as error:
            own = placed(error, place)
        before = len(self.found)
        if deep:
            self.found += [(place, f"Object missing required field `{name}`") for name in missing_of(kind, value)]
            for part, inner, where in parts_of(kind, value, place):
                if self.left <= 0 or len(self.found) >= MOST_FAULTS:
                    break
                self.enter(part, inner, where, deep - 1)
        if len(self.found) == before:
            self.found.append(own)


def placed(error: Exception, place: str) -> tuple[str, str]:
    """Return the place and the message of an error. `place` is that of the value that was read."""
    detail, _, path = str(error).partition(" - at `")
    before, _, after = path.rstrip("`").rpartition("` in `")  # "key` in `$.prices" for a key of a mapping
    return place + after.removeprefix("$"), f"{before} of the mapping: {detail}" if before else detail
