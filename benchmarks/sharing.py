"""What two providers cost: a function whose text two providers give, against one that calls the same two functions itself.

Both are packaged for Lambda. They are measured in turn, by processor time, and the median of the differences counts.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from statistics import median

from benchmarks.artifacts import packaged
from benchmarks.coldstart import HELLO, Contender, compare
from benchmarks.invocation import PROCESSES, measure
from benchmarks.rows import Row

ROUNDS = 61
CALL = 0.3
"""Microseconds."""
COLD = 0.5
"""Milliseconds."""


def rows() -> list[Row]:
    """Measure and return the table's lines."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        plain, shared = packaged("called", folder), packaged("shared", folder)
        calls = [
            measure(shared, "entry_hello:handler", HELLO) - measure(plain, "entry_hello:handler", HELLO)
            for _ in range(PROCESSES)
        ]
        base = Contender("called", plain, "entry_hello.handler", HELLO)
        ours = Contender("two providers", shared, "entry_hello.handler", HELLO)
        compare(base, ours, rounds=ROUNDS)
    starts = median((our.cpu - other.cpu) * 1000 for our, other in zip(ours.starts, base.starts, strict=True))
    return [
        _row("per invocation, two providers, against two calls", median(calls), "us", CALL),
        _row("cold start, two providers, against two calls", starts, "ms", COLD),
    ]


def _row(what: str, more: float, unit: str, bar: float) -> Row:
    return Row(what, f"{more:+.2f} {unit}", f"<= +{bar} {unit}", more <= bar)
