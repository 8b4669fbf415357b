"""What Google Cloud cannot do for an app, each with its place; sources in docs/gcp.md."""

from __future__ import annotations

from portable.tooling.app.model import AppModel, FunctionModel
from portable.tooling.target import Problem

EVENT_TIMEOUT = 600
"""Seconds Pub/Sub waits for a push to be acknowledged (Pub/Sub subscription: ackDeadlineSeconds, 10 to 600)."""


def problems(app: AppModel) -> list[Problem]:
    """Return the gaps of an app on Google Cloud. Cron is none: Cloud Scheduler takes Unix cron with a time zone."""
    found = [problem for function in app.functions for problem in _function(function)]
    for resource in app.resources:
        if resource.kind == "queue":
            found += _queue(resource.name, resource.options)
    return found


def _function(function: FunctionModel) -> list[Problem]:
    kind = function.trigger["kind"]
    found = []
    if kind in ("queue", "topic", "object") and function.timeout > EVENT_TIMEOUT:
        found.append(
            Problem(
                f"{function.name}: Pub/Sub waits {EVENT_TIMEOUT} s for an answer and then delivers the event again, "
                f"timeout={function.timeout} cannot be kept",
                function.where,
            )
        )
    if kind in ("queue", "topic") and function.trigger.get("batch", 1) > 1:
        found.append(
            Problem(
                f"{function.name}: Pub/Sub pushes one message at a time, batch={function.trigger['batch']} is not used",
                function.where,
                error=False,
            )
        )
    return found


def _queue(name: str, options: dict[str, object]) -> list[Problem]:
    reasons = {
        "delayed": "Pub/Sub has no delayed delivery",
        "deduplicated": "Pub/Sub does not deduplicate by an id of the sender",
    }
    return [
        Problem(f'Queue("{name}", {ability}=True): {why}') for ability, why in reasons.items() if options.get(ability)
    ]
