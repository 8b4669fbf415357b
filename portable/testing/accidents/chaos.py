"""Chaos: a seed, or a list of faults, in; what happens to each delivery out. It only does what a cloud may do.

Every decision depends on the seed and on the delivery alone, never on what happened before, so a run is repeated by its
seed and a fault keeps its meaning when others are left out. A message is never broken at its last attempt.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from hashlib import blake2s
from random import Random

from portable.errors import Throttled, Unavailable
from portable.eventing.driver import Received
from portable.eventing.request import Request
from portable.testing.accidents.faults import BREAKING, KINDS, Fault
from portable.testing.session.settling import LATE, Accident
from portable.testing.world.observing import Break, Died
from portable.testing.world.pending import PendingEvents, Tries

MOST = 2
"""Times that one message is broken, delivered once more, or late: each ends, so that settling does."""


@dataclass
class Visit:
    """One delivery that happened: whose, which, and whether it may be broken."""

    function: str
    message: str
    delivery: int
    ordered: bool
    breakable: bool
    http: bool = False


@dataclass
class Chaos:
    """The accidents of one run. With `faults` it does just those, else it draws them; `kinds` are those it may draw.

    `density` is how likely a delivery has an accident. `sizes` tells how many resource calls a function's call makes.
    `visits` are the deliveries it was asked about, `done` the faults it made. With `http` requests break as well, and
    their client sends them again.
    """

    seed: int = 0
    faults: tuple[Fault, ...] | None = None
    density: float = 0.4
    kinds: tuple[str, ...] = KINDS
    sizes: Callable[[str], int] = lambda function: 2
    http: bool = False
    visits: list[Visit] = field(default_factory=list)
    done: list[Fault] = field(default_factory=list)
    _labels: dict[str, str] = field(default_factory=dict)
    _seen: Counter[str] = field(default_factory=Counter)
    _given: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    _groups: int = 0

    def next(self, pending: PendingEvents, received: Received, tries: Tries, attempt: int) -> Accident:
        """Return what happens to a delivery."""
        name, label = pending.function.name, self._label(pending, received)
        ordered = pending.queue.queue.ordered
        breakable = attempt < pending.function.attempts and tries.injected < MOST
        self.visits.append(Visit(name, label, tries.deliveries, ordered, breakable))
        accident = Accident()
        for fault in self._planned(name, label, tries.deliveries):
            if self._apply(fault, accident, ordered=ordered, breakable=breakable):
                self.done.append(fault)
        return accident

    def request(self, function: str, request: Request) -> Break | None:
        """Return how a request to a function breaks the first time that it is sent, None when it does not."""
        label = self._named(function, f"{request.method} {request.raw_path}".encode() + request.body)
        self.visits.append(Visit(function, label, 1, True, True, http=True))
        accident = Accident()
        for fault in self._planned(function, label, 1):
            if fault.kind in BREAKING and self._apply(fault, accident, ordered=True, breakable=True):
                self.done.append(fault)
        return accident.broken

    def _planned(self, function: str, message: str, delivery: int) -> Iterable[Fault]:
        if self.faults is None:
            return self._drawn(function, message, delivery)
        here = (function, message, delivery)
        return [fault for fault in self.faults if (fault.function, fault.message, fault.delivery) == here]

    def group(self, pending: PendingEvents, size: int) -> int:
        """Return how many messages come at once."""
        if size == 1:
            return 1
        self._groups += 1
        return Random(f"{self.seed}/{pending.function.name}/{self._groups}").randint(1, size)  # noqa: S311

    def _drawn(self, function: str, message: str, delivery: int) -> list[Fault]:
        random = Random(f"{self.seed}/{function}/{message}/{delivery}")  # noqa: S311
        if random.random() > self.density:
            return []
        kinds = [random.choice(self.kinds)]
        if random.random() < 0.3:
            kinds.append(random.choice(self.kinds))
        size = max(1, self.sizes(function))
        return [
            Fault(function, message, delivery, kind, random.randint(1, size) if kind in BREAKING else 0)
            for kind in dict.fromkeys(kinds)
        ]

    def _apply(self, fault: Fault, accident: Accident, *, ordered: bool, breakable: bool) -> bool:
        """Add a fault to an accident; say whether it may happen here."""
        kind = fault.kind
        if kind not in BREAKING:
            so_far = (fault.function, fault.message, kind)
            if self._given[so_far] >= MOST:
                return False
            self._given[so_far] += 1
        if kind in BREAKING:
            if not breakable or accident.broken is not None:
                return False
            accident.broken = broken(fault)
            accident.timeout = kind == "timeout"
        elif kind == "duplicate":
            accident.again = 0.0 if ordered or fault.at == 0 else LATE
        elif ordered:
            return False
        elif kind == "reorder":
            accident.last = True
        else:
            accident.late = LATE
        return True

    def _label(self, pending: PendingEvents, received: Received) -> str:
        """Return a name for a message that does not depend on what happened before it was sent."""
        key = f"{pending.function.name}/{received.message.id}"
        found = self._labels.get(key)
        if found is None:
            event = pending.decode(received.message)
            named = getattr(event, "key", None) or received.message.payload
            text = named if isinstance(named, bytes) else str(named).encode()
            found = self._labels[key] = self._named(pending.function.name, text)
        return found

    def _named(self, function: str, content: bytes) -> str:
        digest = blake2s(content, digest_size=3).hexdigest()
        self._seen[f"{function}/{digest}"] += 1
        return f"{digest}-{self._seen[f'{function}/{digest}']}"


def broken(fault: Fault) -> Break:
    """Return how a fault breaks a call."""
    errors: dict[str, Callable[[], BaseException]] = {
        "crash": Died,
        "timeout": Died,
        "lost": lambda: Unavailable("the reply was lost"),
        "throttle": lambda: Throttled("too many requests"),
        "unavailable": lambda: Unavailable("the service is not available"),
    }
    dies = fault.kind in ("crash", "timeout")
    return Break(fault.at, errors[fault.kind], after=dies or fault.kind == "lost", chaos=True, at_end=dies)
