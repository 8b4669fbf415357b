"""Takes a function that is fired by an event; returns its handler and its decorated function in function_app.py."""

from __future__ import annotations

from dataclasses import dataclass

from portable.tooling.app.kinds.stream import takes_batch
from portable.tooling.app.model import FunctionModel
from portable.tooling.entry.call_source import CallSource
from portable.tooling.entry.consumers import consumer_source
from portable.tooling.entry.names import Names
from portable_azure.deploy.cron import ncrontab
from portable_azure.deploy.roads import CONNECTION, consumer_group_setting, hub_connection, queue_setting, road

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
    feed = road(function)
    handler, argument, annotation = _EVENTS[feed](function, call, names)
    awaits = function.asynchronous
    entry = names.own(f"on_{function.identifier}")
    lines = (
        f'@_app.function_name("{function.name}")',
        *_DECORATORS[feed](function, argument),
        f"{'async def' if awaits else 'def'} {entry}({argument}: {annotation}, context: _azure.Context) -> None:",
        f'    {"await " if awaits else ""}_handlers["{function.name}"]({argument}, context)',
    )
    return Entry(function.name, handler, lines)


def _handler(module: str, function: FunctionModel, names: Names, name: str = "handler") -> str:
    """Return the alias of a runtime module's function, in its async form for an `async def` handler."""
    prefix, suffix = ("async_", "_async") if function.asynchronous else ("", "")
    wanted = f"_{module if name == 'handler' else name}{suffix}"
    return names.imported(f"portable_azure.runtime.{module}", f"{prefix}{name}", wanted)


def _scheduled(function: FunctionModel, call: CallSource, names: Names) -> tuple[str, str, str]:
    trigger = function.trigger
    fired = ncrontab(trigger["expression"], trigger["timezone"])
    plan = f"{trigger['expression']!r}, {trigger['timezone']!r}, {fired!r}, {trigger['days']}"
    handler = _handler("schedule", function, names)
    return f"{handler}({call.name}, {function.name!r}, {function.timeout}, {plan})", "timer", "str"


def _direct(function: FunctionModel, call: CallSource, names: Names) -> tuple[str, str, str]:
    handler = _handler("objects", function, names)
    return f"{handler}({call.name}, {function.name!r}, {function.timeout}, {_wanted(function)})", "event", "str"


def _consumed(function: FunctionModel, call: CallSource, names: Names) -> tuple[str, str, str]:
    consumer = consumer_source(function, call, names, awaited=True)
    trigger = function.trigger
    if trigger["kind"] == "object":
        consumer = f"{_handler('objects', function, names, 'consumer')}({consumer}, {_wanted(function)})"
    filters = tuple(tuple(pair) for pair in trigger.get("filter", ()))
    options = f"{trigger['kind']!r}{f', {filters!r}' if filters else ''}"
    handler = _handler("messages", function, names)
    return f"{handler}({consumer}, {function.timeout}, {options})", "message", "_azure.QueueMessage"


def _recorded(function: FunctionModel, call: CallSource, names: Names) -> tuple[str, str, str]:
    consumer = consumer_source(function, call, names, awaited=True)
    whole = ", True" if takes_batch(function) else ""
    events = names.imported("typing", "List", "_List")  # the worker does not accept list[…]
    handler = _handler("records", function, names)
    return f"{handler}({consumer}, {function.timeout}{whole})", "events", f"{events}[_azure.EventHubEvent]"


def _wanted(function: FunctionModel) -> str:
    trigger = function.trigger
    return f"{trigger['event']!r}, {trigger['prefix']!r}, {trigger['suffix']!r}"


def _queue_trigger(function: FunctionModel, argument: str) -> list[str]:
    return [
        f'@_app.queue_trigger(arg_name="{argument}", queue_name="%{queue_setting(function)}%", '
        f'connection="{CONNECTION}")'
    ]


def _timer_trigger(function: FunctionModel, argument: str) -> list[str]:
    trigger = function.trigger
    schedule = ncrontab(trigger["expression"], trigger["timezone"])
    lines = [f'@_app.timer_trigger(arg_name="{argument}", schedule="{schedule}", use_monitor=True)']
    if function.attempts > 1:
        wait = max(1, round(function.backoff or RETRY_WAIT))
        lines.append(
            f'@_app.retry(strategy="fixed_delay", max_retry_count="{function.attempts - 1}", '
            f'delay_interval="{wait // 3600:02d}:{wait // 60 % 60:02d}:{wait % 60:02d}")'
        )
    return lines


def _event_hub_trigger(function: FunctionModel, argument: str) -> list[str]:
    return [
        f'@_app.event_hub_message_trigger(arg_name="{argument}", connection="{hub_connection(function)}", '
        f'event_hub_name="%{queue_setting(function)}%", consumer_group="%{consumer_group_setting(function)}%", '
        'cardinality="many", data_type="binary")',
        '@_app.retry(strategy="fixed_delay", max_retry_count="-1", delay_interval="00:00:01")',
    ]


def _event_grid_trigger(_function: FunctionModel, argument: str) -> list[str]:
    return [f'@_app.event_grid_trigger(arg_name="{argument}")']


_EVENTS = {"queue": _consumed, "schedule": _scheduled, "object": _direct, "stream": _recorded}
_DECORATORS = {
    "queue": _queue_trigger,
    "schedule": _timer_trigger,
    "object": _event_grid_trigger,
    "stream": _event_hub_trigger,
}
"""By source of the function's events: a storage queue, a timer, Event Grid, or an event hub."""
