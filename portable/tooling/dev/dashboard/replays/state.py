"""What a call found: takes an engine and an invocation; returns lines that put the objects and rows that it read, as they are now."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

from portable.tooling.app.kinds.registry import RESOURCES
from portable.tooling.dev.dashboard.kinds.browsed import Kept
from portable.tooling.dev.dashboard.kinds.registry import BROWSED
from portable.tooling.dev.dashboard.replays.literals import literal
from portable.tooling.dev.dashboard.replays.source import Line
from portable.tooling.dev.engine import Engine
from portable.tooling.dev.journal.model import Details

WRITES = frozenset(("put", "update", "delete"))


@dataclass(frozen=True, slots=True)
class State:
    """Lines for what a call has read, and apart from them for what it has written itself under the same keys.

    `problems` say what could not be a line.
    """

    read: tuple[Line, ...] = ()
    written: tuple[Line, ...] = ()
    problems: tuple[str, ...] = ()


def state(engine: Engine, found: Details) -> State:
    """Return what a call found."""
    keys: dict[tuple[str, str], list[str]] = {}
    written = set()
    for call in found.calls:
        keys.setdefault((call.kind, call.name), []).append(call.what)
        if WRITES.intersection(RESOURCES[call.kind].needed(call.method)):
            written.add((call.kind, call.name, call.what))
    read: list[Line] = []
    own: list[Line] = []
    problems: list[str] = []
    for (kind, name), names in keys.items():
        browsed = BROWSED.get(kind)
        given = browsed.given if browsed is not None else None
        resource = engine.resource(kind, name) if given is not None else None
        home = variable(engine, resource)
        if given is None or home is None:
            continue
        put = f"cloud.{kind}({home[1]}).put"
        for kept in given(engine, resource, list(dict.fromkeys(names))):
            if kept.problem:
                problems.append(kept.problem)
            else:
                line = Line(put, arguments(kept), home)
                (own if (kind, name, kept.key) in written else read).append(line)
    return State(tuple(read), tuple(own), tuple(problems))


def arguments(kept: Kept) -> tuple[str | bytes, ...]:
    """Return arguments as a line has them."""
    given = (each if isinstance(each, bytes) else literal(each) for each in kept.arguments)
    return (*given, *(f"{name}={literal(each)}" for name, each in kept.options.items()))


def variable(engine: Engine, resource: Any) -> tuple[str, str] | None:
    """Return the module and the name under which the app holds a resource, None if it has no name of its own."""
    for module in engine.app.modules:
        for name, value in vars(sys.modules[module]).items() if module in sys.modules else ():
            if value is resource or (type(value) is type(resource) and value == resource):
                return module, name
    return None
