"""The roads to handlers. Requests and waiting messages in, responses and the receipts that must come again out."""

from __future__ import annotations

from typing import Any, Protocol

from portable.compute import dispatch
from portable.compute.consume import Consumer, consume_batch
from portable.eventing import deadletters
from portable.eventing.driver import Received
from portable.eventing.message import Message
from portable.eventing.queue import Queue
from portable.eventing.request import Request
from portable.eventing.response import Response
from portable.testing.context import KitContext
from portable.testing.feeds import Feed
from portable.testing.stage import Stage


class Road(Protocol):
    """A way from the in-memory cloud to the handlers of its app."""

    def http(self, request: Request) -> Response:
        """Answer a request."""
        ...

    def deliver(self, feed: Feed, deliveries: list[Received]) -> list[str]:
        """Deliver messages; return the receipts of those that must come again. May raise Died."""
        ...

    def close(self) -> None:
        """End what was started."""
        ...


class DirectRoad:
    """The call code that ships, called with portable events: no wire between."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._consumers: dict[str, Consumer] = {}
        self._count = 0

    def http(self, request: Request) -> Response:
        """Answer a request as every target does."""
        return dispatch.http(self._stage.table, request, self.context("http", 30))

    def deliver(self, feed: Feed, deliveries: list[Received]) -> list[str]:
        """Deliver messages one by one."""
        context = self.context(feed.function.name, feed.function.timeout)
        return consume_batch(self._consumer(feed), [(d.receipt, d.message) for d in deliveries], context)

    def close(self) -> None:
        """Nothing was started."""

    def context(self, function: str, timeout: float) -> KitContext:
        """Return the context of a call that begins now."""
        self._count += 1
        return KitContext(f"call-{self._count}", function, timeout, self._stage.cloud.clock)

    def _consumer(self, feed: Feed) -> Consumer:
        function = feed.function
        found = self._consumers.get(function.name)
        if found is None:
            call = self._stage.call(function.name)
            bury = None
            if function.dead_letter:
                bury = deadletters.to(Queue(feed.dead_letters_of).dead_letters, self._stage.drivers)

            def decoded(message: Message[bytes], context: Any) -> Any:
                return call(feed.decode(message), context)

            history = getattr(call, "history", None)
            if history is not None:
                decoded.history = history  # type: ignore[attr-defined]  # portable.compute.consume asks the call for it
            found = Consumer(
                function.name, decoded, function.attempts, bury, feed.queue.queue.ordered, function.backoff
            )
            self._consumers[function.name] = found
        return found
