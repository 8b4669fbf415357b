"""Takes what a handler returns and raises; returns the responses of its operation by status."""

from __future__ import annotations

import types
import typing
from http import HTTPStatus
from typing import Any

from portable.eventing.error_replies import PROBLEM
from portable.eventing.response import BODILESS, Response
from portable.tooling.app.model import FunctionModel
from portable.tooling.app.openapi.components import Components
from portable.tooling.app.openapi.docstrings import Said
from portable.tooling.app.openapi.inputs import Input, is_decoded, packed
from portable.tooling.app.openapi.limits import FIELDS, TOO_MANY, too_many
from portable.tooling.app.openapi.security import refusals
from portable.tooling.app.openapi.sources import Written
from portable.tooling.app.request_faults import can_fail

_JSON = "application/json"
_TAKES_BODY = ("POST", "PUT", "PATCH", "DELETE")


def responses(
    function: FunctionModel, returned: Any, said: Said, written: Written, inputs: list[Input], components: Components
) -> dict[str, Any]:
    """Return the responses of an operation, the smallest status first, and `default` for what no declaration tells."""
    found: dict[int, dict[str, Any]] = {}
    for kind in _parts(returned):
        status, content = _success(kind, components)
        if status is not None:
            _add(found, status, packed(content, function))
    for status, media_type in written.responses:
        _add(found, status, {media_type: {}} if media_type is not None else {})
    if not found:
        _add(found, 200, {})
    error = {PROBLEM if "problems" in function.replies else _JSON: {"schema": components.error()}}
    described = dict(said.errors)
    for status, detail in (*_declared(function, inputs), *written.errors):
        _add(found, status, {} if status in BODILESS else error, described.get(status) or detail)
    for status, description in said.errors:
        _add(found, status, error, description)
    if function.trigger.get("limit"):
        found[TOO_MANY]["headers"] = dict(FIELDS)
    made = {str(status): found[status] for status in sorted(found)}
    return {**made, "default": {"description": "Any other error", "content": error}}


def _parts(returned: Any) -> tuple[Any, ...]:
    """Return the types of a union one by one, without what Annotated says of them."""
    if typing.get_origin(returned) is typing.Annotated and typing.get_args(returned)[0] in (str, bytes):
        return (typing.get_args(returned)[0],)
    if typing.get_origin(returned) in (typing.Union, types.UnionType):
        return typing.get_args(returned)
    return (returned,)


def _success(kind: Any, components: Components) -> tuple[int | None, dict[str, Any]]:
    """Return the status and the content of what a handler returns; None for a Response, which says so itself."""
    inner = typing.get_origin(kind) or kind
    if inner is Response or kind is UNSAID or inner is typing.NoReturn or inner is typing.Never:
        return None, {}
    if kind is None or kind is type(None):
        return 204, {}
    if kind is str:
        return 200, {"text/plain": {"schema": {"type": "string"}}}
    if inner in (bytes, bytearray, memoryview):
        return 200, {"application/octet-stream": {}}
    return 200, {_JSON: {"schema": components.of(kind, "written")}}


UNSAID: Any = object()
"""Stands for what a handler returns that does not say it."""


def _declared(function: FunctionModel, inputs: list[Input]) -> list[tuple[int, str]]:
    """Return the errors that the dispatcher sends for what is declared."""
    faults = any(can_fail(given.parameter) for given in inputs)
    found = [(function.invalid_status, "The request does not fit what is declared")] if faults else []
    found += refusals(function.trigger.get("auth"))
    found += too_many(function.trigger.get("limit", ()))
    if "{" in function.trigger["path"]:
        found.append((404, "Nothing is there"))
    if any(given.parameter.source == "body" for given in inputs) or function.trigger["method"] in _TAKES_BODY:
        found.append((413, f"The body has more than {function.trigger['max_body']} bytes"))
        found += [(413, what) for given in inputs for what in given.limits]
    if is_decoded(inputs):
        found.append((415, "The body has another media type or charset"))
    return found


def _add(found: dict[int, dict[str, Any]], status: int, content: dict[str, Any], description: str = "") -> None:
    """Add a response, or what else one of this status may have; the first text of an error and a schema of the first stay."""
    known = found.get(status)
    if known is None:
        found[status] = {"description": description or _phrase(status), **({"content": content} if content else {})}
        return
    if content:
        known["content"] = {**content, **known.get("content", {})}
    if description and description not in known["description"].split("; "):
        known["description"] += f"; {description}"


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return f"Status {status}"
