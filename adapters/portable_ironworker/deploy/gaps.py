"""Lists what IronWorker cannot do for an app, each problem with its place. Sources: docs/ironworker.md."""

from __future__ import annotations

from collections.abc import Iterator

from portable.tooling.app.model import AppModel, FunctionModel
from portable.tooling.problems import of_functions
from portable.tooling.target import Problem
from portable_ironworker.deploy.interval import interval

SECONDS, MEGABYTES, RETRIES = 3600, 512, 10
"""Limits: seconds and memory of a task, and retries of a code package."""


def problems(app: AppModel) -> list[Problem]:
    """Return the errors and gaps of an app."""
    return of_functions(app.functions, _errors, _gaps)


def _errors(function: FunctionModel) -> Iterator[str]:
    kind = function.trigger["kind"]
    if function.timeout > SECONDS:
        yield f"timeout={function.timeout} is too long: a task runs for {SECONDS} s at most"
    if function.memory > MEGABYTES:
        yield f"memory={function.memory} is too much: a task has about {MEGABYTES} MB"
    if kind == "http":
        yield from _not_a_webhook(function)
    elif function.attempts - 1 > RETRIES:
        yield f"attempts={function.attempts} is too many: IronWorker retries a task {RETRIES} times at most"
    if function.trigger.get("ordered"):
        yield f'Queue("{function.trigger["queue"]}", ordered=True) is not supported: tasks have no order'
    if kind == "schedule":
        try:
            interval(function.trigger)
        except ValueError as error:
            yield str(error)


def _not_a_webhook(function: FunctionModel) -> Iterator[str]:
    trigger = function.trigger
    if trigger["method"] != "POST":
        yield f"{trigger['method']} is not supported: an HTTP function is a webhook here, which takes only POST"
    if "{" in trigger["path"]:
        yield f"the path {trigger['path']} is not supported: a webhook has no path, so its parameters get no values"
    for parameter in function.parameters:
        if parameter.source in ("query", "header", "cookie") and parameter.absent == "error":
            yield f"the {parameter.source} parameter {parameter.name} never gets a value: a webhook passes on only the body"


def _gaps(function: FunctionModel) -> Iterator[str]:
    trigger, kind = function.trigger, function.trigger["kind"]
    if kind == "http":
        yield "the caller gets IronWorker's own reply, not the function's response; only the response's status is logged"
        yield "a webhook passes on only the body (64 KB at most): no path, no query, no headers"
    if kind == "queue":
        yield "IronWorker does not say how often a task has run: Message.attempt and Context.attempt are None"
        yield f"timeout={function.timeout} holds only for tasks that are queued with this timeout: the sender sets it"
    if trigger.get("batch", 1) > 1:
        yield f"batch={trigger['batch']} has no effect: a task is one message"
    if kind != "http" and (function.backoff or 0) % 1:
        yield f"backoff={function.backoff} is rounded up: IronWorker waits for whole seconds"
