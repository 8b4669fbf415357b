"""What is declared by a value -> the functions that declare the same, so that all rooms read them as they read a handler."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable
from typing import Any, Literal

from portable.compute.context import Context
from portable.compute.function import function
from portable.errors import DeclarationError
from portable.eventing import http
from portable.eventing.api_document import ApiDocument, page_name
from portable.eventing.http import HttpTrigger
from portable.eventing.mounting import Mount
from portable.eventing.request import Request
from portable.tooling.app.model import ServedModel

DECLARED = (Mount, ApiDocument)
"""The values at the top level of a module that declare functions."""


def stand_ins(declared: Mount | ApiDocument) -> tuple[Callable[..., Any], ...]:
    """Return the functions that a value of an app declares.

    They have its options, its place and its kind, and are never called. Raises DeclarationError for options that
    cannot be.
    """
    return (_of_mount(declared),) if isinstance(declared, Mount) else _of_document(declared)


def _of_mount(mount: Mount) -> Callable[..., Any]:
    """Return the function of a mounted app. Its parameters are the request, the context and the resources."""
    found = _function(mount, mount.name, mount.protocol == "asgi")
    whole = inspect.Parameter.POSITIONAL_ONLY
    given = [inspect.Parameter(kind.__name__.lower(), whole, annotation=kind) for kind in (Request, Context)]
    found.__signature__ = inspect.Signature(
        [*given, *(_parameter(mount, *each) for each in enumerate(mount.resources))]
    )
    found.mounted = mount
    return _marked(found, mount, lambda: http.any(f"{mount.prefix}/{{path:path}}", **mount.route))


def _of_document(declared: ApiDocument) -> tuple[Callable[..., Any], ...]:
    """Return the functions of a document and its page. Their parameter is the request."""
    parts: list[tuple[Literal["document", "page"], str, str]] = [("document", declared.path, declared.name)]
    if declared.page is not None:
        parts.append(("page", declared.page, page_name(declared.name)))
    return tuple(_of_part(declared, *part) for part in parts)


def _of_part(declared: ApiDocument, part: Literal["document", "page"], path: str, name: str) -> Callable[..., Any]:
    found = _function(declared, name)
    request = inspect.Parameter("request", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=Request)
    found.__signature__ = inspect.Signature([request])
    found.serves = ServedModel(part, declared.path, declared.page)
    return _marked(found, declared, lambda: http.get(path, **declared.route))


def _function(declared: Mount | ApiDocument, name: str, asynchronous: bool = False) -> Any:
    """Return a function with a name, and the place and the module of a declaration."""

    async def awaited() -> None: ...

    def plain() -> None: ...

    found: Any = awaited if asynchronous else plain
    file, _, line = declared.place.rpartition(":")
    found.__code__ = found.__code__.replace(co_filename=file, co_firstlineno=int(line))
    found.__name__ = found.__qualname__ = name
    found.__module__ = declared.module
    return found


def _marked(found: Any, declared: Mount | ApiDocument, trigger: Callable[[], HttpTrigger]) -> Callable[..., Any]:
    try:
        return function(trigger(), name=found.__name__, **declared.options)(found)  # type: ignore[no-any-return]
    except DeclarationError as error:
        raise DeclarationError(error.message, declared.place) from None


def served(handler: Any) -> ServedModel | None:
    """Return what a handler serves of the OpenAPI document, None for any other function."""
    found = getattr(handler, "serves", None)
    return found if isinstance(found, ServedModel) else None


def mounted(handler: Any) -> Mount | None:
    """Return the app that a handler stands for, None for a function of its own."""
    found = getattr(handler, "mounted", None)
    return found if isinstance(found, Mount) else None


def _parameter(mount: Mount, number: int, kind: Any) -> inspect.Parameter:
    if typing.get_origin(kind) is not typing.Annotated:
        raise DeclarationError(f"resources: {kind!r} must be Annotated[<client>, <resource>]", mount.place)
    return inspect.Parameter(f"resource{number}", inspect.Parameter.KEYWORD_ONLY, annotation=kind)
