"""The form of an HTTP function: a field for each declared part of the request; the event that a filled form is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from portable.eventing.routing import segments
from portable.eventing.urls import quote
from portable.tooling.app.model import FunctionModel, Parameter, parameters_of
from portable.tooling.dev.dashboard.firing.auth import PLACE, asked, auth_fields
from portable.tooling.dev.dashboard.firing.contents import UPLOAD, bare, content_fields, data, read_content, uploaded
from portable.tooling.dev.dashboard.firing.types import Field, Groups, fields, file_kind, resolved, sample, schema
from portable.tooling.dev.dashboard.posted import Form
from portable.tooling.run.multipart import multipart

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
BODY, FORM = "body.", "form."
EACH = "One value on each line."
FORM_TYPE = "application/x-www-form-urlencoded"


def groups(function: FunctionModel, hints: Mapping[str, Any]) -> Groups:
    """Return the fields of a request."""
    trigger = function.trigger
    method = Field("method", "Method", "select", "GET", True, METHODS) if trigger["method"] == "*" else None
    known = {source: _simple(function, hints, source) for source in ("path", "query", "header", "cookie")}
    named = {field.label for field in known["path"]}
    open_parts = [
        Field(f"path.{name}", name, "text", required=kind == "one", example="x")  # the rest of a path may be empty
        for name, kind in segments(trigger["path"])
        if kind and name not in named
    ]
    body = next((each for each in parameters_of(function) if each.source == "body"), None)
    posted = _posted(function, hints)
    auth = auth_fields(function)
    known |= {
        source: [each for each in known[source] if f"{PLACE}{each.name}" not in {a.name for a in auth}]
        for source in ("header", "cookie")
    }
    return [
        ("Auth", auth),
        ("Request", [method] if method else []),
        ("Path", [*known["path"], *open_parts]),
        ("Query", known["query"]),
        ("Headers and cookies", [*known["header"], *known["cookie"]]),
        ("Body", content_fields(body, hints, BODY) if body is not None else []),
        ("Form", posted),
        ("More", [
            Field("query", "Further query", "text", says="Such as a=1&b=2."),
            Field("headers", "Further headers", "lines", says="One name: value on each line."),
            *([] if body is not None or posted else [Field("body", "Body", "lines"), UPLOAD]),
        ]),
    ]  # fmt: skip


def _simple(function: FunctionModel, hints: Mapping[str, Any], source: str) -> list[Field]:
    read = {each.key: each for each in reversed(parameters_of(function)) if each.source == source}
    return [_one(parameter, bare(hints.get(parameter.name, str))) for parameter in reversed(read.values())]


def _one(parameter: Parameter, kind: Any) -> Field:
    """Return the field of one parameter. What is needed begins empty, unless it is a choice, a number or has a form."""
    whole = schema(kind)
    described = resolved(whole, whole)  # an enum is a reference to its class
    name, needed = f"{parameter.source}.{parameter.key}", parameter.absent == "error"
    if chosen := file_kind(described, whole):
        return Field(name, parameter.key, chosen, required=needed)
    if described.get("type") == "array":
        example = "x" if needed and parameter.source != "form" else ""  # a list of a form may be empty
        return Field(name, parameter.key, "lines", required=needed, says=EACH, example=example)
    options = described.get("enum") or (("true", "false") if described.get("type") == "boolean" else ())
    value = sample(kind) if needed and described else None
    shown = "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    if options:
        choices = tuple(map(str, options)) if needed else ("", *map(str, options))
        return Field(name, parameter.key, "select", shown, needed, choices)
    made_up = set(shown) <= {"x"}
    example = (shown or "x") if needed and made_up else ""
    return Field(name, parameter.key, "text", "" if made_up else shown, needed, example=example)


def _posted(function: FunctionModel, hints: Mapping[str, Any]) -> list[Field]:
    """Return the fields of a form."""
    found = [field for field in _simple(function, hints, "form") if field.label]
    for parameter in parameters_of(function):
        if parameter.source == "form" and not parameter.key:
            found += fields(bare(hints.get(parameter.name, str)), FORM) or []
    return [_listed(field) if field.kind == "json" else field for field in found]


def _listed(field: Field) -> Field:
    """Return the field for a list of a form, whose values are texts."""
    values = json.loads(field.value or "[]")
    text = "\n".join(map(str, values)) if isinstance(values, list) else field.value
    return replace(field, kind="lines", value=text, says=field.says or EACH)


def event(function: FunctionModel, known: list[Field], form: Form) -> dict[str, Any]:
    """Return the request of a filled form."""
    trigger = function.trigger
    path = trigger["path"]
    for name, kind in segments(path):
        if kind:
            given = quote(form.text(f"path.{name}"), b"/" if kind == "rest" else b"")
            path = path.replace(f"{{{name}:path}}" if kind == "rest" else f"{{{name}}}", given)
    pairs = [(field.label, value) for field, value in _given(known, form, "query.")]
    query = "&".join(part for part in (urlencode(pairs), form.text("query")) if part)
    headers, cookies = asked(function, form)
    headers += [[field.label, value] for field, value in _given(known, form, "header.")]
    cookies += [f"{field.label}={value}" for field, value in _given(known, form, "cookie.")]
    headers += [["cookie", "; ".join(cookies)]] if cookies else []
    headers += [[name, value] for name, value in form.pairs("headers", ":")]
    method = form.text("method") if trigger["method"] == "*" else trigger["method"]
    event: dict[str, Any] = {"method": method or "GET", "path": f"{path}?{query}" if query else path}
    body, media_type = _body(known, form)
    if media_type and not any(name.lower() == "content-type" for name, _ in headers):
        headers = [["content-type", media_type], *headers]
    return {**event, **({"headers": headers} if headers else {}), **body}


def _given(known: list[Field], form: Form, prefix: str) -> list[tuple[Field, str]]:
    """Return the fields of a part of the request with the values that were written."""
    fields = [field for field in known if field.name.startswith(prefix)]
    return [
        (field, value)
        for field in fields
        for value in (form.text(field.name).splitlines() if field.kind == "lines" else [form.text(field.name)])
        if value
    ]


def _body(known: list[Field], form: Form) -> tuple[dict[str, Any], str]:
    """Return the body of a request, as an event has it, and its media type, "" where nothing says it."""
    posted = [field for field in known if field.name.startswith(FORM)]
    if posted:
        given = read_content([field for field in posted if not field.is_file], form, FORM) or {}
        texts = {name: _plain(value) for name, value in given.items()}
        if not any(field.is_file for field in posted):
            return {"body": urlencode(texts, doseq=True)}, FORM_TYPE
        pairs = [
            (name, str(each))
            for name, found in texts.items()
            for each in (found if isinstance(found, list) else [found])
        ]
        files = [
            (f.label, (e.filename, e.read(), e.content_type)) for f in posted if f.is_file for e in form.files(f.name)
        ]
        content, media_type = multipart(pairs, files)
        return data(content), media_type
    if file := uploaded(form):
        return file
    body = read_content(known, form, BODY)
    if body in (None, ""):
        return {}, ""
    return {"body": body}, "" if isinstance(body, str) else "application/json"


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return str(value).lower() if isinstance(value, bool) else value
