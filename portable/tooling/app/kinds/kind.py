"""`ResourceKind` and `TriggerKind`: everything that binding, collecting, packaging and `invoke` need of a kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from portable.base.values import Value
from portable.tooling.app.model import FunctionModel

Trigger = Mapping[str, Any]
"""A trigger as plain data: {"kind": …} and its own fields."""


class ResourceKind(Struct, frozen=True):
    """A kind of resource, called `name` in models and manifests.

    `declaration` is the class that declares one. With `text` a handler gets its value as a `str`, else a client.
    `typed` says whether a declared resource's options make its driver encode and decode a type. `problem` says what is
    wrong with a declared resource, or with the types in the brackets of its client; None when all is well. `facts` are
    added to the options of a resource in the manifest: what infrastructure must know and no field says by itself.
    `guarded` says whether a cloud asks for a permission before it lets a function reach one. `needs` are the permissions
    that a method of its driver needs, where that is not the method's own name. `wrote` says which of them a call used that
    may write in several ways: it takes the method and its first argument, and returns None where the method says it.
    """

    name: str
    declaration: type[Value]
    text: bool = False
    typed: Callable[[Mapping[str, Any]], bool] = lambda options: False
    problem: Callable[[Any, tuple[Any, ...]], str | None] = lambda resource, types: None
    facts: Callable[[Any], Mapping[str, Any]] = lambda resource: {}
    guarded: bool = True
    needs: Mapping[str, tuple[str, ...]] = {}
    wrote: Callable[[str, Any], tuple[str, ...] | None] = lambda method, first: None

    def needed(self, method: str) -> tuple[str, ...]:
        """Return the permissions that a method of the driver needs."""
        return self.needs.get(method, (method,))

    def used(self, method: str, first: Any = None) -> tuple[str, ...]:
        """Return the permissions that a call of the driver used; `first` is its first argument."""
        wrote = self.wrote(method, first)
        return self.needed(method) if wrote is None else wrote

    @property
    def pillar(self) -> str:
        """The module of a target's runtime that makes its drivers."""
        return str(self.declaration.pillar)  # type: ignore[attr-defined]  # every resource has it


def own_feed(function: FunctionModel) -> str:
    """Return the name of the queue that gets the events of one function only: the function's own."""
    return function.name


class TriggerKind(Struct, frozen=True):
    """A kind of trigger, called `name` in models and manifests.

    `declaration` is the class of the trigger and `events` what a handler's parameter may be, the first being the usual
    one. With `payload` the event brings bytes that are decoded to the type in its brackets, else its data is a dict;
    `batched` allows a parameter `list[<event>]`. `title` says in words what fires a function, `check` raises
    DeclarationError for a trigger that cannot be.

    `retried`, `buried` and `idempotent` say whether `retry=`, `dead_letter=` and `idempotent=` are for this kind.
    `feed` names the queue through which a function gets its events, or None. `taken_from` is the kind of resource that a
    function takes its events from, "queue" (of the name `feed`) or "stream"; None where a service hands them to it.
    `check_all` checks all functions of the kind together. `shares` names the limits that functions of the kind share, each
    with what they share, such as ("topic.subscriptions", "news"). `woken` is the kind and name of a resource and the action
    on it that calls a function without anybody meaning it, or None; `narrowed` says whether a filter can keep it out.

    For generated modules: `runtime` is the module of an adapter's runtime that handles the events, and `wanted` which events a
    function takes, as expressions that the handler there gets last; none where it takes all, one by one.

    For `invoke`: `form` is the name of an event's plain data, `example` shows it, and `event` makes the event of it.
    `plain` is the way back, with bytes as they are, and `label` names an event in a few words.
    `kept_out` says why a cloud would not deliver an event, or is None if it would. `facts` adds to an event what a cloud
    would send, from the drivers of this machine, and returns a note about what it did not find.
    """

    name: str
    declaration: type[Value]
    events: tuple[type, ...]
    title: Callable[[Trigger], str]
    form: str
    example: str
    event: Callable[[FunctionModel, Mapping[str, Any]], Any]
    plain: Callable[[Any], dict[str, Any]]
    label: Callable[[Any], str]
    runtime: str
    wanted: Callable[[FunctionModel], tuple[str, ...]] = lambda function: ()
    check: Callable[[Any], None] = lambda trigger: None
    payload: bool = False
    batched: bool = False
    retried: bool = True
    buried: bool = True
    idempotent: bool = True
    feed: Callable[[FunctionModel], str] | None = None
    taken_from: str | None = None
    check_all: Callable[[Sequence[FunctionModel]], None] = lambda functions: None
    shares: Callable[[Trigger], tuple[tuple[str, str], ...]] = lambda trigger: ()
    woken: Callable[[Trigger], tuple[str, str, str] | None] = lambda trigger: None
    narrowed: Callable[[Trigger], bool] = lambda trigger: False
    kept_out: Callable[[FunctionModel, Mapping[str, Any]], str | None] = lambda function, event: None
    facts: Callable[[FunctionModel, dict[str, Any], Any], tuple[dict[str, Any], str | None]] = (
        lambda function, event, drivers: (event, None)
    )
