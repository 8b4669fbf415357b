"""A handler -> the resources it declares; a resource -> its options as plain data, for the manifest and infrastructure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from portable.base.values import Value
from portable.compute.function import Function
from portable.tooling.app.signature import grants


def options(resource: Value) -> dict[str, Any]:
    """Return the fields of a resource but its name, as JSON values; types by their name."""
    return {name: _plain(getattr(resource, name)) for name in resource._fields if name not in ("name", "default")}


def _plain(value: Any) -> Any:
    if isinstance(value, Value):
        return {name: _plain(getattr(value, name)) for name in value._fields}
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value]
    if isinstance(value, type):
        return value.__name__
    return value


def declared(handler: Callable[..., Any]) -> list[Value]:
    """Return every resource a handler declares: of its clients, its trigger and its idempotency."""
    mark: Function = handler.__portable__  # type: ignore[attr-defined]
    found = [resource for resource, _ in grants(handler)]
    for name in ("bucket", "queue", "topic"):
        resource = getattr(mark.trigger, name, None)
        if isinstance(resource, Value):
            found.append(resource)
    if mark.idempotent is not None:
        found.append(mark.idempotent.table)
    return found
