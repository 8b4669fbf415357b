"""What follows from an accident: places that only it led to in, schedules with a second accident there out.

A retry takes another branch, a compensation is sent, a sweep finds something to delete: no undisturbed run shows these,
and mistakes hide there.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import zip_longest

from portable.testing.accidents.faults import KINDS, Fault

_ALIKE = {"outage": "unavailable", "throttle": "unavailable", "timeout": "crash"}
"""Kinds that tell much the same at one place, so that they share a turn: the one that finds most is tried first."""
_LATER = ("timeout", "throttle", "unavailable")


class Following:
    """Schedules of two accidents. `seen` are the places that the undisturbed run led to."""

    def __init__(self, seen: set[object]) -> None:
        self.found: list[tuple[Fault, ...]] = []
        self._seen = seen

    def learn(self, first: list[Fault], alone: Iterable[tuple[Fault, object]]) -> None:
        """Take note of the places that a run with a first accident led to, each with what may happen there."""
        for fault, place in alone:
            if place not in self._seen:
                self._seen.add(place)
                if first:
                    self.found.append((*first, fault))


def in_turns(schedules: list[tuple[Fault, ...]]) -> list[tuple[Fault, ...]]:
    """Return schedules so that every kind of their last fault has its turn, and within a kind every function."""
    groups = []
    for kind in KINDS:
        mine = [faults for faults in schedules if _ALIKE.get(faults[-1].kind, faults[-1].kind) == kind]
        mine.sort(key=lambda faults: _LATER.index(faults[-1].kind) + 1 if faults[-1].kind in _LATER else 0)
        functions = dict.fromkeys(faults[-1].function for faults in mine)
        groups.append(_turns([[faults for faults in mine if faults[-1].function == name] for name in functions]))
    return _turns(groups)


def _turns(groups: list[list[tuple[Fault, ...]]]) -> list[tuple[Fault, ...]]:
    return [faults for turn in zip_longest(*groups) for faults in turn if faults is not None]
