"""The source of a test that makes a call once more: takes an invocation and what was there; returns Python.

A test can be written in several ways: `Way`. Which of them pass is found by running them.
"""

from __future__ import annotations

import base64
import json
import pprint
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from textwrap import indent
from typing import Any

from portable.settings.redaction import HIDDEN
from portable.storage.bucket import Bucket
from portable.tooling.app.kinds.plain import content
from portable.tooling.app.kinds.registry import TRIGGERS
from portable.tooling.app.kinds.stream import takes_batch
from portable.tooling.app.model import FunctionModel
from portable.tooling.dev.journal.model import Details

WIDTH = 100
_INDENT = "    "


@dataclass(frozen=True, slots=True)
class Line:
    """A call that puts something into the kit's cloud: its resource, by module and name, and what else it imports."""

    name: str
    arguments: tuple[str, ...]
    home: tuple[str, str]
    modules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Way:
    """One way to write the test: with what is there before the call, and with the body compared or the status only.

    With a `caller` the kit signs the request in, and what was hidden of its headers is left out.
    """

    given: tuple[Line, ...]
    exact: bool
    caller: str = ""


def name_of(function: FunctionModel, found: Details) -> str:
    """Return the name of a test, which is that of its file too."""
    return f"test_replay_{function.identifier}_{found.id}"


def names_of(function: FunctionModel, found: Details, ways: Sequence[Way]) -> list[str]:
    """Return the names of the tests of several ways: a number follows unless there is one only."""
    name = name_of(function, found)
    return [name] if len(ways) == 1 else [f"{name}_{number}" for number in range(len(ways))]


def module(function: FunctionModel, found: Details, ways: Sequence[Way]) -> str:
    """Return a module with a test for each way."""
    names = names_of(function, found, ways)
    bodies = [_body(function, found, way) for way in ways]
    tests = [f"def {name}(cloud: Cloud) -> None:\n{body}" for name, body in zip(names, bodies, strict=True)]
    heading = _heading(function, [line for way in ways for line in way.given])
    return "\n\n\n".join([heading, *tests]) + "\n"


def _heading(function: FunctionModel, lines: Sequence[Line]) -> str:
    homes: dict[str, set[str]] = {}
    for line in lines:
        homes.setdefault(line.home[0], set()).add(line.home[1])
    plain = [f"import {name}" for name in sorted({name for line in lines for name in line.modules})]
    own = [f"from {home} import {', '.join(sorted(names))}" for home, names in sorted(homes.items())]
    kit = "Cloud" if function.trigger["kind"] == "http" else "Cloud, events"
    blocks = [block for block in (plain, own, [f"from portable.testing import {kit}"]) if block]
    head = ['"""A call that `portable dev` has seen, made once more."""', "", "from __future__ import annotations", ""]
    return "\n".join([*head, "\n\n".join("\n".join(block) for block in blocks)])


def _body(function: FunctionModel, found: Details, way: Way) -> str:
    form = TRIGGERS[function.trigger["kind"]].form
    made = _request(found, way) if form == "http" else _fire(function, found, _EVENTS[form])
    return indent("\n".join([*(call(line.name, line.arguments) for line in way.given), *made]), _INDENT)


def _request(found: Details, way: Way) -> list[str]:
    event, response = found.event, found.response or {}
    options = []
    headers = event.get("headers") or []
    pairs = list(headers.items()) if isinstance(headers, dict) else [tuple(pair) for pair in headers]
    kept = [(name, value) for name, value in pairs if name.lower() not in _OF_THE_WAY]
    client = "cloud.http"
    if way.caller:
        kept = [(name, value) for name, value in kept if HIDDEN not in value]
        client = f"cloud.http.as_user({literal(way.caller)})"
    body = content(event)
    if body:
        options.append(f"content={literal(body)}")
    if kept:
        options.append(f"headers={literal(kept)}")
    method = str(event.get("method", "GET")).upper()
    made = call(f"response = {client}.request", [literal(method), literal(event["path"]), *options])
    lines = [made, f"assert response.status_code == {found.status}"]
    return [*lines, _same_body(base64.b64decode(response.get("body") or ""))] if way.exact else lines


def _same_body(body: bytes) -> str:
    try:
        value = json.loads(body)
    except ValueError:
        return f"assert response.content == {literal(body)}"
    return f"assert response.json() == {literal(value)}"


_OF_THE_WAY = frozenset(
    ("host", "connection", "content-length", "user-agent", "accept", "accept-encoding", "traceparent")
)
"""Headers that say how a request came, and nothing of what it asks for."""


def _fire(
    function: FunctionModel, found: Details, write: Callable[[FunctionModel, Mapping[str, Any]], str]
) -> list[str]:
    lines = [call(f"cloud.function({literal(function.name)}).fire", [write(function, found.event)])]
    if found.outcome == "done":
        return [*lines, "assert cloud.failures == []"]
    kind = found.error.partition(":")[0]
    return [*lines, f"assert type(cloud.failures[0].error).__name__ == {literal(kind)}"]


def _message(_function: FunctionModel, event: Mapping[str, Any]) -> str:
    return call("events.message", [literal(content(event)), *_options(event, "id", "attributes", "group")])


def _record(function: FunctionModel, event: Mapping[str, Any]) -> str:
    one = event["records"][0] if takes_batch(function) and event.get("records") else event
    return call("events.record", [literal(content(one)), *_options(one, "key", "id", "attributes")])


def _object(function: FunctionModel, event: Mapping[str, Any]) -> str:
    trigger = function.trigger
    made = f"events.object_{trigger['event']}"
    options = _options(event, "size", "etag") if trigger["event"] == "created" else []
    place = event.get(Bucket.kind) or trigger[Bucket.kind]
    return call(made, [literal(place), literal(event["key"]), *options])


def _tick(_function: FunctionModel, event: Mapping[str, Any]) -> str:
    return f"events.tick({literal(event['scheduled_at'])})" if event.get("scheduled_at") else "events.tick()"


_EVENTS: Mapping[str, Callable[[FunctionModel, Mapping[str, Any]], str]] = {
    "message": _message,
    "record": _record,
    "object": _object,
    "tick": _tick,
}


def _options(event: Mapping[str, Any], *names: str) -> list[str]:
    return [f"{name}={literal(event[name])}" for name in names if event.get(name)]


def call(name: str, arguments: Sequence[str]) -> str:
    """Return a call as Python source: each argument on a line of its own where one line would be too long."""
    short = f"{name}({', '.join(arguments)})"
    if len(short) <= WIDTH and "\n" not in short:
        return short
    return "\n".join([f"{name}(", *(indent(f"{argument},", _INDENT) for argument in arguments), ")"])


def literal(value: Any) -> str:
    """Return a value as Python source, on several lines if it is long."""
    return pprint.pformat(value, width=WIDTH, sort_dicts=False)
