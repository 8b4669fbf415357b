"""Takes an HTTP function and the types of its parameters; returns the parameters and the body of its operation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from portable.eventing.msgpack import MEDIA_TYPE as MSGPACK
from portable.eventing.routing import segments
from portable.tooling.app.model import FunctionModel, Parameter
from portable.tooling.app.openapi.components import Components
from portable.tooling.app.openapi.docstrings import NOTHING
from portable.tooling.app.request_faults import SIMPLE

IGNORED = ("accept", "authorization", "content-type")
"""Headers that OpenAPI does not take as parameters, because other parts of an operation say what they are."""
REST = "x-rest-of-path"
"""Marks the parameter that takes the rest of a path. OpenAPI has no word for it."""
_MEDIA_TYPES = {"raw": "application/octet-stream", "text": "text/plain"}


@dataclass(frozen=True, slots=True)
class Input:
    """A bound parameter, its type without None, and the default value of the handler's signature (`NOTHING` for none).

    `limits` are what is too large for it, in words, where it is read from a form.
    """

    parameter: Parameter
    kind: Any
    default: Any = NOTHING
    limits: tuple[str, ...] = ()


def parameters(function: FunctionModel, inputs: list[Input], components: Components) -> list[dict[str, Any]]:
    """Return the parameters of an operation. A name that several providers read stands there once."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for given in inputs:
        place, name = given.parameter.source, given.parameter.key
        if place in SIMPLE and not (place == "header" and name in IGNORED):
            found.setdefault((place, name), _parameter(given, components))
    for name, kind in segments(function.trigger["path"]):
        if kind:
            part = found.setdefault(
                ("path", name),
                {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}},
            )
            if kind == "rest":
                part |= {"description": "The rest of the path. It may hold slashes.", REST: True}
    return sorted(found.values(), key=lambda part: SIMPLE.index(part["in"]))


def _parameter(given: Input, components: Components) -> dict[str, Any]:
    parameter = given.parameter
    schema = components.of(given.kind)
    if parameter.source == "path" and schema == {"type": "string"}:
        schema = {"type": "string", "minLength": 1}
    if given.default is not NOTHING and (plain := _plain(given.default)) is not None:
        schema = {**schema, "default": plain}
    made: dict[str, Any] = {"name": parameter.key, "in": parameter.source}
    if "description" in schema:
        made["description"] = schema.pop("description")
    return {**made, "required": parameter.absent == "error", "schema": schema}


def _plain(value: Any) -> Any:
    """Return a default as plain data; None for one that JSON cannot hold, and for None itself."""
    try:
        return msgspec.to_builtins(value)
    except Exception:  # noqa: BLE001 - a default may be of any type
        return None


def packed(content: dict[str, Any], function: FunctionModel) -> dict[str, Any]:
    """Return what a body may be, by media type: with MessagePack beside JSON where the app takes and sends it."""
    if "msgpack" not in function.replies or "application/json" not in content:
        return content
    return {**content, MSGPACK: {"schema": content["application/json"]["schema"]}}


def body(inputs: list[Input], example: Any, components: Components) -> dict[str, Any] | None:
    """Return the body of an operation, None if its handler reads none."""
    found = [given for given in inputs if given.parameter.source == "body"]
    if not found:
        return None
    content: dict[str, Any] = {}
    for given in found:
        media_type = _MEDIA_TYPES.get(given.parameter.decoder, "application/json")
        content.setdefault(
            media_type, {"schema": components.of(given.kind) if media_type != "application/octet-stream" else {}}
        )
    if "application/json" in content:  # the same bytes may also be read raw
        content = {"application/json": content["application/json"]}
        if example is not NOTHING:
            content["application/json"]["example"] = example
    required = any(given.parameter.absent == "error" and given.parameter.decoder not in _MEDIA_TYPES for given in found)
    return {"content": content, "required": required}


def is_decoded(inputs: list[Input]) -> bool:
    """Return whether a body must be of a media type, or text in a charset that is known: one that is decoded."""
    return any(
        given.parameter.source == "form" or (given.parameter.source == "body" and given.parameter.decoder != "raw")
        for given in inputs
    )


def names(schemas: Mapping[str, Any]) -> dict[str, Any]:
    """Return schemas by name, in the order of their names."""
    return dict(sorted(schemas.items()))
