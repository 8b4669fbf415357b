"""What IronWorker cannot do for an app, each with its place; sources in docs/ironworker.md."""

from __future__ import annotations

from collections.abc import Iterator

from portable.tooling.app.model import AppModel, FunctionModel
from portable.tooling.target import Problem
from portable_ironworker.deploy.interval import interval
from portable_ironworker.deploy.workers import EVENTS

NO_DRIVER = ("table", "queue", "topic", "stream")
SECONDS, MEGABYTES, RETRIES = 3600, 512, 10
"""The limits of a task, and of the retries of a code package."""


def problems(app: AppModel) -> list[Problem]:
    """Return the errors and gaps of an app."""
    told = []
    for function in app.functions:
        told += [Problem(f"{function.name}: {text}", function.where) for text in _errors(function)]
        told += [Problem(f"{function.name}: {text}", function.where, error=False) for text in _gaps(function)]
    return told


def _errors(function: FunctionModel) -> Iterator[str]:
    kind = function.trigger["kind"]
    for grant in function.grants:
        if grant.kind in NO_DRIVER:
            yield f'the {grant.kind} "{grant.resource}" cannot be reached: IronWorker has no driver of {grant.kind}s yet'
    if kind not in EVENTS:
        yield f"IronWorker has nothing that runs a function for the trigger {kind}"
        return
    if function.timeout > SECONDS:
        yield f"a task runs for {SECONDS} s at most, timeout={function.timeout} cannot be kept"
    if function.memory > MEGABYTES:
        yield f"a task has about {MEGABYTES} MB, memory={function.memory} cannot be kept"
    if kind == "http":
        yield from _not_a_webhook(function)
    elif function.attempts - 1 > RETRIES:
        yield f"a task is run again {RETRIES} times at most, attempts={function.attempts} cannot be kept"
    if function.dead_letter:
        yield "dead_letter=True cannot be kept: a task that failed for good ends as an error of IronWorker, in no queue"
    if function.trigger.get("ordered"):
        yield f'Queue("{function.trigger["queue"]}", ordered=True): tasks have no order'
    if kind == "schedule":
        try:
            interval(function.trigger)
        except ValueError as error:
            yield str(error)


def _not_a_webhook(function: FunctionModel) -> Iterator[str]:
    trigger = function.trigger
    if trigger["method"] != "POST":
        yield f"HTTP is a webhook here, which takes POST only and sends no reply: {trigger['method']} cannot be served"
    if "{" in trigger["path"]:
        yield f"a webhook has no path of its own: {trigger['path']} cannot be filled in"
    for parameter in function.parameters:
        if parameter.source in ("query", "header", "cookie") and parameter.absent == "error":
            yield f"a webhook passes on the body only: the {parameter.source} parameter {parameter.name} never comes"


def _gaps(function: FunctionModel) -> Iterator[str]:
    trigger, kind = function.trigger, function.trigger["kind"]
    if kind == "http":
        yield "the caller is told that its webhook was queued; the response is logged by its status and goes to nobody"
        yield "a webhook passes on the body only, of 64 KB at most: no path, no query, no headers"
    if kind == "queue":
        yield "a task is not told how often it was run before: Message.attempt and Context.attempt are None"
        yield f"whoever queues a task limits its time: timeout={function.timeout} is kept where the task says so"
    if trigger.get("batch", 1) > 1:
        yield f"a task is one message, batch={trigger['batch']} is not used"
    if kind != "http" and (function.backoff or 0) % 1:
        yield f"IronWorker waits for whole seconds, backoff={function.backoff} is rounded up"
