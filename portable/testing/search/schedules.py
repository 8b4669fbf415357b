"""Which schedules are tried, in which order: the deliveries of an undisturbed run in, schedules of accidents out.

First single accidents, each kind in its turn and the likeliest mistake first, once for each place in the code where it
can happen: that a second message of the same function meets the same accident tells little more. Then all other places
at once, one accident a message. Then pauses at one place of every function, so that two preemptions come together. Then
in turn: a second accident at a place to which only a first one led (`portable.testing.search.following`), and mixtures,
every fourth of pauses alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from random import Random

from portable.testing.accidents.chaos import Calls, Chaos, Visit, longest, may_happen, partial_places
from portable.testing.accidents.faults import BREAKING, RESTING, Fault
from portable.testing.search.following import Following, in_turns
from portable.testing.world.drivers import is_effect
from portable.testing.world.naming import Names
from portable.testing.world.records import Call, ids_of

_CHANGES = frozenset(("crash", "timeout", "lost"))
"""Kinds that are useful only after a call that changes something."""
_PAUSES = ("interleave", "twin", "slow")


@dataclass(frozen=True)
class Watched:
    """The record of a run without accidents: its deliveries, its calls, and their number per function."""

    visits: list[Visit]
    calls: list[Call]
    names: Names

    def calls_of(self, function: str) -> Calls:
        """Return the resource calls of the longest call of a function."""
        return longest(self.calls, function)


def schedules(
    watched: Watched,
    runs: int,
    seed: int,
    kinds: tuple[str, ...],
    *,
    http: bool,
    made: Callable[[], list[Call]] = list,
) -> Iterator[Chaos]:
    """Yield `runs` schedules. `made` tells the calls of the last one, which has run before the next is asked for."""
    random = Random(seed)  # noqa: S311
    alone = list(alone_in(watched, kinds))
    first, rest = _by_place(alone)
    random.shuffle(rest)
    queue = in_turns([(fault,) for fault in first])
    singles = queue[: max(1, runs * 3 // 5)]
    following = Following({place for _, place in alone})
    for faults in singles[:runs]:
        chaos = Chaos(watched.names, seed, faults, http=http)
        yield chaos
        following.learn(chaos.done, list(alone_in(Watched(_came(chaos), made(), watched.names), kinds)))
    packed = _packed([*(fault for (fault,) in queue[len(singles) :]), *rest], max(0, runs // 10))
    together = _together(watched, random, runs // 10) if "interleave" in kinds else []
    planned = [*packed, *together][: max(0, runs - len(singles))]
    for faults in planned:
        yield Chaos(watched.names, seed, faults, http=http)
    left = runs - len(singles) - len(planned)
    seconds = in_turns(following.found)[: (left + 1) // 2]
    pauses = tuple(kind for kind in kinds if kind in _PAUSES)
    for number in range(left - len(seconds)):
        if number < len(seconds):
            yield Chaos(watched.names, seed, seconds[number], http=http)
        some = pauses if pauses and number % 4 == 1 else kinds
        density = 0.2 + 0.6 * (number % 5) / 4
        yield Chaos(watched.names, random.getrandbits(32), None, density, some, watched.calls_of, http)
    yield from (Chaos(watched.names, seed, faults, http=http) for faults in seconds[left - len(seconds) :])


def _came(chaos: Chaos) -> list[Visit]:
    """Return the deliveries of a run that reached their function."""
    late = {(fault.function, fault.message, fault.delivery) for fault in chaos.done if fault.kind == "late"}
    return [visit for visit in chaos.visits if (visit.function, visit.message, visit.delivery) not in late]


def _by_place(faults: Iterable[tuple[Fault, object]]) -> tuple[list[Fault], list[Fault]]:
    """Return the first fault of each place in the code, and all others."""
    seen: set[object] = set()
    first: list[Fault] = []
    rest: list[Fault] = []
    for fault, place in faults:
        (rest if place in seen else first).append(fault)
        seen.add(place)
    return first, rest


def _packed(faults: list[Fault], most: int) -> list[tuple[Fault, ...]]:
    """Return up to `most` schedules of faults, one for each message of a function; a second one breaks its next try."""
    packs: list[dict[tuple[str, str, int], Fault]] = []
    for fault in faults:
        key = (fault.function, fault.message)
        pack = next((pack for pack in packs if (*key, 1) not in pack), None)
        if fault.kind in BREAKING:
            broken = next((pack for pack in packs if _has_room(pack, fault)), None)
            if broken is not None:
                broken[(*key, 2)] = replace(fault, delivery=2)
                continue
        if pack is not None:
            pack[(*key, 1)] = fault
        elif len(packs) < most:
            packs.append({(*key, 1): fault})
    return [tuple(sorted(pack.values())) for pack in packs]


def _has_room(pack: dict[tuple[str, str, int], Fault], fault: Fault) -> bool:
    """Say whether the message of a fault breaks in a schedule at its first delivery, and not yet at its second."""
    first = pack.get((fault.function, fault.message, 1))
    there = (fault.function, fault.message, 2) in pack
    return first is not None and first.kind in BREAKING and first.delivery == 1 and fault.delivery == 1 and not there


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
        label = call.label or next((watched.names.known(found) for found in ids_of(call.event)), "")
        made.setdefault((call.function, label), []).append(call)
    for visit in watched.visits:
        mine = made.get((visit.function, visit.message))
        yield visit, tuple(mine.pop(0).resource_calls) if mine else ()


def alone_in(watched: Watched, kinds: tuple[str, ...]) -> Iterator[tuple[Fault, object]]:
    """Yield every single accident of the deliveries, and the place in the code where it happens."""
    known: set[str] = set()
    for visit, calls in _made(watched):
        for kind in kinds:
            for at in _places(kind, visit, calls):
                fault = Fault(visit.function, visit.message, visit.delivery, kind, at)
                if may_happen(fault, visit):
                    warm = kind == "restart" and visit.function in known  # then the other instances have more state
                    lost = calls[: at + 1] if kind == "crash" else calls[:at]  # what it dies before is what is lost
                    yield fault, (visit.function, kind, at, lost, warm)
        known.add(visit.function)


def _places(kind: str, visit: Visit, calls: Calls) -> list[int]:
    """Return the places at which an accident of a kind is useful."""
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
    company.sort(key=lambda at: not is_effect(calls[at - 1]))  # a pause before a change finds most mistakes
    return [*company, 0] if kind == "restart" else company


def _fires(call: tuple[str, str, str]) -> bool:
    """Say whether a resource call may have another function called."""
    return is_effect(call) and call[0] != "table"
