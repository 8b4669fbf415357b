"""A mounted app -> a function that declares the same, so that all rooms read it as they read a handler."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable
from typing import Any

from portable.compute.context import Context
from portable.compute.function import function
from portable.errors import DeclarationError
from portable.eventing import http
from portable.eventing.mounting import Mount
from portable.eventing.request import Request


def stand_in(mount: Mount) -> Callable[..., Any]:
    """Return a function with the declaration, the place and the kind of a mounted app.

    Its parameters are the request, the context and the resources. It is never called. Raises DeclarationError for options
    that cannot be.
    """

    async def awaited() -> None: ...

    def plain() -> None: ...

    found: Any = awaited if mount.protocol == "asgi" else plain
    file, _, line = mount.place.rpartition(":")
    found.__code__ = found.__code__.replace(co_filename=file, co_firstlineno=int(line))
    found.__name__ = found.__qualname__ = mount.name
    found.__module__ = mount.module
    whole = inspect.Parameter.POSITIONAL_ONLY
    given = [inspect.Parameter(kind.__name__.lower(), whole, annotation=kind) for kind in (Request, Context)]
    found.__signature__ = inspect.Signature(
        [*given, *(_parameter(mount, *each) for each in enumerate(mount.resources))]
    )
    found.mounted = mount
    try:
        trigger = http.any(f"{mount.prefix}/{{path:path}}", **mount.route)
        return function(trigger, name=mount.name, **mount.options)(found)  # type: ignore[no-any-return]
    except DeclarationError as error:
        raise DeclarationError(error.message, mount.place) from None


def mounted(handler: Any) -> Mount | None:
    """Return the app that a handler stands for, None for a function of its own."""
    found = getattr(handler, "mounted", None)
    return found if isinstance(found, Mount) else None


def _parameter(mount: Mount, number: int, kind: Any) -> inspect.Parameter:
    if typing.get_origin(kind) is not typing.Annotated:
        raise DeclarationError(f"resources: {kind!r} must be Annotated[<client>, <resource>]", mount.place)
    return inspect.Parameter(f"resource{number}", inspect.Parameter.KEYWORD_ONLY, annotation=kind)
