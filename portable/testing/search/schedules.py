"""Which schedules are tried, in which order: the deliveries of an undisturbed run in, schedules of accidents out.

First single accidents, each kind in its turn and the likeliest mistake first, once for each place in the code where it
can happen: that a second message of the same function meets the same accident tells little more. Then all other places
at once, one accident a message. Then pauses at one place of every function, so that two preemptions come together. Then
mixtures, every fourth of pauses alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from random import Random

from portable.testing.accidents.chaos import Calls, Chaos, Visit, longest, may_happen, partial_places
from portable.testing.accidents.faults import BREAKING, KINDS, RESTING, Fault
from portable.testing.world.drivers import is_effect
from portable.testing.world.naming import Names
from portable.testing.world.records import Call

_CHANGES = frozenset(("crash", "timeout", "lost"))
"""Kinds that tell something only behind a call that changes something."""
_PAUSES = ("interleave", "twin", "slow")


@dataclass(frozen=True)
class Watched:
    """What an undisturbed run showed: its deliveries, its calls, and how many there are of each function."""

    visits: list[Visit]
    calls: list[Call]
    names: Names

    def calls_of(self, function: str) -> Calls:
        """Return the resource calls of the longest call of a function."""
        return longest(self.calls, function)


def schedules(watched: Watched, runs: int, seed: int, kinds: tuple[str, ...], *, http: bool) -> Iterator[Chaos]:
    """Yield `runs` schedules."""
    random = Random(seed)  # noqa: S311
    first, rest = _by_place(_alone(watched, kinds))
    random.shuffle(rest)
    queue = _in_turns(first)
    singles = queue[: max(1, runs * 3 // 5)]
    given = 0
    for fault in singles[:runs]:
        given += 1
        yield Chaos(watched.names, seed, (fault,), http=http)
    packed = _packed([*queue[len(singles) :], *rest], max(0, runs // 5))
    together = _together(watched, random, runs // 10) if "interleave" in kinds else []
    for faults in [*packed, *together]:
        if given < runs:
            given += 1
            yield Chaos(watched.names, seed, faults, http=http)
    pauses = tuple(kind for kind in kinds if kind in _PAUSES)
    for number in range(runs - given):
        some = pauses if pauses and number % 4 == 1 else kinds
        density = 0.2 + 0.6 * (number % 5) / 4
        yield Chaos(watched.names, random.getrandbits(32), None, density, some, watched.calls_of, http)


def _by_place(faults: Iterator[tuple[Fault, object]]) -> tuple[list[Fault], list[Fault]]:
    """Return the first fault of each place in the code, and all others."""
    seen: set[object] = set()
    first: list[Fault] = []
    rest: list[Fault] = []
    for fault, place in faults:
        (rest if place in seen else first).append(fault)
        seen.add(place)
    return first, rest


def _in_turns(faults: list[Fault]) -> list[Fault]:
    """Return faults so that every kind has its turn, and within a kind every function."""
    groups = []
    for kind in KINDS:
        mine = [fault for fault in faults if fault.kind == kind]
        functions = dict.fromkeys(fault.function for fault in mine)
        groups.append(_turns([[fault for fault in mine if fault.function == name] for name in functions]))
    return _turns(groups)


def _turns(groups: list[list[Fault]]) -> list[Fault]:
    return [fault for turn in zip_longest(*groups) for fault in turn if fault is not None]


def _packed(faults: list[Fault], most: int) -> list[tuple[Fault, ...]]:
    """Return up to `most` schedules of faults, at most one for each message of a function."""
    packs: list[dict[tuple[str, str], Fault]] = []
    for fault in faults:
        key = (fault.function, fault.message)
        pack = next((pack for pack in packs if key not in pack), None)
        if pack is not None:
            pack[key] = fault
        elif len(packs) < most:
            packs.append({key: fault})
    return [tuple(sorted(pack.values())) for pack in packs]


def _together(watched: Watched, random: Random, most: int) -> list[tuple[Fault, ...]]:
    """Return up to `most` schedules in which every message of a function pauses before the same change.

    Also who was alone in the undisturbed run: when another one pauses, it is not.
    """
    pauses = [
        Fault(visit.function, visit.message, visit.delivery, "interleave", at)
        for visit, calls in _made(watched)
        for at in range(2, len(calls) + 1)
        if is_effect(calls[at - 1])
    ]
    places: dict[str, set[int]] = {}
    for fault in pauses:
        places.setdefault(fault.function, set()).add(fault.at)
    chosen = [{name: random.choice(sorted(ats)) for name, ats in places.items()} for _ in range(4 * most)]
    different = list({tuple(each.values()): each for each in chosen}.values()) if places else []
    return [tuple(fault for fault in pauses if each[fault.function] == fault.at) for each in different[:most]]


def _made(watched: Watched) -> Iterator[tuple[Visit, Calls]]:
    """Yield every delivery of the undisturbed run with the resource calls that it led to."""
    made: dict[tuple[str, str], list[Call]] = {}
    for call in watched.calls:
        made.setdefault((call.function, call.label), []).append(call)
    for visit in watched.visits:
        mine = made.get((visit.function, visit.message))
        yield visit, tuple(mine.pop(0).resource_calls) if mine else ()


def _alone(watched: Watched, kinds: tuple[str, ...]) -> Iterator[tuple[Fault, object]]:
    """Yield every single accident of the deliveries, and the place in the code where it happens."""
    known: set[str] = set()
    for visit, calls in _made(watched):
        for kind in kinds:
            for at in _places(kind, visit, calls):
                fault = Fault(visit.function, visit.message, visit.delivery, kind, at)
                if may_happen(fault, visit):
                    warm = kind == "restart" and visit.function in known  # then the others remember more
                    yield fault, (visit.function, kind, at, calls[:at], warm)
        known.add(visit.function)


def _places(kind: str, visit: Visit, calls: Calls) -> list[int]:
    """Return where an accident of a kind tells something."""
    numbers = range(1, len(calls) + 1)
    if kind in BREAKING:
        return [at for at in numbers if kind not in _CHANGES or is_effect(calls[at - 1])]
    if kind == "partial":
        return partial_places(calls)
    if kind == "duplicate":
        return [0] if visit.ordered else [0, 1, 2]
    if kind not in RESTING:
        return [0]
    alone = not visit.others and kind not in ("twin", "slow")
    company = [at for at in numbers[1:] if not alone or any(map(_fires, calls[: at - 1]))]
    company.sort(key=lambda at: not is_effect(calls[at - 1]))  # before a change is where the most is decided
    return [*company, 0] if kind == "restart" else company


def _fires(call: tuple[str, str, str]) -> bool:
    """Say whether a resource call may have another function called."""
    return is_effect(call) and call[0] != "table"
