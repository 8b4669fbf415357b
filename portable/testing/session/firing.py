"""What fires functions: changes of objects, messages and time in; pending events and their deliveries out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from portable.eventing.memory import MemoryTopic
from portable.eventing.message import Message
from portable.eventing.schedule import Tick
from portable.storage.event import StoredObject
from portable.storage.objects import ObjectInfo
from portable.testing.app import App
from portable.testing.events import outgoing
from portable.testing.session.settling import LIMIT, Settler, TooManyDeliveries
from portable.testing.session.transport import Transport
from portable.testing.world import cron
from portable.testing.world.pending import PendingEvents, decoder, write_object, write_tick
from portable.testing.world.world import World


class Firing:
    """What waits for each function of an app, the settler that delivers it, and all that makes more of it."""

    def __init__(self, app: App, world: World, transport: Transport) -> None:
        self.app = app
        self.world = world
        self._transport = transport

    @cached_property
    def all_pending(self) -> dict[str, PendingEvents]:
        """What waits for each function that is no HTTP function."""
        found: dict[str, PendingEvents] = {}
        for function in self.app.model.functions:
            kind = function.trigger["kind"]
            if kind == "http":
                continue
            if kind == "queue":
                queue = self.world.stores.queue(self.app.marks[function.name].trigger.queue)
            else:
                queue = self.world.stores.pending(function.name)
            found[function.name] = PendingEvents(function, queue, decoder(kind))
        return found

    def pending(self, name: str) -> PendingEvents:
        """Return what waits for a function. Raises LookupError for an HTTP function."""
        try:
            return self.all_pending[name]
        except KeyError:
            raise LookupError(f"{name} is an HTTP function: use cloud.http") from None

    @cached_property
    def settler(self) -> Settler:
        """The host of every such function."""
        return Settler(self.world.clock, self.world.observer, list(self.all_pending.values()), self._transport.deliver)

    def subscribe(self, topic: MemoryTopic) -> None:
        """Give each function that listens to a topic its own copy of what is published."""
        for function in self.app.model.functions:
            if function.trigger["kind"] == "topic" and function.trigger["topic"] == topic.topic.name:
                wanted = self.app.marks[function.name].trigger.filter
                topic.subscribe(self.world.stores.pending(function.name), wanted)

    def object_changed(self, bucket: str, key: str, event: str, info: ObjectInfo | None) -> None:
        """Have each function wait for an object's event that fits its trigger."""
        for pending in self.all_pending.values():
            if pending.fits(bucket, key, event):
                size, etag = (info.size, info.etag) if info is not None else (None, None)
                pending.queue.send(write_object(StoredObject(bucket, key, size, etag, self.world.stores.ids.unsent())))

    def fire_schedule(self, name: str, moment: datetime) -> None:
        """Jump to a moment and fire a schedule there."""
        self.world.clock.set(moment)
        pending = self.pending(name)
        pending.queue.send(write_tick(moment))
        self.settler.settle_one(pending)

    def fire(self, name: str, event: Any) -> None:
        """Deliver one event to a function, at once."""
        pending = self.pending(name)
        kind = pending.function.trigger["kind"]
        wanted = {"object": StoredObject, "schedule": Tick}.get(kind, Message)
        if not isinstance(event, wanted):
            raise TypeError(f"{name} is a {kind} function: it is fired with a {wanted.__name__}, not {event!r}")
        if isinstance(event, StoredObject):
            pending.queue.send(write_object(event))
        elif isinstance(event, Tick):
            self.fire_schedule(name, event.scheduled_at)
            return
        else:
            pending.queue.send(outgoing(event))
        self.settler.settle_one(pending)

    def due(self, name: str, start: datetime, end: datetime) -> Iterator[datetime]:
        """Yield the moments at which a schedule is due."""
        return cron.due(self.app.functions[name].trigger, start, end)

    def pass_by(self, until: datetime) -> None:
        """Let time pass: fire each schedule at each moment it is due, the earliest first."""
        names = [f.name for f in self.app.model.functions if f.trigger["kind"] == "schedule"]
        after = self.world.clock.now
        moments = sorted(
            (moment, name)
            for name in names
            for moment in self.due(name, after, until + timedelta(microseconds=1))
            if moment > after
        )
        if len(moments) > LIMIT:
            raise TooManyDeliveries(
                f"{len(moments):,} schedules fall due until {until.isoformat()}: advance in smaller steps, or jump "
                "with clock.set, which fires none"
            )
        for moment, name in moments:
            self.fire_schedule(name, moment)
        self.world.clock.move(until)
