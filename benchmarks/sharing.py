"""What two providers cost: a function whose text two providers give, against one that calls the same two functions itself.

Both are packaged for Lambda and measured in turn, by processor time. Of a call the median of the differences counts. Of a
cold start what differs is the import of the entry. It is measured in new processes that have the modules of Python already,
which both need: they take ten times as long, and vary by more than the difference. The best of each counts.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from benchmarks.artifacts import packaged
from benchmarks.coldstart import HELLO
from benchmarks.invocation import PROCESSES, measure
from benchmarks.rows import Row

ROUNDS = 41
CALL = 0.3
"""Microseconds."""
COLD = 0.5
"""Milliseconds."""
SCRIPT = """
import json, logging, time, traceback, typing
began = time.process_time()
import entry_hello
print((time.process_time() - began) * 1000)
"""


def started(bundle: Path) -> float:
    """Return the milliseconds that the import of an entry takes in a new process."""
    environment = {"PYTHONPATH": str(bundle), "PYTHONDONTWRITEBYTECODE": "1", "AWS_REGION": "eu-west-1", "PATH": ""}
    done = subprocess.run([sys.executable, "-c", SCRIPT], env=environment, stdout=subprocess.PIPE, check=True)
    return float(done.stdout)


def rows() -> list[Row]:
    """Measure and return the table's lines."""
    with tempfile.TemporaryDirectory() as temporary:
        plain, shared = (packaged(name, Path(temporary)) for name in ("called", "shared"))
        calls = [
            measure(shared, "entry_hello:handler", HELLO) - measure(plain, "entry_hello:handler", HELLO)
            for _ in range(PROCESSES)
        ]
        starts = [(started(shared), started(plain)) for _ in range(ROUNDS)]
    ours, base = (min(column) for column in zip(*starts, strict=True))
    return [
        _row("per invocation, two providers, against two calls", median(calls), "us", CALL),
        _row("cold start, two providers, against two calls", ours - base, "ms", COLD),
    ]


def _row(what: str, more: float, unit: str, bar: float) -> Row:
    return Row(what, f"{more:+.2f} {unit}", f"<= +{bar} {unit}", more <= bar)
