"""Everything that waits in one in-memory cloud and what fires it: changes, messages and time in, deliveries out."""

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
from portable.testing import cron
from portable.testing.app import App
from portable.testing.clock import Clock
from portable.testing.events import outgoing
from portable.testing.feeds import Feed, decoder, write_object, write_tick
from portable.testing.observing import Observer
from portable.testing.roads import Road
from portable.testing.settling import LIMIT, Settler, TooManyDeliveries
from portable.testing.stores import Stores


class WaitingEvents:
    """The feeds of an app's functions, the settler that empties them, and all that fills them."""

    def __init__(self, app: App, clock: Clock, stores: Stores, observer: Observer, road: Road) -> None:
        self._app = app
        self._clock = clock
        self._stores = stores
        self._observer = observer
        self._road = road

    @cached_property
    def feeds(self) -> dict[str, Feed]:
        """What waits for each function that is no HTTP function."""
        found: dict[str, Feed] = {}
        for function in self._app.model.functions:
            kind = function.trigger["kind"]
            if kind == "http":
                continue
            if kind == "queue":
                queue = self._stores.queue(self._app.marks[function.name].trigger.queue)
            else:
                queue = self._stores.feed(function.name)
            found[function.name] = Feed(function, queue, decoder(kind))
        return found

    def feed(self, name: str) -> Feed:
        """Return what waits for a function. Raises LookupError for an HTTP function."""
        try:
            return self.feeds[name]
        except KeyError:
            raise LookupError(f"{name} is an HTTP function: use cloud.http") from None

    @cached_property
    def settler(self) -> Settler:
        """The host of every such function."""
        return Settler(self._clock, self._observer, list(self.feeds.values()), self._road.deliver)

    def subscribe(self, topic: MemoryTopic) -> None:
        """Give each function that listens to a topic its own copy of what is published."""
        for function in self._app.model.functions:
            if function.trigger["kind"] == "topic" and function.trigger["topic"] == topic.topic.name:
                wanted = self._app.marks[function.name].trigger.filter
                topic.subscribe(self._stores.feed(function.name), wanted)

    def object_changed(self, bucket: str, key: str, event: str, info: ObjectInfo | None) -> None:
        """Have each function wait for an object's event that fits its trigger."""
        for feed in self.feeds.values():
            if feed.fits(bucket, key, event):
                size, etag = (info.size, info.etag) if info is not None else (None, None)
                feed.queue.send(write_object(StoredObject(bucket, key, size, etag, self._stores.ids())))

    def fire_schedule(self, name: str, moment: datetime) -> None:
        """Jump to a moment and fire a schedule there."""
        self._clock.set(moment)
        feed = self.feed(name)
        feed.queue.send(write_tick(moment))
        self.settler.settle_one(feed)

    def fire(self, name: str, event: Any) -> None:
        """Deliver one event to a function, at once."""
        feed = self.feed(name)
        kind = feed.function.trigger["kind"]
        wanted = {"object": StoredObject, "schedule": Tick}.get(kind, Message)
        if not isinstance(event, wanted):
            raise TypeError(f"{name} is a {kind} function: it is fired with a {wanted.__name__}, not {event!r}")
        if isinstance(event, StoredObject):
            feed.queue.send(write_object(event))
        elif isinstance(event, Tick):
            self.fire_schedule(name, event.scheduled_at)
            return
        else:
            feed.queue.send(outgoing(event))
        self.settler.settle_one(feed)

    def due(self, name: str, start: datetime, end: datetime) -> Iterator[datetime]:
        """Yield the moments at which a schedule is due."""
        return cron.due(self._app.functions[name].trigger, start, end)

    def pass_by(self, until: datetime) -> None:
        """Let time pass: fire each schedule at each moment it is due, the earliest first."""
        names = [f.name for f in self._app.model.functions if f.trigger["kind"] == "schedule"]
        after = self._clock.now
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
        self._clock.move(until)
