"""Every kind of resource and of trigger that the kit has in memory, by name."""

from __future__ import annotations

from portable.testing.world.kinds import buckets, queues, schedules, streams, tables, topics
from portable.testing.world.kinds.kind import KitResource, KitTrigger
from portable.testing.world.kinds.stream_view import Streams

RESOURCES: dict[str, KitResource] = {
    kind.name: kind for kind in (buckets.RESOURCE, tables.RESOURCE, queues.RESOURCE, topics.RESOURCE, streams.RESOURCE)
}
TRIGGERS: dict[str, KitTrigger] = {
    kind.name: kind for kind in (queues.TRIGGER, topics.TRIGGER, buckets.TRIGGER, streams.TRIGGER, schedules.TRIGGER)
}
"""Kinds of triggers whose events wait; requests do not."""


class Resources(Streams, topics.Topics, queues.Queues, tables.Tables, buckets.Buckets):
    """What `cloud` shows of the resources of every kind."""
