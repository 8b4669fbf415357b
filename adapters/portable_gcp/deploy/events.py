"""An event function -> the lines of its entry module that make the handler."""

from __future__ import annotations

from portable.tooling.app.model import FunctionModel
from portable.tooling.entry.call_source import CallCode
from portable.tooling.entry.consumers import consumer_source


def event_source(function: FunctionModel, code: CallCode) -> tuple[list[str], list[str]]:
    """Return the imports and the lines that make `handler` for a schedule, an object or messages."""
    trigger = function.trigger
    kind = trigger["kind"]
    if kind == "schedule":
        options = f", {trigger['days']}" if trigger["days"] > 1 else ""
        imports = ["from portable_gcp.runtime.schedule import handler as _handler"]
        return imports, [f"handler = _handler({code.name}, {function.name!r}, {function.timeout}{options})"]
    imports, consumer = consumer_source(function, code)
    if kind == "object":
        imports.append("from portable_gcp.runtime.objects import handler as _handler")
        options = f", {trigger['event']!r}, {trigger['prefix']!r}, {trigger['suffix']!r}"
    else:
        imports.append("from portable_gcp.runtime.messages import handler as _handler")
        filters = tuple(tuple(pair) for pair in trigger.get("filter", ()))
        options = f", {filters!r}" if filters else ""
    return imports, [f"handler = _handler({consumer}, {function.timeout}{options})"]
