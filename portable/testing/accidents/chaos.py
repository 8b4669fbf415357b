"""Chaos: takes a seed or a list of faults; returns what happens to each delivery. It does only what a cloud may do.

Every decision depends only on the seed and on the name of the delivery (`portable.testing.world.naming`), never on its
content or on earlier events. So a seed repeats a run, and a fault keeps its meaning when others are removed. A message is
never broken at its last attempt.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from random import Random

from portable.errors import Throttled, Unavailable
from portable.eventing.driver import Received
from portable.testing.accidents.faults import BREAKING, KINDS, OUTAGE, RESTING, Fault
from portable.testing.session.accident import LATE, Accident
from portable.testing.world.drivers import PARTIAL
from portable.testing.world.naming import Names
from portable.testing.world.pending import PendingEvents, Tries
from portable.testing.world.records import Call
from portable.testing.world.script import Break, Died

MOST = 2
"""How often one message may be broken, repeated, late or paused. The limit makes settling end."""
Calls = tuple[tuple[str, str, str], ...]
_KEYED = ("client", "crash", "timeout")
"""Accidents of a request which may be sent again, as its idempotency key says."""


@dataclass
class Visit:
    """One delivery: its function, its message, what may happen to it, and how many `others` were pending."""

    function: str
    message: str
    delivery: int
    ordered: bool
    breakable: bool
    others: int = 0
    request: str = ""
    """What a request may suffer: "" for a message, "at once", "keyed", "any", "early"; several words are joined."""


@dataclass
class Chaos:
    """The accidents of one run. With `faults` it does only those; otherwise it draws faults of the `kinds`.

    `density` is the probability that a delivery has an accident. `calls` returns the resource calls of a function's call.
    `visits` are the deliveries so far, `done` the faults so far. With `http` any request may break, otherwise only one
    with an idempotency key. Its client sends it again.
    """

    names: Names
    seed: int = 0
    faults: tuple[Fault, ...] | None = None
    density: float = 0.4
    kinds: tuple[str, ...] = KINDS
    calls: Callable[[str], Calls] = lambda function: ()
    http: bool = False
    visits: list[Visit] = field(default_factory=list)
    done: list[Fault] = field(default_factory=list)
    _given: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    _groups: Counter[str] = field(default_factory=Counter)

    def next(self, pending: PendingEvents, received: Received, tries: Tries, attempt: int, others: int) -> Accident:
        """Return what happens to a delivery. `others` is the number of other pending ones."""
        breakable = attempt < pending.function.attempts and tries.injected < MOST
        label = self.names.of(received.message.id)
        ordered = pending.queue.queue.ordered
        return self._happens(Visit(pending.function.name, label, tries.deliveries, ordered, breakable, others))

    def request(self, function: str, label: str, *, keyed: bool, at_once: bool) -> tuple[Accident, bool]:
        """Return what happens to a request the first time that it is sent, and whether its reply is lost."""
        may = [word for word, so in (("at once", at_once), ("keyed", keyed), ("any", self.http)) if so]
        accident = self._happens(Visit(function, label, 1, True, True, 1 if at_once else 0, " ".join(may) or "none"))
        return accident, accident.again is not None

    def settling(self) -> None:
        """Note that the test settles next, so it cannot see whether messages of the last request came early."""
        if self.visits and self.visits[-1].request:
            self.visits[-1].request += " early"

    def group(self, pending: PendingEvents, size: int) -> int:
        """Return how many messages come at once."""
        if size == 1:
            return 1
        self._groups[pending.function.name] += 1
        number = self._groups[pending.function.name]
        return Random(f"{pending.function.name}/{number}").randint(1, size)  # noqa: S311 - the same in every schedule

    def _happens(self, visit: Visit) -> Accident:
        self.visits.append(visit)
        accident = Accident()
        for fault in self._planned(visit):
            early = (
                fault.kind == "early" and self.faults is not None
            )  # a planned fault is known to be invisible to the test
            if (early or may_happen(fault, visit)) and self._apply(fault, accident):
                self.done.append(fault)
        return accident

    def _planned(self, visit: Visit) -> Iterable[Fault]:
        if self.faults is None:
            return self._drawn(visit)
        here = (visit.function, visit.message, visit.delivery)
        return [fault for fault in self.faults if (fault.function, fault.message, fault.delivery) == here]

    def _drawn(self, visit: Visit) -> list[Fault]:
        random = Random(f"{self.seed}/{visit.function}/{visit.message}/{visit.delivery}")  # noqa: S311
        if random.random() > self.density:
            return []
        kinds = [random.choice(self.kinds)]
        if random.random() < 0.3:
            kinds.append(random.choice(self.kinds))
        calls = self.calls(visit.function)
        if RESTING & set(kinds) and BREAKING & set(kinds):
            kinds.pop()  # a crash of a paused call is too rare to be worth a schedule
        found = (self._draw(visit, kind, random, calls) for kind in dict.fromkeys(kinds))
        return [fault for fault in found if fault is not None]

    @staticmethod
    def _draw(visit: Visit, kind: str, random: Random, calls: Calls) -> Fault | None:
        """Return a fault of a kind at a random place, or None if there is no such place."""
        at = 0
        if kind in BREAKING:
            at = random.randint(1, max(1, len(calls)))
        elif kind == "partial":
            places = partial_places(calls)
            if not places:
                return None
            at = random.choice(places)
        elif kind in RESTING and not (kind == "restart" and random.random() < 0.5):
            if len(calls) < 2:
                return None
            at = random.randint(2, len(calls))
        elif kind == "duplicate":
            at = random.randint(0, 2)
        return Fault(visit.function, visit.message, visit.delivery, kind, at)

    def _apply(self, fault: Fault, accident: Accident) -> bool:
        """Add a fault to an accident. Return whether it could be added."""
        kind = fault.kind
        if kind in RESTING and fault.at in accident.rests:
            return False
        if kind in BREAKING:
            if accident.broken is not None:
                return False
            accident.broken = broken(fault)
            accident.timeout = kind == "timeout"
            return True
        so_far = (fault.function, fault.message, kind)
        if self._given[so_far] >= MOST:
            return False
        self._given[so_far] += 1
        if kind in RESTING and fault.at:
            accident.rests = {**accident.rests, fault.at: kind}
        elif kind == "restart":
            accident.elsewhere = True
        elif kind == "partial":
            accident.partial = fault.at
        elif kind in ("duplicate", "client"):
            accident.again = LATE if fault.at == 2 else 0.0
            accident.next = fault.at == 0
        elif kind == "reorder":
            accident.last = True
        else:
            accident.late = LATE
        return True


def may_happen(fault: Fault, visit: Visit) -> bool:
    """Return whether a cloud may do this fault to a delivery."""
    kind = fault.kind
    if visit.request:
        may = visit.request.split()
        if kind == "restart" and fault.at == 0:
            return "once" not in may
        if kind in ("interleave", "restart"):
            return "once" in may and fault.at > 0
        if kind == "early":
            return "early" in may and fault.at > 0
        if kind == "partial" or kind in BREAKING or kind == "client":
            return "any" in may or ("keyed" in may and kind in _KEYED)
        return False
    if kind in ("client", "early"):
        return False
    if kind in BREAKING or kind == "partial" or (kind in RESTING and fault.at):
        return visit.breakable and not (visit.ordered and kind in ("twin", "slow"))
    if visit.ordered:
        return kind == "restart" or (kind == "duplicate" and fault.at == 0)
    return True


def longest(calls: Iterable[Call], function: str) -> Calls:
    """Return the resource calls of the call of a function that made most of them."""
    found: Calls = ()
    for call in calls:
        if call.function == function and len(call.resource_calls) > len(found):
            found = tuple(call.resource_calls)
    return found


def partial_places(calls: Calls) -> list[int]:
    """Return the numbers of the resource calls that may be done in part."""
    return [number for number, call in enumerate(calls, 1) if (call[0], call[2]) in PARTIAL]


def broken(fault: Fault) -> Break:
    """Return how a fault breaks a call."""
    errors: dict[str, Callable[[], BaseException]] = {
        "crash": Died,
        "timeout": Died,
        "lost": lambda: Unavailable("the reply was lost"),
        "throttle": lambda: Throttled("too many requests"),
        "unavailable": lambda: Unavailable("the service is not available"),
        "outage": lambda: Unavailable("the service is not available"),
    }
    dies = fault.kind in ("crash", "timeout")
    lasting = OUTAGE if fault.kind == "outage" else 1
    return Break(fault.at, errors[fault.kind], dies or fault.kind == "lost", chaos=True, at_end=dies, lasting=lasting)
