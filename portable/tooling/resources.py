"""A declared resource -> its options as plain data, for the manifest and for infrastructure."""

from __future__ import annotations

from typing import Any

from portable.values import Value


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
