"""The source of a test that makes a call once more: takes an invocation and what was there; returns Python, and files beside it.

A test can be written in several ways: `Way`. Which of them pass is found by running them.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from textwrap import indent
from typing import Any

from portable.settings.redaction import HIDDEN
from portable.storage.bucket import Bucket
from portable.tooling.app.kinds.plain import content
from portable.tooling.app.kinds.registry import TRIGGERS
from portable.tooling.app.kinds.stream import takes_batch
from portable.tooling.app.model import FunctionModel
from portable.tooling.dev.dashboard.replays.literals import INDENT, Beside, call, literal
from portable.tooling.dev.journal.model import Details


@dataclass(frozen=True, slots=True)
class Line:
    """A call that puts something into the kit's cloud: its resource, by module and name.

    An argument is Python, or bytes that are written as Python or beside the test.
    """

    name: str
    arguments: tuple[str | bytes, ...]
    home: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Way:
    """One way to write the test: with what is there before the call, and with the body compared or the status only.

    With a `caller` the kit signs the request in, and what was hidden of its headers is left out.
    """

    given: tuple[Line, ...]
    exact: bool
    caller: str = ""


Write = Callable[[FunctionModel, Mapping[str, Any], Beside], str]
"""Writes the source of an event."""


def name_of(function: FunctionModel, found: Details) -> str:
    """Return the name of a test, which is that of its file too."""
    return f"test_replay_{function.identifier}_{found.id}"


def names_of(function: FunctionModel, found: Details, ways: Sequence[Way]) -> list[str]:
    """Return the names of the tests of several ways: a number follows unless there is one only."""
    name = name_of(function, found)
    return [name] if len(ways) == 1 else [f"{name}_{number}" for number in range(len(ways))]


def module(function: FunctionModel, found: Details, ways: Sequence[Way]) -> tuple[str, dict[str, bytes]]:
    """Return a module with a test for each way, and the files of the folder that has its name."""
    names, beside = names_of(function, found, ways), Beside()
    bodies = [_body(function, found, way, beside) for way in ways]
    tests = [f"def {name}(cloud: Cloud) -> None:\n{body}" for name, body in zip(names, bodies, strict=True)]
    body = "\n\n\n".join(tests)
    lines = [line for way in ways for line in way.given]
    return f"{_heading(function, lines, body)}\n\n\n{body}\n", beside.files


def _heading(function: FunctionModel, lines: Sequence[Line], body: str) -> str:
    homes: dict[str, set[str]] = {}
    for line in lines:
        homes.setdefault(line.home[0], set()).add(line.home[1])
    plain = [f"import {name}" for name in ("datetime", "decimal", "json") if f"{name}." in body]
    plain += ["from pathlib import Path"] if "DATA / " in body else []
    own = [f"from {home} import {', '.join(sorted(names))}" for home, names in sorted(homes.items())]
    kit = "Cloud" if function.trigger["kind"] == "http" else "Cloud, events"
    blocks = [block for block in (plain, own, [f"from portable.testing import {kit}"]) if block]
    blocks += [['DATA = Path(__file__).with_suffix("")']] if "DATA / " in body else []
    head = ['"""A call that `portable dev` has seen, made once more."""', "", "from __future__ import annotations", ""]
    return "\n".join([*head, "\n\n".join("\n".join(block) for block in blocks)])


def _body(function: FunctionModel, found: Details, way: Way, beside: Beside) -> str:
    form = TRIGGERS[function.trigger["kind"]].form
    made = _request(found, way, beside) if form == "http" else _fire(function, found, _EVENTS[form], beside)
    then = datetime.fromtimestamp(found.began, UTC).isoformat(timespec="seconds")
    clock = [call("cloud.clock.set", [literal(then)])] if way.given else []  # rows with a ttl= must not be gone by then
    return indent("\n".join([*clock, *(_put(line, beside) for line in way.given), *made]), INDENT)


def _put(line: Line, beside: Beside) -> str:
    return call(line.name, [beside.data(a, "found") if isinstance(a, bytes) else a for a in line.arguments])


def _request(found: Details, way: Way, beside: Beside) -> list[str]:
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
        options.append(f"content={beside.data(body, 'sent')}")
    if kept:
        options.append(f"headers={literal(kept)}")
    method = str(event.get("method", "GET")).upper()
    made = call(f"response = {client}.request", [literal(method), literal(event["path"]), *options])
    lines = [made, f"assert response.status_code == {found.status}"]
    return [*lines, _same_body(base64.b64decode(response.get("body") or ""), beside)] if way.exact else lines


def _same_body(body: bytes, beside: Beside) -> str:
    try:
        value = json.loads(body)
    except ValueError:
        return f"assert response.content == {beside.data(body, 'answered')}"
    return f"assert response.json() == {beside.decoded(body, value, 'answered')}"


_OF_THE_WAY = frozenset(
    ("host", "connection", "content-length", "user-agent", "accept", "accept-encoding", "traceparent")
)
"""Headers that say how a request came, and nothing of what it asks for."""


def _fire(function: FunctionModel, found: Details, write: Write, beside: Beside) -> list[str]:
    lines = [call(f"cloud.function({literal(function.name)}).fire", [write(function, found.event, beside)])]
    if found.outcome == "done":
        return [*lines, "assert cloud.failures == []"]
    return [*lines, f"assert type(cloud.failures[0].error).__name__ == {literal(_kind(found))}"]


def _kind(found: Details) -> str:
    """Return the class of what was raised. Errors of portable are noted without it; their traceback ends with it."""
    said = found.error.partition("\n")[0]
    for line in found.traceback.splitlines():
        name, _, text = line.partition(": ")
        if text == said and name.replace(".", "").isidentifier():
            return name.rpartition(".")[2]
    return found.error.partition(":")[0]


def _message(_function: FunctionModel, event: Mapping[str, Any], beside: Beside) -> str:
    return call("events.message", [beside.data(content(event), "sent"), *_options(event, "id", "attributes", "group")])


def _record(function: FunctionModel, event: Mapping[str, Any], beside: Beside) -> str:
    one = event["records"][0] if takes_batch(function) and event.get("records") else event
    return call("events.record", [beside.data(content(one), "sent"), *_options(one, "key", "id", "attributes")])


def _object(function: FunctionModel, event: Mapping[str, Any], _beside: Beside) -> str:
    trigger = function.trigger
    made = f"events.object_{trigger['event']}"
    options = _options(event, "size", "etag") if trigger["event"] == "created" else []
    place = event.get(Bucket.kind) or trigger[Bucket.kind]
    return call(made, [literal(place), literal(event["key"]), *options])


def _tick(_function: FunctionModel, event: Mapping[str, Any], _beside: Beside) -> str:
    return f"events.tick({literal(event['scheduled_at'])})" if event.get("scheduled_at") else "events.tick()"


_EVENTS: Mapping[str, Write] = {
    "message": _message,
    "record": _record,
    "object": _object,
    "tick": _tick,
}


def _options(event: Mapping[str, Any], *names: str) -> list[str]:
    return [f"{name}={literal(event[name])}" for name in names if event.get(name)]
