"""Takes a function that is fired by an event; returns its handler and its decorated function in function_app.py."""

from __future__ import annotations

from dataclasses import dataclass

from portable.tooling.app.kinds.registry import TRIGGERS
from portable.tooling.app.model import FunctionModel
from portable.tooling.entry.call_source import CallSource
from portable.tooling.entry.handlers import consumer_source
from portable.tooling.entry.names import Names
from portable_azure.deploy.cron import ncrontab
from portable_azure.deploy.host import clock
from portable_azure.deploy.sources import CONNECTION, consumer_group_setting, hub_connection, queue_setting, source

RETRY_WAIT = 10
"""Seconds between the attempts of a schedule that declares no backoff."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A function of function_app.py: its name, the expression of its handler, and its decorated lines."""

    name: str
    handler: str
    lines: tuple[str, ...]


def event_entry(function: FunctionModel, call: CallSource, names: Names) -> Entry:
    """Return the entry of a function that is fired by an event."""
    handler, argument, annotation = EVENTS[source(function)](function, call, names)
    awaits = function.asynchronous
    entry = names.own(f"on_{function.identifier}")
    lines = (
        f'@_app.function_name("{function.name}")',
        *_decorators(function, argument),
        f"{'async def' if awaits else 'def'} {entry}({argument}: {annotation}, context: _azure.Context) -> None:",
        f'    {"await " if awaits else ""}_handlers["{function.name}"]({argument}, context)',
    )
    return Entry(function.name, handler, lines)


def _handler(names: Names, function: FunctionModel, module: str, *arguments: str, name: str = "handler") -> str:
    """Return the call of a runtime module's function, which says so if the handler is `async def`."""
    awaits = ("awaited=True",) if function.asynchronous else ()
    alias = f"_{module if name == 'handler' else name}"
    return names.call(f"portable_azure.runtime.{module}", *arguments, *awaits, function=name, wanted=alias)


def _wanted(function: FunctionModel) -> tuple[str, ...]:
    return TRIGGERS[function.trigger["kind"]].wanted(function)


def _scheduled(function: FunctionModel, call: CallSource, names: Names) -> tuple[str, str, str]:
    trigger = function.trigger
    fired = ncrontab(trigger["expression"], trigger["timezone"])
    plan = map(repr, (trigger["expression"], trigger["timezone"], fired, trigger["days"]))
    own = (call.name, repr(function.name), str(function.timeout))
    return _handler(names, function, "schedule", *own, *plan), "timer", "str"


def _direct(function: FunctionModel, call: CallSource, names: Names) -> tuple[str, str, str]:
    own = (call.name, repr(function.name), str(function.timeout))
    return _handler(names, function, "objects", *own, *_wanted(function)), "event", "str"


def _consumed(function: FunctionModel, call: CallSource, names: Names) -> tuple[str, str, str]:
    consumer = consumer_source(function, call, names, awaited=True)
    kind, wanted = function.trigger["kind"], _wanted(function)
    if kind == "object":  # the message holds the event of an object, which the consumer looks at
        consumer, wanted = _handler(names, function, "objects", consumer, *wanted, name="consumer"), ()
    handler = _handler(names, function, "messages", consumer, str(function.timeout), repr(kind), *wanted)
    return handler, "message", "_azure.QueueMessage"


def _recorded(function: FunctionModel, call: CallSource, names: Names) -> tuple[str, str, str]:
    consumer = consumer_source(function, call, names, awaited=True)
    events = names.imported("typing", "List", "_List")  # the worker does not accept list[…]
    own = (consumer, str(function.timeout), *_wanted(function))
    return _handler(names, function, "records", *own), "events", f"{events}[_azure.EventHubEvent]"


def _decorators(function: FunctionModel, argument: str) -> list[str]:
    """Return the trigger of a function as decorators, by the source of its events."""
    feed, trigger = source(function), function.trigger
    if feed == "object":
        return [f'@_app.event_grid_trigger(arg_name="{argument}")']
    if feed == "queue":
        setting = queue_setting(function)
        return [f'@_app.queue_trigger(arg_name="{argument}", queue_name="%{setting}%", connection="{CONNECTION}")']
    if feed == "stream":
        return [
            f'@_app.event_hub_message_trigger(arg_name="{argument}", connection="{hub_connection(function)}", '
            f'event_hub_name="%{queue_setting(function)}%", consumer_group="%{consumer_group_setting(function)}%", '
            'cardinality="many", data_type="binary")',
            '@_app.retry(strategy="fixed_delay", max_retry_count="-1", delay_interval="00:00:01")',
        ]
    schedule = ncrontab(trigger["expression"], trigger["timezone"])
    lines = [f'@_app.timer_trigger(arg_name="{argument}", schedule="{schedule}", use_monitor=True)']
    if function.attempts > 1:
        lines.append(
            f'@_app.retry(strategy="fixed_delay", max_retry_count="{function.attempts - 1}", '
            f'delay_interval="{clock(function.backoff or RETRY_WAIT)}")'
        )
    return lines


EVENTS = {"queue": _consumed, "schedule": _scheduled, "object": _direct, "stream": _recorded}
"""The handlers, by source of the function's events: a storage queue, a timer, Event Grid, or an event hub."""
