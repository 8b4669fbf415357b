"""What the pages of queues, topics and streams have in common: forms that send a message, and the calls of a resource."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from portable.tooling.app.model import FunctionModel
from portable.tooling.dev import words
from portable.tooling.dev.dashboard.desk import Desk
from portable.tooling.dev.dashboard.firing.proposal import first_event, proposal
from portable.tooling.dev.dashboard.posted import NOTHING, Form

SHOWN = 50
"""How many messages or calls a page shows."""


@dataclass(frozen=True, slots=True)
class Example:
    """What a form that sends begins with."""

    payload: str = ""
    attributes: str = ""


def example(desk: Desk, functions: Sequence[FunctionModel], given: Form) -> Example:
    """Return the message of a form that was refused, else one that the first of the functions takes."""
    if given is not NOTHING:
        return Example(given.text("payload"), given.text("attributes"))
    if not functions:
        return Example()
    event = first_event(proposal(functions[0], desk.engine.handlers.get(functions[0].name)))
    [event] = event.get("records", [event])
    payload, attributes = event.get("payload"), event.get("attributes", {})
    text = payload if isinstance(payload, str) else words.pretty(payload)
    return Example(text, "\n".join(f"{name}={value}" for name, value in attributes.items()))


def history(desk: Desk, kind: str, name: str, *methods: str) -> list[Any]:
    """Return the latest calls of a resource with the invocations that made them, newest first."""
    return [pair for pair in desk.engine.journal.calls(kind, name, limit=SHOWN) if pair[1].method in methods]
