"""The form of an HTTP function: a field for each declared part of the request; the event that a filled form is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from portable.eventing.routing import segments
from portable.eventing.urls import quote
from portable.tooling.app.model import FunctionModel, parameters_of
from portable.tooling.dev.dashboard.firing.contents import bare, content_fields, read_content
from portable.tooling.dev.dashboard.firing.types import Field, Groups, fields, sample, schema
from portable.tooling.dev.dashboard.posted import Form

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
BODY, FORM = "body.", "form."
FORM_TYPE = "application/x-www-form-urlencoded"


def groups(function: FunctionModel, hints: Mapping[str, Any]) -> Groups:
    """Return the fields of a request."""
    trigger = function.trigger
    method = Field("method", "Method", "select", "GET", True, METHODS) if trigger["method"] == "*" else None
    known = {source: _simple(function, hints, source) for source in ("path", "query", "header", "cookie")}
    named = {field.label for field in known["path"]}
    open_parts = [
        Field(f"path.{name}", name, "text", "x", True) for name in path_names(trigger["path"]) if name not in named
    ]
    body = next((each for each in parameters_of(function) if each.source == "body"), None)
    posted = _posted(function, hints)
    return [
        ("Request", [method] if method else []),
        ("Path", [*known["path"], *open_parts]),
        ("Query", known["query"]),
        ("Headers and cookies", [*known["header"], *known["cookie"]]),
        ("Body", content_fields(body, hints, BODY) if body is not None else []),
        ("Form", posted),
        ("More", [
            Field("query", "Further query", "text", says="Such as a=1&b=2."),
            Field("headers", "Further headers", "lines", says="One name: value on each line."),
            *([] if body is not None or posted else [Field("body", "Body", "lines")]),
        ]),
    ]  # fmt: skip


def path_names(path: str) -> list[str]:
    """Return the names of the parameters of a path."""
    return [name for name, kind in segments(path) if kind]


def _simple(function: FunctionModel, hints: Mapping[str, Any], source: str) -> list[Field]:
    found: list[Field] = []
    read = {each.key: each for each in reversed(parameters_of(function)) if each.source == source}
    for parameter in reversed(read.values()):
        kind = bare(hints.get(parameter.name, str))
        described = schema(kind)
        options = described.get("enum") or (("true", "false") if described.get("type") == "boolean" else ())
        needed = parameter.absent == "error"
        value = sample(kind) if needed and described else None
        shown = "x" if value in ("", None) and needed else "" if value is None else str(value)
        shown = shown.lower() if isinstance(value, bool) else shown
        choices = tuple(map(str, options)) if needed else ("", *map(str, options))
        input_kind = "select" if options else "text"
        found.append(
            Field(f"{source}.{parameter.key}", parameter.key, input_kind, shown, needed, choices if options else ())
        )
    return found


def _posted(function: FunctionModel, hints: Mapping[str, Any]) -> list[Field]:
    """Return the fields of a form. They are sent urlencoded, so files are left out."""
    found = [field for field in _simple(function, hints, "form") if field.label]
    for parameter in parameters_of(function):
        if parameter.source == "form" and not parameter.key:
            found += fields(bare(hints.get(parameter.name, str)), FORM) or []
    return [field for field in found if field.kind != "file"]


def event(function: FunctionModel, known: list[Field], form: Form) -> dict[str, Any]:
    """Return the request of a filled form."""
    trigger = function.trigger
    path = trigger["path"]
    for name, kind in segments(path):
        if kind:
            given = quote(form.text(f"path.{name}"), b"/" if kind == "rest" else b"")
            path = path.replace(f"{{{name}:path}}" if kind == "rest" else f"{{{name}}}", given)
    pairs = [(f.label, form.text(f.name)) for f in known if f.name.startswith("query.") and form.text(f.name)]
    query = "&".join(part for part in (urlencode(pairs), form.text("query")) if part)
    headers = [[f.label, form.text(f.name)] for f in known if f.name.startswith("header.") and form.text(f.name)]
    cookies = [f"{f.label}={form.text(f.name)}" for f in known if f.name.startswith("cookie.") and form.text(f.name)]
    headers += [["cookie", "; ".join(cookies)]] if cookies else []
    headers += [[name, value] for name, value in form.pairs("headers", ":")]
    method = form.text("method") if trigger["method"] == "*" else trigger["method"]
    event: dict[str, Any] = {"method": method or "GET", "path": f"{path}?{query}" if query else path}
    if sent := _urlencoded(known, form):
        return {**event, "headers": [["content-type", FORM_TYPE], *headers], "body": sent}
    body = read_content(known, form, BODY)
    if body not in (None, ""):
        is_json = not isinstance(body, str)
        if is_json and not any(name.lower() == "content-type" for name, _ in headers):
            headers = [["content-type", "application/json"], *headers]
        event["body"] = body
    return {**event, "headers": headers} if headers else event


def _urlencoded(known: list[Field], form: Form) -> str:
    """Return the body of a form that is sent, "" if the function reads none. A list is each of its values."""
    posted = [field for field in known if field.name.startswith(FORM)]
    given = read_content(posted, form, FORM) or {}
    return urlencode({name: _plain(value) for name, value in given.items()}, doseq=True)


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return str(value).lower() if isinstance(value, bool) else value
