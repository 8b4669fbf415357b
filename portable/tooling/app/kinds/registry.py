"""Every kind of resource and of trigger, by its name and by the class that declares it."""

from __future__ import annotations

from typing import Any

from portable.eventing.queue import POISON
from portable.tooling.app.kinds import bucket, http, queue, schedule, settings, stream, table, topic
from portable.tooling.app.kinds.kind import ResourceKind, Trigger, TriggerKind
from portable.tooling.app.model import FunctionModel

RESOURCES: dict[str, ResourceKind] = {
    kind.name: kind
    for kind in (
        bucket.RESOURCE,
        table.RESOURCE,
        queue.RESOURCE,
        topic.RESOURCE,
        stream.RESOURCE,
        settings.SECRET,
        settings.SETTING,
    )
}
TRIGGERS: dict[str, TriggerKind] = {
    kind.name: kind
    for kind in (http.TRIGGER, schedule.TRIGGER, queue.TRIGGER, topic.TRIGGER, bucket.TRIGGER, stream.TRIGGER)
}
EVENTS: tuple[type, ...] = tuple({event: None for kind in TRIGGERS.values() for event in kind.events})
"""Every type of event that a parameter may have."""


def resource_kind(declared: Any) -> ResourceKind | None:
    """Return the kind of a declared resource, or None for any other object."""
    return next((kind for kind in RESOURCES.values() if type(declared) is kind.declaration), None)


def trigger_kind(declared: Any) -> TriggerKind | None:
    """Return the kind of a declared trigger, or None for any other object."""
    return next((kind for kind in TRIGGERS.values() if type(declared) is kind.declaration), None)


def title(trigger: Trigger) -> str:
    """Return what fires a function: "PUT /photos/{name}", "object created in photos", "messages of queue jobs"."""
    return TRIGGERS[trigger["kind"]].title(trigger)


def source(trigger: Trigger) -> str:
    """Return the name of the resource whose events fire a function, "" for a request or a schedule."""
    return next((str(trigger[kind]) for kind in RESOURCES if kind in trigger), "")


def feed(function: FunctionModel) -> str | None:
    """Return the name of the queue through which a function gets its events. For topics and buckets it is its own name.

    None for a function without a queue.
    """
    kind = TRIGGERS[function.trigger["kind"]]
    return kind.feed(function) if kind.feed is not None else None


def dead_letters(function: FunctionModel) -> str | None:
    """Return the name of the queue that gets what failed at every attempt, None for a function without dead letters."""
    return f"{feed(function)}{POISON}" if function.dead_letter else None
