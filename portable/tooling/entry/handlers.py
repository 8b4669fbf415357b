"""Takes an event function; returns the call that makes its handler: an adapter's `handler` for its events, and what it is given."""

from __future__ import annotations

from portable.tooling.app.kinds.registry import TRIGGERS, feed
from portable.tooling.app.model import FunctionModel
from portable.tooling.entry.call_source import CallSource
from portable.tooling.entry.names import Names


def handler_call(package: str, function: FunctionModel, call: CallSource, names: Names, *own: str) -> str:
    """Return the call of `handler` in the module of `<package>.runtime` for a function's events.

    It gets the function's call and name, or the `Consumer` of what is retried through a queue or a stream; then the adapter's
    `own` arguments; last which events are wanted.
    """
    kind = TRIGGERS[function.trigger["kind"]]
    calls = (call.name, repr(function.name)) if kind.feed is None else (consumer_source(function, call, names),)
    return names.call(f"{package}.runtime.{kind.runtime}", *calls, *own, *kind.wanted(function))


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
