"""A parameter with a declared resource -> how it is filled: a client of the resource, or the text of a secret or setting."""

from __future__ import annotations

import typing
from types import ModuleType
from typing import Any

import portable
from portable.base.client import Client
from portable.base.values import Value
from portable.tooling.app.expressions import NoExpression, resource_expression
from portable.tooling.app.kinds.registry import resource_kind
from portable.tooling.app.lengths import longest_text
from portable.tooling.app.model import Code, Parameter


class Unfit(Exception):
    """A parameter cannot be filled. The text goes on after the parameter's name: "is a list, but …"."""


def bound_resource(
    name: str, inner: Any, resource: Value, modules: list[ModuleType], awaits: bool, handler: str
) -> Parameter:
    """Return the parameter for a resource; `inner` is the type that is annotated with it. Raises Unfit.

    `modules` are where its name is looked for; `awaits` says whether the handler is `async def`.
    """
    client, what, kind = typing.get_origin(inner) or inner, type(resource).__name__, resource_kind(resource)
    try:
        code = resource_expression(resource, modules)
    except NoExpression as error:
        raise Unfit(f"has an unusable resource: {error}; define it at the top of a module") from None
    if kind is not None and kind.text:
        if inner is not str:
            raise Unfit(f"is a {what}: annotate it Annotated[str, {what}(…)]")
        return Parameter(name, "value", kind.name, resource=code)
    if not isinstance(client, type) or not issubclass(client, Client):
        fitting = " or ".join(_clients(kind.name if kind else "", awaits)) or "a client of its kind"
        raise Unfit(f"has {resource!r}, but {shown(client)} is no client of it: use {fitting}")
    if kind is None or client.kind != kind.name:
        named = kind.name if kind else "resource of an unknown kind"
        raise Unfit(f"is a {client.__name__}, but {what}({resource.name!r}) is a {named}")  # type: ignore[attr-defined]
    if client.asynchronous and not awaits:
        raise Unfit(f"is an {client.__name__}: make {handler} async def, or take the plain client")
    if awaits and not client.asynchronous:
        raise Unfit(
            f"is a {client.__name__}, whose calls would stop every other call of an async def function: "
            f"use Async{client.__name__}"
        )
    if (problem := kind.problem(resource, typing.get_args(inner))) is not None:
        raise Unfit(problem)
    home, longest = (client.__module__, client.__name__), longest_text(getattr(resource, "row", None))
    return Parameter(name, "client", resource=code, client=Code("", home=home), longest=longest)


def shown(kind: Any) -> str:
    """Return a type for people."""
    return kind.__name__ if isinstance(kind, type) and not typing.get_args(kind) else str(kind).replace("typing.", "")


def _clients(kind: str, awaits: bool) -> list[str]:
    """Return the names of the public clients of a kind, for `def` or for `async def`."""
    public = [getattr(portable, name) for name in portable.__all__]
    clients = [item for item in public if isinstance(item, type) and issubclass(item, Client)]
    return [client.__name__ for client in clients if (client.kind, client.asynchronous) == (kind, awaits)]
