"""What a handler got, parameter by parameter: takes a function and its event; returns the values that the event had for each."""

from __future__ import annotations

import typing
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from portable.errors import DeclarationError, PortableError
from portable.eventing.request import Request
from portable.eventing.routing import match, segments
from portable.eventing.schedule import Tick
from portable.tooling.app.kinds.registry import TRIGGERS
from portable.tooling.app.model import FunctionModel, Parameter, parameters_of
from portable.tooling.app.sharing import hints
from portable.tooling.dev import words

FROM = {
    "event": "the event",
    "path": "path",
    "query": "query",
    "header": "header",
    "cookie": "cookie",
    "body": "body",
    "form": "form",
}


@dataclass(frozen=True, slots=True)
class Decoded:
    """A parameter: its type, where its value comes from, and the value as a text. `sent` is False where the event had none."""

    name: str
    type: str
    source: str
    text: str
    sent: bool = True


def decoded(function: FunctionModel, handler: Callable[..., Any] | None, event: dict[str, Any]) -> list[Decoded]:
    """Return the parameters that an event fills, in order: those of the handler, then those of its providers."""
    try:
        made = TRIGGERS[function.trigger["kind"]].event(function, event)
        types = {name: _shown(hint) for name, hint in hints(function, handler).items()} if handler is not None else {}
    except (KeyError, TypeError, ValueError, AttributeError, PortableError, DeclarationError):
        return []
    found: list[Decoded] = []
    for parameter in parameters_of(function):
        if parameter.source not in FROM or any(parameter.name == each.name for each in found):
            continue
        value = _value(function, parameter, made)
        text = "" if value is None else value
        found.append(
            Decoded(parameter.name, types.get(parameter.name, ""), FROM[parameter.source], text, value is not None)
        )
    return found


def _value(function: FunctionModel, parameter: Parameter, event: Any) -> str | None:
    if parameter.source == "event":
        if isinstance(event, Tick):
            return event.scheduled_at.isoformat()  # nothing keeps when it fired
        payload = getattr(event, "payload", None)
        return words.body_text(payload) if isinstance(payload, bytes) else repr(event)
    if not isinstance(event, Request):
        return None
    if parameter.source == "path":
        return (match(segments(function.trigger["path"]), event.raw_path.split("/")) or {}).get(parameter.key)
    if parameter.source == "body":
        body = event.body
        return (words.body_text(body) if body else None) or (f"{words.size(len(body))} of data" if body else None)
    if parameter.source == "form":
        return _posted(parameter, event)
    values: dict[str, Any] = {"query": event.query, "header": event.headers, "cookie": event.cookies}
    found: str | None = values[parameter.source].get(parameter.key)
    return found


def _posted(parameter: Parameter, request: Request) -> str | None:
    """Return what a form has for a parameter: all of its fields, or the values of one."""
    try:
        pairs = request.form().multi_items()
    except PortableError:
        return None
    shown = [
        (name, value if isinstance(value, str) else f"{value.filename} ({words.size(value.size)})")
        for name, value in pairs
        if parameter.key in ("", name)
    ]
    if parameter.key:
        return ", ".join(value for _, value in shown) if shown else None
    return "\n".join(f"{name}: {value}" for name, value in shown) if shown else None


def _shown(hint: Any) -> str:
    """Return a type in words, without what Annotated says of it and without the modules of its parts."""
    hint = hint.__origin__ if typing.get_origin(hint) is typing.Annotated else hint
    text = hint.__name__ if isinstance(hint, type) and not getattr(hint, "__args__", None) else str(hint)
    return (
        text.replace("typing.", "").replace("portable.eventing.message.", "").replace("portable.eventing.record.", "")
    )
