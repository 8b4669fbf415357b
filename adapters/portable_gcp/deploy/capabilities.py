"""Lists what Google Cloud cannot do for an app, each problem with its place. Sources: docs/gcp.md."""

from __future__ import annotations

from collections.abc import Iterator

from portable.tooling.app.kinds.stream import takes_batch
from portable.tooling.app.model import AppModel, FunctionModel
from portable.tooling.problems import Said, of_functions, of_queues
from portable.tooling.target import Problem

_LACKING = {
    "delayed": "Pub/Sub delays no message; AWS and Azure have delayed queues",
    "deduplicated": "Pub/Sub does not deduplicate by an id of the sender; AWS does",
}
"""Abilities of a queue that Pub/Sub lacks, and who has them."""


def problems(app: AppModel) -> list[Problem]:
    """Return the problems of an app. Schedules have none: Cloud Scheduler takes Unix cron with a time zone."""
    return [*of_functions(app.functions, lambda function: (), _gaps), *of_queues(app, _LACKING)]


def _gaps(function: FunctionModel) -> Iterator[Said]:
    trigger, kind = function.trigger, function.trigger["kind"]
    if kind == "queue" and trigger["batch"] > 1:
        text = f"batch={trigger['batch']} has no effect: Pub/Sub pushes one message at a time"
        yield Said(text, "leave it, it costs nothing", "batch", note=True)
    if kind == "stream" and trigger["start"] == "oldest":
        text = 'records(start="oldest") has no effect: Pub/Sub keeps no records from before the subscription was made'
        yield Said(text, "deploy the function before the first record is written", "start")
    if kind == "stream" and takes_batch(function):
        text = "the list of records always has one record: Pub/Sub pushes one at a time"
        yield Said(text, "take a Record, or leave the list: it is right with one record, too", "batch", note=True)
    if function.backoff is not None and kind != "http":
        keeper = "Cloud Scheduler job" if kind == "schedule" else "Pub/Sub subscription"
        yield Said(
            f"backoff={function.backoff:g} is not kept at run time: it is the minimum backoff of the {keeper}, which the "
            "infrastructure sets",
            "take it as the shortest wait",
            "backoff",
            note=True,
        )
