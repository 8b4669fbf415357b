"""Fires functions: takes changes of objects, messages and time; makes pending events and delivers them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from portable.eventing.due import due
from portable.eventing.schedule import Tick
from portable.storage.event import StoredObject
from portable.storage.objects import ObjectInfo
from portable.testing.app import App
from portable.testing.session.settling import LIMIT, Settler, TooManyDeliveries
from portable.testing.session.transport import Transport
from portable.testing.world.kinds.registry import TRIGGERS
from portable.testing.world.pending import PendingEvents
from portable.testing.world.world import World
from portable.tooling.app.kinds.bucket import fits
from portable.tooling.run.kinds.feeds import write_object, write_tick


class Firing:
    """The pending events of each function of an app, the settler that delivers them, and the sources of new ones."""

    def __init__(self, app: App, world: World, transport: Transport) -> None:
        self.app = app
        self.world = world
        self._transport = transport

    @cached_property
    def all_pending(self) -> dict[str, PendingEvents]:
        """The pending events of each function, except HTTP functions."""
        found: dict[str, PendingEvents] = {}
        for function in self.app.model.functions:
            trigger = TRIGGERS.get(function.trigger["kind"])
            if trigger is None:
                continue
            if trigger.own_queue:
                queue = self.world.stores.driver("queue", self.app.marks[function.name].trigger.queue)
            else:
                queue = self.world.stores.pending(function.name, trigger.feed.ordered)
            found[function.name] = PendingEvents(function, queue, trigger)
        return found

    def pending(self, name: str) -> PendingEvents:
        """Return the pending events of a function. Raises LookupError for an HTTP function."""
        try:
            return self.all_pending[name]
        except KeyError:
            raise LookupError(f"{name} is an HTTP function: use cloud.http") from None

    @cached_property
    def settler(self) -> Settler:
        """The host of every such function."""
        return Settler(self.world.clock, self.world.observer, list(self.all_pending.values()), self._transport)

    def subscribe(self, kind: str, name: str, driver: Any) -> None:
        """Subscribe each function of a resource to it, so that each one gets its own copies."""
        for function in self.app.model.functions:
            trigger = TRIGGERS.get(function.trigger["kind"])
            if trigger is not None and trigger.source == kind and function.trigger[kind] == name:
                queue = self.world.stores.pending(function.name, trigger.feed.ordered)
                trigger.subscribe(driver, self.app.marks[function.name].trigger, queue)

    def object_changed(self, bucket: str, key: str, event: str, info: ObjectInfo | None) -> None:
        """Add an object's event to the pending events of each function whose trigger fits."""
        for pending in self.all_pending.values():
            if fits(pending.function.trigger, bucket, key, event):
                size, etag = (info.size, info.etag) if info is not None else (None, None)
                pending.queue.send(write_object(StoredObject(bucket, key, size, etag, self.world.stores.ids.unsent())))

    def fire_schedule(self, name: str, moment: datetime) -> None:
        """Jump to a moment and fire a schedule there."""
        self.world.clock.set(moment)
        pending = self.pending(name)
        pending.queue.send(write_tick(Tick(moment, moment)))
        self.settler.settle_one(pending)

    def fire(self, name: str, event: Any) -> None:
        """Deliver one event to a function, at once."""
        pending = self.pending(name)
        trigger = pending.trigger
        if not isinstance(event, trigger.event):
            raise TypeError(
                f"{name} is a {trigger.name} function: it is fired with a {trigger.event.__name__}, not {event!r}"
            )
        if isinstance(event, Tick):
            self.fire_schedule(name, event.scheduled_at)
            return
        pending.queue.send(trigger.write(event))
        self.settler.settle_one(pending)

    def due(self, name: str, start: datetime, end: datetime) -> Iterator[datetime]:
        """Yield the moments at which a schedule is due."""
        return due(self.app.functions[name].trigger, start, end)

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
