"""Takes an app and its handlers; returns its OpenAPI 3.1 document. The same app gives the same bytes."""

from __future__ import annotations

import inspect
import re
import types
import typing
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from portable.base.values import Value
from portable.tooling.app.annotations import return_type
from portable.tooling.app.forms import is_form, limits
from portable.tooling.app.model import AppModel, FunctionModel
from portable.tooling.app.openapi.components import Components
from portable.tooling.app.openapi.docstrings import NOTHING, said
from portable.tooling.app.openapi.forms import form_body
from portable.tooling.app.openapi.inputs import Input, body, names, packed, parameters
from portable.tooling.app.openapi.replies import UNSAID, responses
from portable.tooling.app.openapi.security import Schemes
from portable.tooling.app.openapi.sources import Sources
from portable.tooling.app.sharing import runs_for, typed_parameters
from portable.tooling.app.simple import as_meta

VERSION = "3.1.0"
_METHODS = ("get", "put", "post", "delete", "patch")
_REST = re.compile(r":path(?=})")


def document(app: AppModel, handlers: Mapping[str, Callable[..., Any]], folder: Path) -> dict[str, Any]:
    """Return the OpenAPI document of an app. `handlers` are by the names of their functions."""
    problems = any("problems" in function.replies for function in app.http())
    components, schemes, sources = Components(problems), Schemes(), Sources(folder)
    paths: dict[str, dict[str, Any]] = {}
    for function in app.http():
        if function.mount is not None or function.served is not None:  # mounted apps describe their own routes
            continue
        methods = paths.setdefault(_REST.sub("", function.trigger["path"]), {})
        made = _operation(function, handlers[function.name], components, schemes, sources)
        for method in _methods(function, app):
            unique = {} if function.trigger["method"] != "*" else {"operationId": f"{function.name}-{method}"}
            methods[method] = {**made, **unique}
    return {
        "openapi": VERSION,
        "info": {"title": app.name, "version": app.version or "0"},
        "paths": paths,
        "components": {
            "schemas": names(components.schemas),
            **({"securitySchemes": names(schemes.found)} if schemes.found else {}),
        },
    }


def text(made: Mapping[str, Any]) -> str:
    """Return a document as JSON that people can read."""
    return msgspec.json.format(msgspec.json.encode(made), indent=2).decode() + "\n"


def _methods(function: FunctionModel, app: AppModel) -> tuple[str, ...]:
    """Return the methods of a function: one, or for `http.any` those that no other function has on its path."""
    trigger = function.trigger
    if trigger["method"] != "*":
        return (trigger["method"].lower(),)
    others = {each.trigger["method"].lower() for each in app.http() if each.trigger["path"] == trigger["path"]}
    return tuple(method for method in _METHODS if method not in others)


def _operation(
    function: FunctionModel, handler: Callable[..., Any], components: Components, schemes: Schemes, sources: Sources
) -> dict[str, Any]:
    told = said(handler)
    inputs = _inputs(function, handler)
    made: dict[str, Any] = {"operationId": function.name}
    if told.summary:
        made["summary"] = told.summary
    if told.description:
        made["description"] = told.description
    if tags := [*dict.fromkeys((*function.trigger.get("tags", ()), *told.tags))]:
        made["tags"] = tags
    if security := schemes.needed(function):
        made["security"] = security
    if found := parameters(function, inputs, components):
        made["parameters"] = found
    if (content := body(inputs, told.example, components) or form_body(inputs, components)) is not None:
        made["requestBody"] = {**content, "content": packed(content["content"], function)}
    made["responses"] = responses(
        function, return_type(handler, UNSAID), told, sources.written(runs_for(function, handler)), inputs, components
    )
    return made


def without_none(kind: Any) -> Any:
    """Return the type of a value that was sent, where a parameter is None if it was not."""
    if typing.get_origin(kind) is typing.Annotated:
        inner, *given = typing.get_args(kind)
        marks = [mark for mark in given if not isinstance(mark, Value) and not is_form(mark)]
        return typing.Annotated[(without_none(inner), *marks)] if marks else without_none(inner)
    parts = [part for part in typing.get_args(kind) if part is not type(None)]
    is_union = typing.get_origin(kind) in (typing.Union, types.UnionType)
    return typing.Union[tuple(parts)] if is_union else kind  # noqa: UP007


def _inputs(function: FunctionModel, handler: Callable[..., Any]) -> list[Input]:
    """Return the parameters of a handler, and of all that runs for it, with their types."""
    found: list[Input] = []
    for bound, parameter, kind in typed_parameters(function, handler):
        if bound.provider is None:
            read = without_none(kind)
            default = NOTHING if parameter.default is inspect.Parameter.empty else parameter.default
            limited = tuple(limits(kind)) if bound.source == "form" else ()
            found.append(Input(bound, as_meta(read) or read, default, limited))
    return found
