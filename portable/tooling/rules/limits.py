"""An app and the limits of a target -> a problem for each number that is beyond its limit."""

from __future__ import annotations

from collections.abc import Iterator

from portable.tooling.app.kinds.registry import TRIGGERS, feed
from portable.tooling.app.model import AppModel, FunctionModel
from portable.tooling.facts import Facts, Limit
from portable.tooling.grouping import grouped
from portable.tooling.target import Problem

RULE = "limit"


def limit_problems(app: AppModel, facts: Facts) -> Iterator[Problem]:
    """Yield the limits that functions, or what several of them share, go beyond."""
    for function in app.functions:
        for names, value in measured(function):
            limit = facts.limit(*names)
            if limit is not None and limit.beyond and not limit.allows(value):
                yield beyond(limit, value, f"{function.name}: ", function.where)
    yield from _shared(app, facts)


def measured(function: FunctionModel) -> Iterator[tuple[tuple[str, ...], float]]:
    """Yield what is known of a function before it runs: the names of its limit, the most special first, and the value."""
    trigger, kind = function.trigger, function.trigger["kind"]
    waits = ("timeout.event",) if feed(function) is not None else ()
    yield (f"timeout.{kind}", *waits, "timeout"), function.timeout
    yield ("memory",), function.memory
    if function.concurrency is not None:
        yield (f"concurrency.{kind}", "concurrency"), function.concurrency
    if TRIGGERS[kind].retried:
        yield (f"attempts.{kind}", "attempts"), function.attempts
    for name, value in trigger.items():
        if type(value) is int:
            yield (f"{kind}.{name}",), value
    for limit in trigger.get("limit", ()):
        if limit["by"] == "route":
            yield ("table.row",), min(window["calls"] / window["seconds"] for window in limit["windows"])


def beyond(limit: Limit, value: float, subject: str, where: str | None) -> Problem:
    """Return the problem of a value that is beyond a limit."""
    message = f"{subject}{limit.told(limit.beyond, value)}"
    return Problem(message, where, limit.error, rule=RULE, instead=limit.told(limit.instead, value))


def _shared(app: AppModel, facts: Facts) -> Iterator[Problem]:
    """Yield the limits that functions go beyond together, such as subscriptions of a topic, at the last function."""
    for (name, what), functions in sharing(app).items():
        limit = facts.limit(name)
        if limit is not None and limit.beyond and not limit.allows(len(functions)):
            yield beyond(limit, len(functions), f'"{what}": ', functions[-1].where)


def sharing(app: AppModel) -> dict[tuple[str, str], list[FunctionModel]]:
    """Return the functions that share a limit, by its name and by what it is of: ("topic.subscriptions", "news")."""
    return grouped(
        (shared, function)
        for function in app.functions
        for shared in TRIGGERS[function.trigger["kind"]].shares(function.trigger)
    )


def larger_memory(app: AppModel, facts: Facts) -> Iterator[Problem]:
    """Yield a note where memory comes in few sizes, and the app asks for one between them."""
    limit = facts.limit("memory")
    if limit is None or not limit.choices:
        return
    most = max(app.functions, key=lambda function: function.memory)
    size = _next(limit.choices, most.memory)
    if size is not None and size != most.memory:
        message = f"{most.name}: memory={most.memory} becomes {size} MB, because there are {limit.shown()}"
        yield Problem(message, most.where, False, rule=RULE, instead=f"say memory={size}", note=True)


def _next(choices: tuple[int, ...], value: int) -> int | None:
    return next((choice for choice in sorted(choices) if choice >= value), None)
