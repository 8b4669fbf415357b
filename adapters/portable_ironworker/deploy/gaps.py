"""Lists what IronWorker cannot do for an app, each problem with its place. Sources: docs/ironworker.md."""

from __future__ import annotations

from collections.abc import Iterator

from portable.tooling.app.model import AppModel, FunctionModel, parameters_of
from portable.tooling.problems import Said, of_functions
from portable.tooling.target import Problem
from portable_ironworker.deploy.interval import interval


def problems(app: AppModel) -> list[Problem]:
    """Return the errors and gaps of an app."""
    return of_functions(app.functions, _errors, _gaps)


def _errors(function: FunctionModel) -> Iterator[Said]:
    if function.trigger["kind"] == "http":
        yield from _not_a_webhook(function)
    if function.trigger.get("ordered"):
        text = f'Queue("{function.trigger["queue"]}", ordered=True) is not supported: tasks have no order'
        yield Said(text, "leave ordered=True out, or use another target for this function", "ability")
    if function.trigger["kind"] == "schedule":
        try:
            interval(function.trigger)
        except ValueError as error:
            yield Said(str(error), "write an interval in UTC, such as schedule.every(hours=1)", "cron")


def _not_a_webhook(function: FunctionModel) -> Iterator[Said]:
    trigger = function.trigger
    if trigger["method"] != "POST":
        text = f"{trigger['method']} is not supported: an HTTP function is a webhook here, which takes only POST"
        yield Said(text, "use http.post, or another target for this function", "method")
    if "{" in trigger["path"]:
        text = f"the path {trigger['path']} is not supported: a webhook has no path, so its parameters get no values"
        yield Said(text, "take the values from the body", "path")
    for parameter in parameters_of(function):
        if parameter.source in ("query", "header", "cookie") and parameter.absent == "error":
            text = (
                f"the {parameter.source} parameter {parameter.name} never gets a value: "
                "a webhook passes on only the body"
            )
            yield Said(text, "take the value from the body, or give the parameter a default", "parameter")


def _gaps(function: FunctionModel) -> Iterator[Said]:
    trigger, kind = function.trigger, function.trigger["kind"]
    if kind == "http":
        text = (
            "the caller gets IronWorker's own reply, not the function's response; only the response's status is logged"
        )
        yield Said(text, "write the result into a bucket, or use another target for this function", "reply")
        text = "a webhook passes on only the body (64 KB at most): no path, no query, no headers"
        yield Said(text, "let the caller put all that is needed into the body", "parameter")
    if kind == "queue":
        text = "IronWorker does not say how often a task has run: Message.attempt and Context.attempt are None"
        yield Said(text, "do not rely on the count", "attempts")
        text = f"timeout={function.timeout} holds only for tasks that are queued with this timeout: the sender sets it"
        yield Said(text, "queue tasks with this timeout", "timeout")
    if trigger.get("batch", 1) > 1:
        text = f"batch={trigger['batch']} has no effect: a task is one message"
        yield Said(text, "leave it, it costs nothing", "batch", note=True)
    if kind != "http" and (function.backoff or 0) % 1:
        text = f"backoff={function.backoff} is rounded up: IronWorker waits for whole seconds"
        yield Said(text, "use whole seconds", "backoff", note=True)
