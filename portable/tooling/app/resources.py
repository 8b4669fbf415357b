"""Takes a handler; returns its resources, and their options as plain data for the manifest and infrastructure."""

from __future__ import annotations

import typing
from collections.abc import Callable
from typing import Any

from portable.base.client import Client
from portable.base.values import Value
from portable.compute.function import Function
from portable.tooling.app.annotations import parameter_types
from portable.tooling.app.kinds.registry import resource_kind
from portable.tooling.app.model import Grant
from portable.tooling.app.sharing import runs_for


def options(resource: Value) -> dict[str, Any]:
    """Return the fields of a resource but its name, as JSON values; types by their name."""
    return {name: _plain(getattr(resource, name)) for name in resource._fields if name not in ("name", "default")}


def kind_name(resource: Value) -> str:
    """Return the name of a resource's kind."""
    kind = resource_kind(resource)
    return kind.name if kind is not None else type(resource).__name__.lower()


def describe(trigger: Value) -> dict[str, Any]:
    """Return a trigger as plain data: {"kind": …} and its fields, resources by their name.

    The options of its resource that say how messages are delivered, such as `ordered`, are beside them.
    """
    found: dict[str, Any] = {"kind": trigger.kind}  # type: ignore[attr-defined]  # every trigger has it
    for name in trigger._fields:
        value = getattr(trigger, name)
        if isinstance(value, Value):
            ordered = getattr(value, "ordered", None)
            if ordered is not None:
                found["ordered"] = ordered
            value = getattr(value, "name", None) or {n: getattr(value, n) for n in value._fields}
        found[name] = [list(v) if isinstance(v, tuple) else v for v in value] if isinstance(value, tuple) else value
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, Value):
        return {name: _plain(getattr(value, name)) for name in value._fields}
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value]
    if isinstance(value, type):
        return value.__name__
    return value


def grants(handler: Callable[..., Any]) -> tuple[tuple[Value, Grant], ...]:
    """Return each resource that the clients of a handler and of its providers touch, with what they may do."""
    found = []
    for _, kind in (each for subject in runs_for(handler) for each in parameter_types(subject)):
        if typing.get_origin(kind) is typing.Annotated:
            inner, resource = typing.get_args(kind)[:2]
            client, declared = typing.get_origin(inner) or inner, resource_kind(resource)
            if declared is None:
                continue
            if isinstance(client, type) and issubclass(client, Client):
                found.append((resource, Grant(resource.name, client.kind, tuple(sorted(client.actions)))))
            elif declared.text:
                found.append((resource, Grant(resource.name, declared.name, ("read",))))
    return tuple(found)


def declared(handler: Callable[..., Any]) -> list[Value]:
    """Return every resource a handler declares: of its clients and those of its providers, its trigger and its idempotency."""
    mark: Function = handler.__portable__  # type: ignore[attr-defined]
    found = [resource for resource, _ in grants(handler)]
    values = [getattr(mark.trigger, name) for name in mark.trigger._fields]
    found += [value for value in values if resource_kind(value) is not None]
    if mark.idempotent is not None:
        found.append(mark.idempotent.table)
    return found
