"""Rounds of deliveries in which accidents happen: what is due in, calls that rest, break, come twice or late out.

A call that must pause runs as an actor (`portable.testing.scheduler`). While it is paused, all other due messages are
delivered, and what follows from them. Then the call that has paused longest continues. A message at its last attempt runs
alone, so that no message fails for good because of an accident.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import timedelta

from portable.eventing.driver import Received
from portable.testing.scheduler import Actor, Scheduler
from portable.testing.session.accident import Accident, Accidents
from portable.testing.session.handing import Delivery, Handing
from portable.testing.session.instances import Instances
from portable.testing.world.clock import Clock
from portable.testing.world.pending import PendingEvents, Tries

A_MOMENT = 0.001
"""Seconds by which a last attempt is delayed while a request is paused."""
Plan = tuple[PendingEvents, Received, Accident]


@dataclass
class Interleaver:
    """The host of every event function while accidents happen. `count` is told of each delivery."""

    clock: Clock
    handing: Handing
    accidents: Accidents
    count: Callable[[PendingEvents, int], None]
    limit: int
    instances: Instances
    company: bool = False
    """Whether a request pauses meanwhile."""
    scheduler: Scheduler = field(default_factory=Scheduler)
    _under_way: dict[Actor, Delivery] = field(default_factory=dict)

    @property
    def busy(self) -> bool:
        """Whether a call rests or is stuck."""
        return self.scheduler.busy

    def round(self, all_pending: Iterable[PendingEvents]) -> bool:
        """Deliver what is due now, once. Return whether there was anything."""
        turns = [
            (number // pending.batch, pending, received)
            for pending in all_pending
            for number, received in enumerate(self._receive(pending))
        ]
        turns.sort(key=lambda turn: turn[0])  # one batch of each function in turn, as without accidents
        due = [(pending, received) for _, pending, received in turns]
        plans = self._planned(due)
        plans.sort(key=lambda plan: plan[2].last)
        while plans:
            pending, received, accident = plans.pop(0)
            batch = [(received, accident)]
            size = self.accidents.group(pending, pending.batch)
            while len(batch) < size and plans and plans[0][0] is pending and not _alone(accident, pending.whole):
                if _alone(plans[0][2]) or (_breaks(accident) and self._at_end(pending, plans[0][1])):
                    break
                _, more, its = plans.pop(0)
                batch.append((more, its))
            self._deliver(pending, batch)
            if any(its.next for _, its in batch):
                again = self._planned([(pending, found) for found in self._receive(pending)])
                plans[:0] = again[:1]
                plans += again[1:]
        return bool(due)

    def go_on(self) -> None:
        """Let the call go on that has rested longest; one that is slow first rests until its lease has run out."""
        resting = self.scheduler.resting
        if resting:
            delivery = self._under_way[resting[0]]
            if delivery.rest == "slow" and not delivery.waited:
                delivery.waited = True
                self.clock.move(self.clock.now + timedelta(seconds=delivery.pending.function.timeout + 1))
                return
            self.instances.return_to(resting[0])
        self._came_back(self.scheduler.resume())

    def abandon(self) -> None:
        """End every call that rests: the test is over."""
        self.scheduler.abandon()
        self._under_way.clear()

    def _receive(self, pending: PendingEvents) -> list[Received]:
        return pending.queue.receive(self.limit, pending.function.timeout)

    def _planned(self, due: list[tuple[PendingEvents, Received]]) -> list[Plan]:
        plans: list[Plan] = []
        for pending, received in due:
            tries = pending.tries.setdefault(received.message.id, Tries())
            tries.deliveries += 1
            attempt = tries.attempt(pending.function.attempts) - tries.skipped
            accident = self.accidents.next(pending, received, tries, attempt, len(due) - 1)
            if accident.late is not None:
                pending.queue.release(received.receipt, accident.late)
            else:
                plans.append((pending, received, accident))
        return plans

    def _deliver(self, pending: PendingEvents, batch: list[tuple[Received, Accident]]) -> None:
        accident = batch[0][1]
        again = {received.receipt: its for received, its in batch if its.again is not None}
        delivery = Delivery(pending, [received for received, _ in batch], accident, again)
        if self._is_last_attempt(delivery):
            if self.company:
                for received in delivery.taken:
                    pending.queue.release(received.receipt, A_MOMENT)
                return
            while self.busy:
                self.go_on()
        delivery.excused = self.busy or bool(accident.rests) or self.company
        self.count(pending, len(batch))
        if delivery.excused:
            name = f"{pending.function.name} {self.handing.observer.names.of(batch[0][0].message.id)}"
            actor = Actor(name, lambda: self.handing.attempt(delivery))
            self._under_way[actor] = delivery
            self.scheduler.start(actor)
            self._came_back(actor)
        else:
            with self.instances.elsewhere() if accident.elsewhere else nullcontext():
                self.handing.attempt(delivery)
                self._conclude(delivery)

    def _came_back(self, actor: Actor) -> None:
        delivery = self._under_way[actor]
        if actor.done:
            del self._under_way[actor]
            if actor.error is not None:
                raise actor.error
            self._conclude(delivery)
        elif delivery.rest == "twin":
            delivery.pending.queue.release(delivery.taken[0].receipt, 0.0)
        elif delivery.rest == "restart":
            self.instances.leave(actor)

    def _conclude(self, delivery: Delivery) -> None:
        self.handing.conclude(delivery)
        if delivery.accident.timeout:
            self.clock.move(self.clock.now + timedelta(seconds=delivery.pending.function.timeout))
        if delivery.died:
            self.instances.die()

    def _is_last_attempt(self, delivery: Delivery) -> bool:
        return any(self._at_end(delivery.pending, received) for received in delivery.taken)

    @staticmethod
    def _at_end(pending: PendingEvents, received: Received) -> bool:
        """Say whether this is the last attempt of a message."""
        attempts, tries = pending.function.attempts, pending.tries[received.message.id]
        return tries.attempt(attempts) - tries.skipped >= attempts


def _alone(accident: Accident, whole: bool = False) -> bool:
    """Say whether an accident is about one message, so that it comes in a delivery of its own.

    Where one call takes the `whole` delivery, it breaks with all of its messages.
    """
    return bool(accident.rests) or accident.elsewhere or (_breaks(accident) and not whole)


def _breaks(accident: Accident) -> bool:
    return accident.broken is not None or accident.partial > 0
