"""Lists what Google Cloud cannot do for an app, each problem with its place. Sources: docs/gcp.md."""

from __future__ import annotations

from collections.abc import Iterator

from portable.tooling.app.kinds.registry import feed
from portable.tooling.app.kinds.stream import takes_batch
from portable.tooling.app.model import AppModel, FunctionModel
from portable.tooling.problems import of_functions, of_queues
from portable.tooling.target import Problem

EVENT_TIMEOUT = 600
"""Seconds Pub/Sub waits for a push to be acknowledged (Pub/Sub subscription: ackDeadlineSeconds, 10 to 600)."""


_LACKING = {
    "delayed": "Pub/Sub delays no message; AWS and Azure have delayed queues",
    "deduplicated": "Pub/Sub does not deduplicate by an id of the sender; AWS does",
}
"""Abilities of a queue that Pub/Sub lacks, and who has them."""


def problems(app: AppModel) -> list[Problem]:
    """Return the problems of an app. Schedules have none: Cloud Scheduler takes Unix cron with a time zone."""
    return [*of_functions(app.functions, _errors, _gaps), *of_queues(app, _LACKING)]


def _errors(function: FunctionModel) -> Iterator[str]:
    if feed(function) is not None and function.timeout > EVENT_TIMEOUT:
        yield (
            f"timeout={function.timeout} is too long: Pub/Sub waits {EVENT_TIMEOUT} s for a reply, "
            "then it delivers the event again"
        )


def _gaps(function: FunctionModel) -> Iterator[str]:
    trigger, kind = function.trigger, function.trigger["kind"]
    if kind == "queue" and trigger["batch"] > 1:
        yield f"batch={trigger['batch']} has no effect: Pub/Sub pushes one message at a time"
    if kind == "stream" and trigger["start"] == "oldest":
        yield 'records(start="oldest") has no effect: Pub/Sub keeps no records from before the subscription was made'
    if kind == "stream" and takes_batch(function):
        yield "the list of records always has one record: Pub/Sub pushes one at a time"
    if function.backoff is not None and kind != "http":
        keeper = "Cloud Scheduler job" if kind == "schedule" else "Pub/Sub subscription"
        yield (
            f"backoff={function.backoff:g} is not kept at run time: it is the minimum backoff of the {keeper}, which the "
            "infrastructure sets"
        )
