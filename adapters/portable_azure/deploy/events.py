"""A function that is fired by an event -> its imports, its handler value and its entry in function_app.py."""

from __future__ import annotations

from portable.tooling.app.model import FunctionModel
from portable.tooling.entry.call_source import CallCode
from portable.tooling.entry.consumers import consumer_source
from portable_azure.deploy.cron import ncrontab
from portable_azure.deploy.roads import CONNECTION, queue_setting, queued

RETRY_WAIT = 10
"""Seconds between the tries of a schedule that declares no backoff."""


def event_lines(function: FunctionModel, code: CallCode, entry: str) -> tuple[set[str], str, list[str]]:
    """Return imports, the item of the dictionary of handlers, and the lines of the decorated function."""
    kind = function.trigger["kind"]
    awaits = function.asynchronous
    if queued(function):
        imports, made = _consumed(function, code)
        argument, annotation = "message", "_azure.QueueMessage"
    elif kind == "schedule":
        imports, made = _scheduled(function, code)
        argument, annotation = "timer", "str"
    else:
        imports, made = _direct(function, code)
        argument, annotation = "event", "str"
    lines = [
        f'@_app.function_name("{function.name}")',
        *_decorators(function, argument),
        f"{'async def' if awaits else 'def'} {entry}({argument}: {annotation}, context: _azure.Context) -> None:",
        f'    {"await " if awaits else ""}_handlers["{function.name}"]({argument}, context)',
    ]
    return imports, f'"{function.name}": {made}', lines


def _decorators(function: FunctionModel, argument: str) -> list[str]:
    trigger = function.trigger
    if queued(function):
        return [
            f'@_app.queue_trigger(arg_name="{argument}", queue_name="%{queue_setting(function)}%", '
            f'connection="{CONNECTION}")'
        ]
    if trigger["kind"] == "schedule":
        schedule = ncrontab(trigger["expression"], trigger["timezone"])
        lines = [f'@_app.timer_trigger(arg_name="{argument}", schedule="{schedule}", use_monitor=True)']
        if function.attempts > 1:
            wait = max(1, round(function.backoff or RETRY_WAIT))
            lines.append(
                f'@_app.retry(strategy="fixed_delay", max_retry_count="{function.attempts - 1}", '
                f'delay_interval="{wait // 3600:02d}:{wait // 60 % 60:02d}:{wait % 60:02d}")'
            )
        return lines
    return [f'@_app.event_grid_trigger(arg_name="{argument}")']


def _handler(module: str, function: FunctionModel, name: str = "handler") -> tuple[set[str], str]:
    """Return the import of a runtime module's function, in its async form for an `async def` handler, and its alias."""
    prefix = "async_" if function.asynchronous else ""
    alias = f"_{module if name == 'handler' else name}{'_async' if prefix else ''}"
    return {f"from portable_azure.runtime.{module} import {prefix}{name} as {alias}"}, alias


def _scheduled(function: FunctionModel, code: CallCode) -> tuple[set[str], str]:
    trigger = function.trigger
    imports, handler = _handler("schedule", function)
    fired = ncrontab(trigger["expression"], trigger["timezone"])
    plan = f"{trigger['expression']!r}, {trigger['timezone']!r}, {fired!r}, {trigger['days']}"
    return imports, f"{handler}({code.name}, {function.name!r}, {function.timeout}, {plan})"


def _direct(function: FunctionModel, code: CallCode) -> tuple[set[str], str]:
    imports, handler = _handler("objects", function)
    return imports, f"{handler}({code.name}, {function.name!r}, {function.timeout}, {_wanted(function)})"


def _consumed(function: FunctionModel, code: CallCode) -> tuple[set[str], str]:
    lines, consumer = consumer_source(function, code, awaited=True)
    imports, handler = _handler("messages", function)
    trigger = function.trigger
    if trigger["kind"] == "object":
        own, objects = _handler("objects", function, "consumer")
        imports |= own
        consumer = f"{objects}({consumer}, {_wanted(function)})"
    filters = tuple(tuple(pair) for pair in trigger.get("filter", ()))
    options = f"{trigger['kind']!r}{f', {filters!r}' if filters else ''}"
    return {*imports, *lines}, f"{handler}({consumer}, {function.timeout}, {options})"


def _wanted(function: FunctionModel) -> str:
    trigger = function.trigger
    return f"{trigger['event']!r}, {trigger['prefix']!r}, {trigger['suffix']!r}"
