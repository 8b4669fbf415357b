"""The direct road to handlers: the call code that ships, run here. Requests and messages in, responses and receipts out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from portable.compute import dispatch
from portable.compute.consume import Consumer, consume_batch
from portable.eventing import deadletters
from portable.eventing.driver import Received
from portable.eventing.message import Message
from portable.eventing.queue import Queue
from portable.eventing.request import Request
from portable.eventing.response import Response
from portable.eventing.routing import RouteTable
from portable.testing.app import App
from portable.testing.clock import Clock
from portable.testing.context import KitContext
from portable.testing.drivers import KitDrivers
from portable.testing.feeds import Feed
from portable.testing.observing import Observer
from portable.testing.running import Runner


class DirectRoad:
    """Calls of one app in one in-memory cloud, with no wire between."""

    def __init__(self, app: App, clock: Clock, observer: Observer, drivers: KitDrivers, runner: Runner) -> None:
        self._app = app
        self._clock = clock
        self._observer = observer
        self._drivers = drivers
        self._runner = runner
        self._calls: dict[str, Callable[[Any, Any], Any]] = {}
        self._consumers: dict[str, Consumer] = {}
        self._table: RouteTable | None = None
        self._count = 0

    def call(self, name: str) -> Callable[[Any, Any], Any]:
        """Return the generated call of a function, observed; its imports run at the first use."""
        found = self._calls.get(name)
        if found is None:
            code, compiled = self._app.code(name)
            namespace: dict[str, Any] = {"_drivers": self._drivers, "_run": self._runner.run, "__name__": code.name}
            exec(compiled, namespace)  # noqa: S102 - the source is our own
            made = namespace[code.name]
            found = self._calls[name] = self._observer.observed(name, made)
            if hasattr(made, "skipped"):  # of an idempotent call: how many deliveries found it at work
                vars(found)["skipped"] = made.skipped
        return found

    def http(self, request: Request) -> Response:
        """Answer a request as every target does."""
        table = self._table
        if table is None:
            table = self._table = self._app.table(self._late)
        return dispatch.http(table, request, self.context("http", 30))

    def deliver(self, feed: Feed, deliveries: list[Received]) -> list[str]:
        """Deliver messages; return the receipts of those that must come again."""
        context = self.context(feed.function.name, feed.function.timeout)
        return consume_batch(self._consumer(feed), [(d.receipt, d.message) for d in deliveries], context)

    def context(self, function: str, timeout: float) -> KitContext:
        """Return the context of a call that begins now."""
        self._count += 1
        return KitContext(f"call-{self._count}", function, timeout, self._clock)

    def _late(self, name: str) -> Callable[[Any, Any], Any]:
        timeout = self._app.functions[name].timeout

        def call(request: Request, context: KitContext) -> Any:
            context._ends = self._clock.time() + timeout
            return self.call(name)(request, context)

        return call

    def _consumer(self, feed: Feed) -> Consumer:
        function = feed.function
        found = self._consumers.get(function.name)
        if found is None:
            call = self.call(function.name)
            bury = None
            if function.dead_letter:
                bury = deadletters.to(Queue(feed.dead_letters_of).dead_letters, self._drivers)
            ordered = bool(function.trigger.get("ordered")) or feed.queue.queue.ordered

            def decoded(message: Message[bytes], context: Any) -> Any:
                return call(feed.decode(message), context)

            if hasattr(call, "skipped"):
                vars(decoded)["skipped"] = lambda message: call.skipped(feed.decode(message))
            found = Consumer(function.name, decoded, function.attempts, bury, ordered, function.backoff)
            self._consumers[function.name] = found
        return found
