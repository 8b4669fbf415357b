"""Takes an event function; returns the call that makes its handler: an adapter's `handler` for its events, and what it is given."""

from __future__ import annotations

from portable.tooling.app.kinds.registry import feed
from portable.tooling.app.kinds.stream import takes_batch
from portable.tooling.app.model import FunctionModel
from portable.tooling.entry.call_source import CallSource
from portable.tooling.entry.names import Names

RUNTIME = {"schedule": "schedule", "object": "objects", "queue": "messages", "topic": "messages", "stream": "records"}
"""The module of an adapter's runtime that handles the events of a function, by the kind of its trigger."""


def handler_call(package: str, function: FunctionModel, call: CallSource, names: Names, *own: str) -> str:
    """Return the call of `handler` in `<package>.runtime`: with the function's call or consumer, the adapter's `own`
    arguments, and which events are wanted.
    """
    kind = function.trigger["kind"]
    calls = (call.name, repr(function.name)) if kind == "schedule" else (consumer_source(function, call, names),)
    return names.call(f"{package}.runtime.{RUNTIME[kind]}", *calls, *own, *wanted_events(function))


def wanted_events(function: FunctionModel) -> tuple[str, ...]:
    """Return which events a function is called for, as arguments; nothing where all of them are wanted, one by one."""
    trigger, kind = function.trigger, function.trigger["kind"]
    if kind == "schedule":
        return (str(trigger["days"]),) if trigger["days"] > 1 else ()
    if kind == "object":
        return tuple(repr(trigger[name]) for name in ("event", "prefix", "suffix"))
    if kind == "stream":
        return ("True",) if takes_batch(function) else ()
    pairs = tuple(tuple(pair) for pair in trigger.get("filter", ()))
    return (repr(pairs),) if pairs else ()


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
