"""A parameter that holds a resource but no client -> the text of the error, with the clients that would fit."""

from __future__ import annotations

from typing import Any

import portable
from portable.base.client import Client
from portable.tooling.app.kinds.kind import ResourceKind


def no_client(resource: Any, shown: str, kind: ResourceKind | None, asynchronous: bool) -> str:
    """Return what is wrong with a parameter of the type `shown`, and which clients of the resource there are."""
    public = [getattr(portable, name) for name in portable.__all__]
    fitting = [
        item.__name__
        for item in public
        if isinstance(item, type)
        and issubclass(item, Client)
        and kind is not None
        and (item.kind, item.asynchronous) == (kind.name, asynchronous)
    ]
    return f"has {resource!r}, but {shown} is no client of it: use {' or '.join(fitting) or 'a client of its kind'}"
