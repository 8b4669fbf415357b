"""Takes a function that takes messages; returns the expression of its Consumer in a generated module."""

from __future__ import annotations

from portable.tooling.app.kinds.registry import feed
from portable.tooling.app.model import FunctionModel
from portable.tooling.entry.call_source import CallSource
from portable.tooling.entry.names import Names


def consumer_source(function: FunctionModel, call: CallSource, names: Names, awaited: bool = False) -> str:
    """Return the expression that makes the Consumer; `awaited` says that the host awaits `async def` handlers."""
    bury = "None"
    if function.dead_letter:
        to = "to_async" if awaited and function.asynchronous else "to"
        dead_letters = names.imported("portable.eventing.deadletters", to, "_dead_letters")
        queue = names.imported("portable.eventing.queue", "Queue")
        bury = f"{dead_letters}({queue}({feed(function)!r}).dead_letters, {names.drivers()})"
    consumer = names.imported("portable.compute.consume", "Consumer")
    ordered = bool(function.trigger.get("ordered"))
    return f"{consumer}({function.name!r}, {call.name}, {function.attempts}, {bury}, {ordered}, {function.backoff})"
