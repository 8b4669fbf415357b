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
    return found + _queues(app)


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
    kind = function.trigger["kind"]
    gaps = _GAPS.get(kind)
    told = gaps(function) if gaps is not None else []
    if function.backoff is not None and kind != "http":
        keeper = "Cloud Scheduler job" if kind == "schedule" else "Pub/Sub subscription"
        told.append(
            f"backoff={function.backoff:g} is not kept at run time: it is the minimum backoff of the {keeper}, which the "
            "infrastructure sets"
        )
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


_LACKING = {
    "delayed": "Pub/Sub delays no message; AWS and Azure have delayed queues",
    "deduplicated": "Pub/Sub does not deduplicate by an id of the sender; AWS does",
}
"""Abilities of a queue that Pub/Sub lacks, and who has them."""


def _queues(app: AppModel) -> list[Problem]:
    return [
        Problem(f'Queue("{resource.name}", {option}=True): {why}', app.place("queue", resource.name))
        for resource in app.resources
        if resource.kind == "queue"
        for option, why in _LACKING.items()
        if resource.options.get(option)
    ]
