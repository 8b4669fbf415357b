"""Shrinking: takes a failing run; returns a failing run with as few accidents as possible."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from time import monotonic

from portable.testing.accidents.chaos import Chaos
from portable.testing.accidents.faults import Fault

SHRINKING = 10.0
"""Seconds that shrinking may take."""


def again(chaos: Chaos, faults: tuple[Fault, ...]) -> Chaos:
    """Return a fresh run of some faults."""
    return Chaos(chaos.names, chaos.seed, faults, http=chaos.http)


def shrink(chaos: Chaos, run: Callable[[Chaos], BaseException | None]) -> Chaos:
    """Return a failing run with as few faults as possible: each fault that is not needed is removed.

    A remaining duplicate or pause is also tried in its simplest form.
    """
    best = again(chaos, tuple(chaos.done))
    ends = monotonic() + SHRINKING
    for pieces in (_halves, _singles, _plainer):
        found = True
        while found and monotonic() < ends:
            found = False
            for fewer in pieces(best.faults or ()):
                trial = again(chaos, fewer)
                if run(trial) is not None and len(trial.done) <= len(best.faults or ()):
                    best, found = again(chaos, tuple(trial.done)), True
                    break
    return best


def _halves(faults: tuple[Fault, ...]) -> list[tuple[Fault, ...]]:
    middle = len(faults) // 2
    return [faults[:middle], faults[middle:]] if middle else []


def _singles(faults: tuple[Fault, ...]) -> list[tuple[Fault, ...]]:
    return [faults[:index] + faults[index + 1 :] for index in range(len(faults))]


def _plainer(faults: tuple[Fault, ...]) -> list[tuple[Fault, ...]]:
    """Return the faults with one of them in a plainer form: a late duplicate as one that comes at once."""
    plain = [
        (index, replace(fault, at=0)) for index, fault in enumerate(faults) if fault.kind == "duplicate" and fault.at
    ]
    return [(*faults[:index], fault, *faults[index + 1 :]) for index, fault in plain]
