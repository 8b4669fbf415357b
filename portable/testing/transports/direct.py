"""The direct transport: takes requests and pending events; calls the shipped calls with them, without a provider's format."""

from __future__ import annotations

from portable.compute import dispatch
from portable.compute.consume import Consumer
from portable.eventing import deadletters
from portable.eventing.driver import Received
from portable.eventing.queue import Queue
from portable.eventing.request import Request
from portable.eventing.response import Response
from portable.testing.session.session import Session
from portable.testing.world.context import KitContext
from portable.testing.world.pending import PendingEvents


class DirectTransport:
    """Calls the shipped code with portable events, without a provider's format."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._consumers: dict[str, Consumer] = {}
        self._count = 0

    def http(self, request: Request) -> Response:
        """Answer a request as every target does."""
        return dispatch.http(self._session.table, request, self.context("http", 30))

    def deliver(self, pending: PendingEvents, deliveries: list[Received]) -> list[str]:
        """Deliver messages as their kind of trigger is consumed."""
        context = self.context(pending.function.name, pending.function.timeout)
        events = [(taken, pending.decode(taken.message)) for taken in deliveries]
        return pending.trigger.feed.consume(self._consumer(pending), pending.function, events, context)

    def close(self) -> None:
        """Do nothing: no process was started."""

    def context(self, function: str, timeout: float) -> KitContext:
        """Return the context of a call that begins now."""
        self._count += 1
        return KitContext(f"call-{self._count}", function, timeout, self._session.world.clock)

    def _consumer(self, pending: PendingEvents) -> Consumer:
        function = pending.function
        found = self._consumers.get(function.name)
        if found is None:
            call = self._session.call(function.name)
            bury = None
            if function.dead_letter:
                bury = deadletters.to(Queue(pending.dead_letters_of).dead_letters, self._session.drivers)
            ordered = pending.queue.queue.ordered
            found = Consumer(function.name, call, function.attempts, bury, ordered, function.backoff)
            self._consumers[function.name] = found
        return found
