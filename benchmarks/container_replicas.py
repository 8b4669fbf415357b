"""Two replicas of a worker against one, with a handler that computes: nothing in, rows of (what, measured, bar, ok) out."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from statistics import median

from benchmarks.container_queue import Noted, Way, portable, sender, workers
from benchmarks.rows import Row

MESSAGES, WORK, ROUNDS = 400, 100_000, 3
"""How many messages, and the steps of Python that each takes."""


def rows() -> list[Row]:
    """Handle the same messages with one process and with two, in turn."""
    rates: dict[int, list[float]] = {1: [], 2: []}
    with tempfile.TemporaryDirectory() as name, portable(Path(name)) as way:
        for _ in range(ROUNDS):
            for replicas, found in rates.items():
                found.append(rate(Path(name), way._replace(work=way.work[:replicas])))
    one, two = (median(found) for found in rates.values())
    measured = f"{two / one:.2f}x ({two:,.0f}/s against {one:,.0f}/s)"
    return [Row("container: two replicas against one, CPU-bound handler", measured, ">= 1.80x", two >= 1.8 * one)]


def rate(folder: Path, way: Way) -> float:
    """Return the messages a second after the first ones, when every process works."""
    noted = Noted(folder, MESSAGES)
    busy = way._replace(environment={**way.environment, "WORK": str(WORK)})
    with sender(busy, noted, "together", 0, MESSAGES) as process:
        process.wait()
    with workers(busy, noted):
        noted.wait(MESSAGES // 10)
        start, before = time.perf_counter(), noted.handled()
        noted.wait(MESSAGES * 9 // 10)
        taken, handled = time.perf_counter() - start, noted.handled() - before
        noted.wait(MESSAGES)
    return handled / taken


if __name__ == "__main__":
    for row in rows():
        print(f"{'ok  ' if row.ok else 'MISS'} {row.what:60} {row.measured:>20} {row.bar:>12}")
