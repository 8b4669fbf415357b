"""An event function -> the lines of its entry module that make the handler."""

from __future__ import annotations

from portable.tooling.callcode import CallCode
from portable.tooling.model import AppModel, FunctionModel


def event_source(app: AppModel, function: FunctionModel, code: CallCode) -> tuple[list[str], list[str]]:
    """Return the imports and the lines that make `handler` for a schedule, an object or messages."""
    trigger = function.trigger
    given = f"{code.name}, {function.name!r}, {function.timeout}"
    if trigger["kind"] == "schedule":
        options = f", {trigger['days']}" if trigger["days"] > 1 else ""
        imports = ["from portable_gcp.runtime.schedule import handler as _handler"]
        return imports, [f"handler = _handler({given}{options})"]
    if trigger["kind"] == "object":
        options = ", ".join(repr(trigger[name]) for name in ("event", "prefix", "suffix"))
        imports = ["from portable_gcp.runtime.objects import handler as _handler"]
        return imports, [f"handler = _handler({given}, {options})"]
    raise AssertionError(trigger["kind"])
