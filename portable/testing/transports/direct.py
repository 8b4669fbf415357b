"""The direct transport: requests and pending events in; the calls that ship are called with them, no wire between."""

from __future__ import annotations

from typing import Any

from portable.compute import dispatch
from portable.compute.consume import Consumer, consume_batch
from portable.eventing import deadletters
from portable.eventing.driver import Received
from portable.eventing.message import Message
from portable.eventing.queue import Queue
from portable.eventing.request import Request
from portable.eventing.response import Response
from portable.testing.session.session import Session
from portable.testing.world.context import KitContext
from portable.testing.world.pending import PendingEvents


class DirectTransport:
    """The call code that ships, called with portable events: no wire between."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._consumers: dict[str, Consumer] = {}
        self._count = 0

    def http(self, request: Request) -> Response:
        """Answer a request as every target does."""
        return dispatch.http(self._session.table, request, self.context("http", 30))

    def deliver(self, pending: PendingEvents, deliveries: list[Received]) -> list[str]:
        """Deliver messages one by one."""
        context = self.context(pending.function.name, pending.function.timeout)
        return consume_batch(self._consumer(pending), [(d.receipt, d.message) for d in deliveries], context)

    def close(self) -> None:
        """Nothing was started."""

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

            def decoded(message: Message[bytes], context: Any) -> Any:
                return call(pending.decode(message), context)

            history = getattr(call, "history", None)
            if history is not None:
                decoded.history = history  # type: ignore[attr-defined]  # portable.compute.consume asks the call for it
            found = Consumer(
                function.name, decoded, function.attempts, bury, pending.queue.queue.ordered, function.backoff
            )
            self._consumers[function.name] = found
        return found
