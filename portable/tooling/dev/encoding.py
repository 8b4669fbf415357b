"""Plain event -> the event that a provider would send: the target's test host delivers it to entries that only take note.

Nothing of the app is called.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from portable.errors import PortableError, UnsupportedError
from portable.tooling.app.model import AppModel, FunctionModel
from portable.tooling.run.invoking import decode
from portable.tooling.run.wired import WiredApp, kit_of
from portable.tooling.targets import load_target, target_names

SECONDS = 30.0
"""The time that the call would have."""


def wires() -> tuple[str, ...]:
    """Return the names of the targets that send events of their own: all but that of this machine."""
    return tuple(name for name in target_names() if load_target(name).local() is None)


def encoded(app: AppModel, function: FunctionModel, event: dict[str, Any], wire: str) -> Any:
    """Return a plain event as the host of a target gets it, as JSON values. Raises PortableError where it has none."""
    target, made = load_target(wire), decode(function, event)
    kit = kit_of(wire)
    taken: list[Any] = []
    given = {"_drivers": None, "_observed": lambda _name, _call: _noting(taken)}
    wired = WiredApp(app, wire, given, asyncio.run, lambda: SECONDS)
    gap = wired.gap(function.name)
    if gap is not None:
        raise UnsupportedError(f"{target.title} cannot do this: {gap}")
    try:
        if function.trigger["kind"] == "http":
            wired.host.http(made, function)
        else:
            name = getattr(made, "id", None) or uuid4().hex
            wired.host.deliver(function, [(name, made, getattr(made, "attempt", None))])
    except PortableError:
        raise
    except Exception as error:
        if not taken:
            raise PortableError(f"{target.title} cannot bring this event: {type(error).__name__}: {error}") from error
    if not taken or kit is None:
        raise PortableError(f"{target.title} has no event for this")
    return kit.plain(taken[0])


def _noting(taken: list[Any]) -> Callable[[Any, Any], Any]:
    """Return a call that takes note of the provider's own event."""

    def note(_event: Any, context: Any) -> None:
        taken.append(context.native[0])

    return note
