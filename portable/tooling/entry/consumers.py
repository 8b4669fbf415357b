"""A function that takes messages -> the imports and the expression of its Consumer in a generated entry."""

from __future__ import annotations

from portable.tooling.app.model import FunctionModel
from portable.tooling.entry.call_source import CallCode

_CONSUMER = "from portable.compute.consume import Consumer as _Consumer"
_DEAD = (
    "from portable.eventing.deadletters import {to} as _dead_letters",
    "from portable.eventing.queue import Queue as _Queue",
)


def feed(function: FunctionModel) -> str:
    """Return the name of the queue that feeds a function: the queue's own, or the function's for topics and buckets."""
    trigger = function.trigger
    return str(trigger["queue"]) if trigger["kind"] == "queue" else function.name


def consumer_source(function: FunctionModel, code: CallCode, awaited: bool = False) -> tuple[list[str], str]:
    """Return imports and expression. With `dead_letter=True` the module must define `_drivers`."""
    imports = [_CONSUMER]
    bury = "None"
    if function.dead_letter:
        to = "to_async" if awaited and function.asynchronous else "to"
        imports += [line.format(to=to) for line in _DEAD]
        bury = f"_dead_letters(_Queue({feed(function)!r}).dead_letters, _drivers)"
    ordered = bool(function.trigger.get("ordered"))
    arguments = f"{function.name!r}, {code.name}, {function.attempts}, {bury}, {ordered}, {function.backoff}"
    return imports, f"_Consumer({arguments})"
