"""Passes messages to their function: takes a delivery; then acknowledges, retries or drops each of its messages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from portable.compute.record_batches import failures
from portable.errors import InProgress
from portable.eventing.driver import Received
from portable.eventing.record import RecordBatch
from portable.testing.session.accident import Accident
from portable.testing.session.transport import Transport
from portable.testing.world.observing import Observer
from portable.testing.world.pending import PendingEvents, Tries
from portable.testing.world.records import Call, Dropped, ids_of
from portable.testing.world.script import Died, Script
from portable.tooling.run.kinds.feeds import BACKOFF


@dataclass
class Delivery:
    """Messages that are delivered together, the accident of the first one, and the outcome."""

    pending: PendingEvents
    taken: list[Received]
    accident: Accident = field(default_factory=Accident)
    again: dict[str, Accident] = field(default_factory=dict)
    excused: bool = False
    calls: list[Call] = field(default_factory=list)
    failed: set[str] = field(default_factory=set)
    died: bool = False
    waited: bool = False

    @property
    def name(self) -> str:
        """The function and its first message, for people."""
        label = self.calls[0].label if self.calls else ""
        return f"{self.pending.function.name} {label}".rstrip()

    @property
    def rest(self) -> str:
        """What happens while it rests now, empty for nothing in particular."""
        number = len(self.calls[-1].resource_calls) + 1 if self.calls else 0
        return self.accident.rests.get(number, "")


@dataclass
class Handing:
    """Makes deliveries and ends them. `patience` is the minimum wait of a failed one; 0 means only its backoff."""

    observer: Observer
    transport: Transport
    patience: Callable[[], float]

    def attempt(self, delivery: Delivery) -> None:
        """Call the function. Only this part may run in another thread."""
        pending, accident, names = delivery.pending, delivery.accident, self.observer.names
        for received in delivery.taken:
            tries = pending.tries.setdefault(received.message.id, Tries())
            received.message.attempt = tries.attempt(pending.function.attempts)
        with self.observer.collecting() as calls:
            delivery.calls = calls
            label = names.of(delivery.taken[0].message.id) if len(delivery.taken) == 1 else ""
            self.observer.next_script = Script(
                accident.broken, accident.rests, accident.partial, label, delivery.excused
            )
            try:
                delivery.failed = set(self.transport.deliver(pending, delivery.taken))
            except Died:
                delivery.died = True
                delivery.failed = {received.receipt for received in delivery.taken}
            finally:
                self.observer.next_script = None

    def conclude(self, delivery: Delivery) -> None:
        """Acknowledge handled messages. Failed ones are delivered again after their wait, and so are those in `again`."""
        self.observer.check_end()
        pending, function = delivery.pending, delivery.pending.function
        wait = BACKOFF if function.backoff is None else function.backoff
        if delivery.died:
            wait = float(function.timeout)
        for received in delivery.taken:
            call = call_of(received, delivery)
            again = delivery.again.get(received.receipt)
            if received.receipt not in delivery.failed:
                if again is not None and call is not None and call.error is None:
                    pending.queue.release(received.receipt, again.again or 0.0)
                else:
                    self._end(pending, received, call)
                continue
            tries = pending.tries[received.message.id]
            if call is not None and isinstance(call.error, InProgress):
                tries.skipped += 1  # the record counted it too, whatever else went wrong
                tries.injected += any(found.chaos for found in delivery.calls)  # of a host that tries again by itself
            elif call is not None and call.chaos:
                tries.injected += 1
            elif call is not None:
                tries.own += 1
                wait = max(wait, self.patience())
                if tries.own >= function.attempts:  # where the transport keeps no count, the host gives up
                    self._end(pending, received, call)
                    continue
            pending.queue.release(received.receipt, wait)

    def _end(self, pending: PendingEvents, received: Received, call: Call | None) -> None:
        """Acknowledge a message. Forget the attempts of one that is given up: a dead letter that is sent back begins anew."""
        self._drop_unless_kept(pending, received, call)
        pending.queue.acknowledge([received.receipt])
        if call is not None and call.error is not None:
            del pending.tries[received.message.id]

    def _drop_unless_kept(self, pending: PendingEvents, received: Received, call: Call | None) -> None:
        """Take note of a message that is given up and goes nowhere."""
        error = None if call is None else _error_of(received.message.id, call)
        if error is None or pending.function.dead_letter:
            return
        label = self.observer.names.of(received.message.id)
        self.observer.dropped.append(Dropped(pending.function.name, label, pending.function.attempts, error))


def _error_of(id: str, call: Call) -> BaseException | None:  # noqa: A002
    """Return why a call did not handle a message, None when it did: it raised, or it returned this one as failed."""
    if call.error is not None or not isinstance(call.event, list):
        return call.error
    try:
        return failures(RecordBatch(call.event), call.result).get(id)
    except (TypeError, ValueError) as error:
        return error


def call_of(received: Received, delivery: Delivery) -> Call | None:
    """Return the call that a message of a delivery led to, None when it led to none."""
    if len(delivery.taken) == 1:
        return delivery.calls[-1] if delivery.calls else None
    return next((call for call in delivery.calls if received.message.id in ids_of(call.event)), None)
