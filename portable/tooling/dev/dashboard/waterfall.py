"""A trace as a waterfall: takes its invocations; returns lines, each with its place in time and in the tree of causes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from portable.tooling.dev.journal.model import Details, ResourceCall
from portable.tooling.grouping import grouped

WIDTH = 1000
NARROWEST = 4
"""The smallest width of a bar: what is shorter is still seen."""
LINES = 300
"""The most lines of a waterfall."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line: an invocation, or with `call` a call of a resource in it. `x` and `width` are of `WIDTH`."""

    depth: int
    invocation: Details
    call: ResourceCall | None
    after: float
    seconds: float | None
    x: float
    width: float


def waterfall(trace: Sequence[Details], now: float) -> list[Line]:
    """Return the lines of a trace: each invocation with its calls, and below it what it caused."""
    if not trace:
        return []
    begin = min(each.began for each in trace)
    end = max(each.began + (each.seconds if each.seconds is not None else max(0.0, now - each.began)) for each in trace)
    span = max(end - begin, 1e-6)
    lines: list[Line] = []
    for depth, each in _tree(trace):
        lines.append(_line(depth, each, None, each.began, each.seconds, begin, span, end))
        room = LINES - len(lines)
        if room <= 0:
            break
        lines += [
            _line(depth + 1, each, call, call.began, call.seconds, begin, span, end) for call in each.calls[:room]
        ]
    return lines[:LINES]


def _tree(trace: Sequence[Details]) -> Iterator[tuple[int, Details]]:
    """Yield invocations with their depth, causes before what they caused. One whose cause is not known is a root."""
    known = {span: each.id for each in trace for span in (*each.spans, each.id)}
    causes = ((known.get(each.parent, ""), each) for each in trace)
    below = grouped((cause if cause != each.id else "", each) for cause, each in causes)
    waiting = [(0, each) for each in reversed(below.get("", []))]
    while waiting:
        depth, each = waiting.pop()
        yield depth, each
        waiting += [(depth + 1, caused) for caused in reversed(below.pop(each.id, []))]


def _line(
    depth: int,
    each: Details,
    call: ResourceCall | None,
    began: float,
    seconds: float | None,
    begin: float,
    span: float,
    end: float,
) -> Line:
    x = min(max((began - begin) / span * WIDTH, 0), WIDTH - NARROWEST)
    length = (seconds if seconds is not None else end - began) / span * WIDTH
    return Line(
        depth, each, call, began - begin, seconds, round(x, 1), round(max(NARROWEST, min(length, WIDTH - x)), 1)
    )
