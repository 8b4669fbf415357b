"""What the pages of queues, topics and streams have in common: messages as people read them, and forms that send one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from portable.eventing.message import Message
from portable.eventing.wire import ATTEMPTS, ERROR, ERROR_TYPE
from portable.tooling.app.model import FunctionModel
from portable.tooling.dev.dashboard import words
from portable.tooling.dev.dashboard.desk import Desk
from portable.tooling.dev.dashboard.firing.proposal import first_event, proposal

SHOWN = 50
"""How many messages or calls a page shows."""
_OURS = (ATTEMPTS, ERROR, ERROR_TYPE)


@dataclass(frozen=True, slots=True)
class Shown:
    """A message on a page. `text` is None if its payload is no text; a dead letter says what the last error was."""

    message: Message[bytes]
    text: str | None
    attributes: dict[str, str]
    attempts: str
    error: str


def shown(messages: Iterable[Message[bytes]]) -> list[Shown]:
    """Return messages as a page shows them."""
    return [_shown(message) for message in messages]


def _shown(message: Message[bytes]) -> Shown:
    given = message.attributes
    told = ": ".join(part for part in (given.get(ERROR_TYPE), given.get(ERROR)) if part)
    own = {name: value for name, value in given.items() if name not in _OURS}
    return Shown(message, words.body_text(message.payload), own, given.get(ATTEMPTS, ""), told)


@dataclass(frozen=True, slots=True)
class Example:
    """What a form that sends begins with."""

    payload: str = ""
    attributes: str = ""


def example(desk: Desk, functions: Sequence[FunctionModel]) -> Example:
    """Return a message that the first of the functions takes."""
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
