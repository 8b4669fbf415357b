"""Lists what Google Cloud cannot do for an app, each problem with its place. Sources: docs/gcp.md."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from portable.tooling.app.kinds.registry import feed
from portable.tooling.app.kinds.stream import takes_batch
from portable.tooling.app.model import AppModel, FunctionModel
from portable.tooling.target import Problem

EVENT_TIMEOUT = 600
"""Seconds Pub/Sub waits for a push to be acknowledged (Pub/Sub subscription: ackDeadlineSeconds, 10 to 600)."""


def problems(app: AppModel) -> list[Problem]:
    """Return the problems of an app. Schedules have none: Cloud Scheduler takes Unix cron with a time zone."""
    found = [problem for function in app.functions for problem in _function(function)]
    for resource in app.resources:
        if resource.kind == "queue":
            found += _queue(resource.name, resource.options)
    return found


def _function(function: FunctionModel) -> list[Problem]:
    found = []
    if feed(function) is not None and function.timeout > EVENT_TIMEOUT:
        found.append(
            Problem(
                f"{function.name}: timeout={function.timeout} is too long: Pub/Sub waits {EVENT_TIMEOUT} s for a reply, "
                "then it delivers the event again",
                function.where,
            )
        )
    gaps = _GAPS.get(function.trigger["kind"])
    told = gaps(function) if gaps is not None else []
    return found + [Problem(f"{function.name}: {gap}", function.where, error=False) for gap in told]


def _batch(function: FunctionModel) -> list[str]:
    batch = function.trigger["batch"]
    return [f"batch={batch} has no effect: Pub/Sub pushes one message at a time"] if batch > 1 else []


def _records(function: FunctionModel) -> list[str]:
    start = function.trigger["start"]
    late = f'records(start="{start}") has no effect: Pub/Sub keeps no records from before the subscription was made'
    gaps = [late] if start == "oldest" else []
    if takes_batch(function):
        gaps.append("the list of records always has one record: Pub/Sub pushes one at a time")
    return gaps


_GAPS: Mapping[str, Callable[[FunctionModel], list[str]]] = {"queue": _batch, "stream": _records}
"""What differs on Google Cloud, by the kind of a function's trigger."""


def _queue(name: str, options: dict[str, object]) -> list[Problem]:
    reasons = {
        "delayed": "Pub/Sub has no delayed delivery",
        "deduplicated": "Pub/Sub does not deduplicate by an id of the sender",
    }
    return [
        Problem(f'Queue("{name}", {ability}=True): {why}') for ability, why in reasons.items() if options.get(ability)
    ]
