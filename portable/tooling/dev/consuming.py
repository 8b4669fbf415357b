"""Takes messages of a function's queue; calls the function as a cloud does, and notes what became of each message."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING
from uuid import uuid4

from portable.base.trace import traceparent
from portable.compute.consume import LOOKS, Consumer
from portable.compute.context import Context
from portable.eventing import deadletters
from portable.eventing.driver import Received
from portable.eventing.queue import Queue
from portable.tooling.app.kinds.registry import feed
from portable.tooling.app.model import FunctionModel
from portable.tooling.dev.live import Live, Note, allowed, cause, made
from portable.tooling.dev.observing import Call
from portable.tooling.run.kinds.feeds import Events, feed_of

if TYPE_CHECKING:
    from portable.tooling.run.wired import WiredApp

NEVER_ENDED = "its last attempt never ended"


class Consuming:
    """Delivers to the functions of one app, directly, or over a wire."""

    def __init__(
        self,
        call: Callable[[str], Call],
        drivers: object,
        note: Note,
        tell: Callable[[str], None],
        wired: WiredApp | None,
    ) -> None:
        self._call = call
        self._drivers = drivers
        self._note = note
        self._tell = tell
        self._wired = wired
        self._consumers: dict[str, Consumer] = {}

    def deliver(self, function: FunctionModel, taken: Sequence[Received]) -> Sequence[str]:
        """Deliver messages. Return the receipts of those that must come again."""
        begun: list[Live] = []
        token, other = made.set(begun), allowed.set(float(function.timeout))
        try:
            events = self._read(function, taken)
            if self._wired is None:
                failed = self._directly(function, events)
            else:
                failed = self._over(self._wired, function, events, begun)
        finally:
            made.reset(token)
            allowed.reset(other)
        self._conclude(function, events, set(failed), begun)
        return failed

    def consumer(self, function: FunctionModel) -> Consumer:
        """Return a function as `portable.compute.consume` takes it."""
        found = self._consumers.get(function.name)
        if found is None:
            bury = None
            if function.dead_letter:
                bury = deadletters.to(Queue(feed(function) or function.name).dead_letters, self._drivers)  # type: ignore[arg-type]
            call, ordered = self._call(function.name), bool(function.trigger.get("ordered"))
            found = Consumer(function.name, call, function.attempts, bury, ordered, function.backoff)
            self._consumers[function.name] = found
        return found

    def _read(self, function: FunctionModel, taken: Sequence[Received]) -> Events:
        """Return messages with their events. One that holds no event, such as a foreign dead letter, is left out."""
        events: Events = []
        for received in taken:
            try:
                events.append((received, feed_of(function.trigger["kind"]).read(received.message)))
            except Exception as error:  # noqa: BLE001 - it may hold anything
                self._tell(f"{function.name}: message {received.message.id} holds no event and was dropped: {error}")
        return events

    def _directly(self, function: FunctionModel, events: Events) -> list[str]:
        if not events:
            return []
        context = Context(uuid4().hex, function.name, time.time() + function.timeout)
        consume = feed_of(function.trigger["kind"]).consume
        return consume(self.consumer(function), function, events, context)

    def _over(self, wired: WiredApp, function: FunctionModel, events: Events, begun: list[Live]) -> list[str]:
        """Deliver over a wire. Where it brings no count of attempts, they are counted here, as the provider does."""
        receipts = {received.message.id: received.receipt for received, _ in events}
        attempts = {received.receipt: received.message.attempt or 1 for received, _ in events}
        gap = wired.gap(function.name)
        if gap is not None:
            self._tell(f"{function.name}: {wired.name} cannot do this, so the event was dropped: {gap}")
            return []
        token = cause.set(events[0][0].message.trace if events else None)
        try:
            ids = wired.host.deliver(
                function, [(received.message.id, event, received.message.attempt) for received, event in events]
            )
            failed = [receipts[found] for found in ids]
        except Exception as error:  # noqa: BLE001 - the handler's own, or the adapter's
            if not begun:
                self._tell(f"{function.name}: {wired.name} did not accept an event: {type(error).__name__}: {error}")
            failed = list(receipts.values())
        finally:
            cause.reset(token)
        counted = bool(begun) and begun[0].attempt is not None
        most = function.attempts + (LOOKS if counted else 0)
        return [receipt for receipt in failed if attempts[receipt] < most]

    def _conclude(self, function: FunctionModel, events: Events, failed: set[str], begun: list[Live]) -> None:
        """Note what was given up: by a call that failed and does not come again, or without a call."""
        again = any(received.receipt in failed for received, _ in events)
        for live in begun:
            if live.error and not again:
                live.ended("dead" if function.dead_letter else "dropped")
                self._note(live)
        for received, event in events:
            if not begun and received.receipt not in failed and (received.message.attempt or 1) > function.attempts:
                live = Live(function.trigger["kind"], function.name, event, traceparent(received.message.trace))
                live.attempt, live.error = received.message.attempt, NEVER_ENDED
                live.ended("dead" if function.dead_letter else "dropped")
                self._note(live)
