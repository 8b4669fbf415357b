"""What goes around a call when it is defined: takes a function and the name of its call; returns the lines that follow it."""

from __future__ import annotations

from portable.tooling.app.model import Code, FunctionModel, parameters_of
from portable.tooling.entry.arguments import Arguments


def idempotent(function: FunctionModel, declared: Code, name: str, arguments: Arguments, awaited: bool) -> str:
    """Return the line that wraps the call: once for each key. The key of a message sees its decoded payload."""
    names = arguments.names
    twin = "Async" if awaited and function.asynchronous else ""
    kind = "RequestCall" if function.trigger["kind"] == "http" else "MessageCall"
    wrapper = names.imported("portable.persistence.idempotency_calls", f"{twin}{kind}")
    given = [name, names.code(declared), repr(function.name), names.drivers()]
    decoded = [p for p in parameters_of(function) if p.source == "event" and p.decode is not None]
    given += [arguments.made(parameter) for parameter in decoded[:1]]
    return f"{name} = {wrapper}({', '.join(given)})"
