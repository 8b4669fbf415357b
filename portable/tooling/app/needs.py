"""Takes an AppModel; returns what its functions use at run time. Which modules and distributions ship follows from this alone."""

from __future__ import annotations

from dataclasses import dataclass

from portable.tooling.app.kinds.registry import RESOURCES
from portable.tooling.app.limits import OWN
from portable.tooling.app.model import AppModel, FunctionModel, Parameter, parameters_of


@dataclass(frozen=True, slots=True)
class Needs:
    """What an app uses: the kinds of resources that are reached, and how.

    `awaits` says whether a client is awaited, `typed` whether a type is decoded or encoded, `bodies` whether a handler
    reads the body of a request, `requests` whether one gets the whole request or its body as it was sent. `guarded` says
    whether a function has `auth=`, `tokens` whether the tokens of an identity provider are verified, `called` whether anything
    gets the `Context` of its call, `traced` whether calls are spans.
    """

    kinds: frozenset[str]
    awaits: bool
    typed: bool
    bodies: bool
    requests: bool
    guarded: bool = False
    tokens: bool = False
    called: bool = True
    traced: bool = False


def needs(app: AppModel) -> Needs:
    """Return what an app uses: by its clients, its idempotency records and the dead letters that it sends."""
    kinds = {grant.kind for function in app.functions for grant in function.grants}
    if any(function.dead_letter for function in app.functions):
        kinds.add("queue")
    if any(function.idempotent is not None for function in app.functions):
        kinds.add("table")
    typed_rows = any(RESOURCES[resource.kind].typed(resource.options) for resource in app.resources)
    return Needs(
        frozenset(kinds),
        any(_awaits(function) for function in app.functions),
        typed_rows
        or any("msgpack" in function.replies for function in app.functions)
        or any(_uses_msgspec(p) for function in app.functions for p in parameters_of(function)),
        any(_reads_body(function) for function in app.http()),
        any(_gets_request(function) for function in app.http()),
        any(function.auth is not None for function in app.functions),
        any(function.auth is not None and function.auth.kind == "jwt" for function in app.functions),
        any(p.source in ("context", "call") for function in app.functions for p in parameters_of(function)),
        any(function.traced for function in app.functions),
    )


def _uses_msgspec(parameter: Parameter) -> bool:
    return parameter.decoder == "typed" or parameter.checker == "msgspec"


def _awaits(function: FunctionModel) -> bool:
    return function.asynchronous and any(parameter.client is not None for parameter in parameters_of(function))


def _reads_body(function: FunctionModel) -> bool:
    return _gets_request(function) or any(p.source in ("body", "form") for p in parameters_of(function))


def _gets_request(function: FunctionModel) -> bool:
    """Return whether a handler, or a function that makes its key or says who calls, gets a Request or a body as it was sent."""
    counted = any(limit["by"] == OWN for limit in function.trigger.get("limit", ()))
    return (
        counted
        or function.idempotent is not None
        or any(
            (parameter.source in ("event", "form") and function.served is None)
            or (parameter.source == "body" and parameter.decoder in ("raw", "text"))
            for parameter in parameters_of(function)
        )
    )
