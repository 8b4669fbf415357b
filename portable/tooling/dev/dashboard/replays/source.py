"""The source of a test that makes a call once more: takes an invocation and what was there; returns Python.

A test is written in several ways, the strongest first: `Way`. Which of them pass is found by running them.
"""

from __future__ import annotations

import base64
import json
import pprint
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portable.storage.bucket import Bucket
from portable.tooling.app.kinds.plain import content
from portable.tooling.app.kinds.registry import TRIGGERS
from portable.tooling.app.kinds.stream import takes_batch
from portable.tooling.app.model import FunctionModel
from portable.tooling.dev.journal.model import Details

WIDTH = 100
_INDENT = "    "


@dataclass(frozen=True, slots=True)
class Given:
    """What a call finds: lines that put it there, and lines that import what they need."""

    lines: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Way:
    """One way to write the test: with what was there or on an empty cloud, with the body compared or the status only."""

    given: bool
    exact: bool


WAYS = (Way(False, True), Way(True, True), Way(False, False), Way(True, False))


def name_of(function: FunctionModel, found: Details) -> str:
    """Return the name of a test, which is that of its file too."""
    return f"test_replay_{function.identifier}_{found.id[:8]}"


def names_of(function: FunctionModel, found: Details, ways: Sequence[Way]) -> list[str]:
    """Return the names of the tests of several ways: a number follows unless there is one only."""
    name = name_of(function, found)
    return [name] if len(ways) == 1 else [f"{name}_{number}" for number in range(len(ways))]


def module(function: FunctionModel, found: Details, given: Given, ways: Sequence[Way]) -> str:
    """Return a module with a test for each way."""
    names = names_of(function, found, ways)
    bodies = [_body(function, found, given if way.given else Given(), way.exact) for way in ways]
    used = [given.imports for way in ways if way.given and given.lines]
    imports = sorted({line for lines in used for line in lines})
    kit = "Cloud" if function.trigger["kind"] == "http" else "Cloud, events"
    plain = [line for line in imports if line.startswith("import ")]
    own = [line for line in imports if not line.startswith("import ")]
    head = ['"""A call that `portable dev` has seen, made once more."""', "", "from __future__ import annotations", ""]
    blocks = [block for block in (plain, own, [f"from portable.testing import {kit}"]) if block]
    heading = "\n".join([*head, "\n\n".join("\n".join(block) for block in blocks)])
    tests = [f"def {name}(cloud: Cloud) -> None:\n{body}" for name, body in zip(names, bodies, strict=True)]
    return "\n\n\n".join([heading, *tests]) + "\n"


def _body(function: FunctionModel, found: Details, given: Given, exact: bool) -> str:
    form = TRIGGERS[function.trigger["kind"]].form
    call = _request(found, exact) if form == "http" else _fire(function, found, _EVENTS[form])
    return "\n".join(_INDENT + line if line else "" for text in (*given.lines, *call) for line in text.splitlines())


def _request(found: Details, exact: bool) -> list[str]:
    event, response = found.event, found.response or {}
    options = []
    headers = event.get("headers") or []
    pairs = list(headers.items()) if isinstance(headers, dict) else [tuple(pair) for pair in headers]
    kept = [(name, value) for name, value in pairs if name.lower() not in _OF_THE_WAY]
    body = content(event)
    if body:
        options.append(f"content={literal(body)}")
    if kept:
        options.append(f"headers={literal(kept)}")
    method = str(event.get("method", "GET")).upper()
    arguments = ", ".join([literal(method), literal(event["path"]), *options])
    lines = [f"response = cloud.http.request({arguments})", f"assert response.status_code == {found.status}"]
    return [*lines, _same_body(base64.b64decode(response.get("body") or ""))] if exact else lines


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
    lines = [f"cloud.function({literal(function.name)}).fire({write(function, found.event)})"]
    if found.outcome == "done":
        return [*lines, "assert cloud.failures == []"]
    kind = found.error.partition(":")[0]
    return [*lines, f"assert type(cloud.failures[0].error).__name__ == {literal(kind)}"]


def _message(_function: FunctionModel, event: Mapping[str, Any]) -> str:
    return f"events.message({', '.join([literal(content(event)), *_options(event, 'id', 'attributes', 'group')])})"


def _record(function: FunctionModel, event: Mapping[str, Any]) -> str:
    one = event["records"][0] if takes_batch(function) and event.get("records") else event
    return f"events.record({', '.join([literal(content(one)), *_options(one, 'key', 'id', 'attributes')])})"


def _object(function: FunctionModel, event: Mapping[str, Any]) -> str:
    trigger = function.trigger
    made = f"events.object_{trigger['event']}"
    options = _options(event, "size", "etag") if trigger["event"] == "created" else []
    place = event.get(Bucket.kind) or trigger[Bucket.kind]
    return f"{made}({', '.join([literal(place), literal(event['key']), *options])})"


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


def literal(value: Any) -> str:
    """Return a value as Python source, on several lines if it is long."""
    return pprint.pformat(value, width=WIDTH, sort_dicts=False)
