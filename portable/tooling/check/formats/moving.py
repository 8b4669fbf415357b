"""A `Move` -> text for people, or plain data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from portable.tooling.check.finding import Finding
from portable.tooling.check.formats.data import plain
from portable.tooling.check.formats.plain import visible
from portable.tooling.check.meaning import RULE as MEANING
from portable.tooling.check.migration import Move


def moving_text(move: Move) -> str:
    """Return the report of a move, in its parts."""
    return "\n".join(_lines(move))


def moving_data(move: Move) -> dict[str, Any]:
    """Return the report of a move as plain data."""
    return {
        "from": move.source,
        "to": move.destination,
        "stays": list(move.stays),
        "absent": list(move.absent),
        "changes": [plain(one) for one in move.changes],
        "rewrites": [plain(one) for one in move.rewrites],
        "data": [asdict(one) for one in move.data],
    }


def _lines(move: Move) -> Iterator[str]:
    yield f"From {move.source} to {move.destination}"
    yield f"\nWorks there as it is: {', '.join(move.stays) or 'nothing'}"
    if move.absent:
        why = f"the modules of [tool.portable.{move.destination}] and its exclude leave them out"
        yield f"\nNot there at all: {', '.join(move.absent)}\n  {why}"
    yield f"\nMust be rewritten: {len(move.rewrites) or 'nothing'}"
    for one in move.rewrites:
        yield from _finding(one)
    yield f"\nChanges its meaning: {len(move.changes) or 'nothing'}"
    for one in move.changes:
        yield from _finding(one)
    yield f"\nData: {len(move.data) or 'nothing'}"
    for item in move.data:
        yield f"  {item.kind} {item.name}"
        for number, step in enumerate(item.steps, 1):
            yield f"    {number}. {visible(step)}"


def _finding(one: Finding) -> Iterator[str]:
    yield f"  {visible(one.place or '')}: {visible(one.message)}"
    if one.substitute and one.rule != MEANING:
        yield f"    instead: {visible(one.substitute)}"
