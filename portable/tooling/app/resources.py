"""Takes a handler; returns its resources, and their options as plain data for the manifest and infrastructure."""

from __future__ import annotations

import typing
from collections.abc import Callable
from typing import Any

from portable.base.client import Client
from portable.base.values import Value
from portable.compute.function import Function
from portable.eventing.auth import Auth
from portable.eventing.limits import Rate
from portable.tooling.app.auth import auth_grants, auth_of, described, replays_of
from portable.tooling.app.http_settings import PLAIN, HttpSettings
from portable.tooling.app.kinds.registry import resource_kind
from portable.tooling.app.limits import described_limits, limits_of
from portable.tooling.app.model import FunctionModel, Grant
from portable.tooling.app.sharing import typed_parameters


def options(resource: Value) -> dict[str, Any]:
    """Return the fields of a resource but its name, as JSON values; types by their name."""
    return {name: _plain(getattr(resource, name)) for name in resource._fields if name not in ("name", "default")}


def kind_name(resource: Value) -> str:
    """Return the name of a resource's kind."""
    kind = resource_kind(resource)
    return kind.name if kind is not None else type(resource).__name__.lower()


def describe(trigger: Value, auth: Auth | None = None, limits: tuple[Rate, ...] = ()) -> dict[str, Any]:
    """Return a trigger as plain data: {"kind": …} and its fields, resources by their name. `auth` is who may call, and
    `limits` say how often.

    The options of its resource that say how messages are delivered, such as `ordered`, are beside them.
    """
    found: dict[str, Any] = {"kind": trigger.kind}  # type: ignore[attr-defined]  # every trigger has it
    for name in trigger._fields:
        value = getattr(trigger, name)
        if name == "group":  # what a group shares is in the trigger and in the function already, but for its tags
            found |= {"tags": list(value.tags)} if value is not None and value.tags else {}
            continue
        if name == "limit":
            found |= {"limit": described_limits(limits)} if limits else {}
            continue
        if name == "auth":
            value = described(auth)
        elif isinstance(value, Value):
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


def grants(
    function: FunctionModel, handler: Callable[..., Any], http: HttpSettings = PLAIN
) -> tuple[tuple[Value, Grant], ...]:
    """Return each resource that is touched for a handler with what is done to it: by its clients, by those of all that runs
    for it, and by the check of its callers. `http` is what holds for all routes.
    """
    found = auth_grants(auth_of(handler.__portable__, http))  # type: ignore[attr-defined]
    for _, _, kind in typed_parameters(function, handler):
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


def asked(
    function: FunctionModel, handler: Callable[..., Any], http: HttpSettings = PLAIN
) -> dict[tuple[str, str], set[str]]:
    """Return what a handler asks for on each resource, by kind and name: not what dead letters and records need besides."""
    found: dict[tuple[str, str], set[str]] = {}
    for _, grant in grants(function, handler, http):  # two clients of one resource are one permission
        found.setdefault((grant.kind, grant.resource), set()).update(grant.actions)
    return found


def declared(function: FunctionModel, handler: Callable[..., Any], http: HttpSettings = PLAIN) -> list[Value]:
    """Return every resource of a function: what `grants` returns, those of its trigger, its idempotency, replays and limits."""
    mark: Function = handler.__portable__  # type: ignore[attr-defined]
    found = [resource for resource, _ in grants(function, handler, http)]
    values = [getattr(mark.trigger, name) for name in mark.trigger._fields]
    found += [value for value in values if resource_kind(value) is not None]
    if mark.idempotent is not None:
        found.append(mark.idempotent.table)
    replays = replays_of(auth_of(mark, http))
    found += [] if replays is None else [replays]
    return [*found, *(rate.table for rate in limits_of(mark, http))]
