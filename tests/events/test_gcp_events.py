"""Every real Google Cloud event and CloudEvent: read as functions-framework reads it, or refused with 400, never a crash."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

functions_framework = pytest.importorskip(
    "functions_framework", reason="the host is not installed: uv pip install functions-framework"
)

from datetime import UTC, datetime  # noqa: E402

from events.provider_events import folders, payloads  # noqa: E402
from flask import Request as FlaskRequest  # noqa: E402

from portable.compute.consume import Consumer  # noqa: E402
from portable.eventing.routing import Route, RouteTable  # noqa: E402
from portable.eventing.schedule import Tick  # noqa: E402
from portable.storage.event import StoredObject  # noqa: E402
from portable_gcp.runtime import http, messages, objects, records, schedule  # noqa: E402
from portable_gcp.testing.native import Native  # noqa: E402

PUBLISHED = "google.cloud.pubsub.topic.v1.messagePublished"
STORAGE = "google.cloud.storage.object.v1."
KINDS = ("messages", "records", "created", "deleted", "schedule")
DATA = {
    "gcp/pubsub_data": PUBLISHED,
    "gcp/gcs_data": f"{STORAGE}finalized",
    "gcp/scheduler_data": "google.cloud.scheduler.job.v1.executed",
}
"""Folders that hold only an event's data, and the type it travels with."""


def native(path: str, event: Any) -> Native:
    """Return the request that brings a payload: as recorded, or as Google sends what the file holds."""
    if isinstance(event, dict) and isinstance(event.get("method"), str) and "headers" in event:
        body = event["body"]
        content = base64.b64decode(body["__bytes_b64__"]) if isinstance(body, dict) else (body or "").encode()
        headers = tuple((name, value) for name, value in event["headers"] if name.lower() != "content-length")
        return Native(
            event["method"], event["path"], event["query"], (*headers, ("content-length", str(len(content)))), content
        )
    headers = {"content-type": "application/json"}
    if isinstance(event, dict) and "specversion" in event:
        headers["content-type"] = "application/cloudevents+json; charset=utf-8"
    folder = path.rpartition("/")[0]
    if folder.endswith("_data"):
        kind = DATA.get(folder, "google.cloud.other.v1.written")
        headers |= {"ce-specversion": "1.0", "ce-id": "data-1", "ce-source": "//x.googleapis.com/y", "ce-type": kind}
    content = json.dumps(event).encode()
    return Native("POST", "/", "", (*headers.items(), ("content-length", str(len(content)))), content)


def handler(kind: str, ran: list[Any]) -> Callable[[FlaskRequest], Any]:
    """Return the target of a kind of trigger; each event a handler is given is added to `ran`."""

    def call(value: Any, context: Any) -> None:
        ran.append(value)

    if kind == "http":
        return http.handler(RouteTable([("/{rest:path}", {"*": Route("function", call, 10**9)})]), 30)
    if kind == "schedule":
        return schedule.handler(call, "function", 30)
    if kind == "messages":
        return messages.handler(Consumer("function", call), 30)
    if kind == "records":
        return records.handler(Consumer("function", call), 30)
    return objects.handler(Consumer("function", call), 30, kind)


def run(kind: str, sent: Native) -> tuple[int, Any, list[Any]]:
    """Return the status, the JSON of the reply and what the handler was called with."""
    ran: list[Any] = []
    reply = handler(kind, ran)(FlaskRequest(sent.environ()))
    return reply.status_code, reply.get_json(silent=True), ran


@pytest.fixture(scope="module")
def framework(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Native], Any]:
    """Return a function that gives the CloudEvent functions-framework makes of a request, None when it refuses it."""
    source = tmp_path_factory.mktemp("framework") / "main.py"
    source.write_text(
        "import functions_framework\nseen = []\n@functions_framework.cloud_event\ndef f(e): seen.append(e)\n"
    )
    client = functions_framework.create_app("f", str(source), "cloudevent").test_client()
    import sys

    seen = sys.modules["main"].seen

    def read(sent: Native) -> Any:
        seen.clear()
        client.open(sent.path, method=sent.method, headers=list(sent.headers), data=sent.body)
        return seen[0] if seen else None

    yield read
    del sys.modules["main"]
    sys.path.remove(str(Path(source).parent))


@pytest.mark.parametrize(("path", "event"), payloads(*folders("gcp"), *folders("cloudevents")))
@pytest.mark.parametrize("kind", KINDS)
def test_an_event_is_handled_or_refused_with_400_and_nothing_else(kind: str, path: str, event: Any) -> None:
    status, reply, ran = run(kind, native(path, event))
    assert (status, len(ran)) in ((204, 1), (400, 0))
    if status == 400:
        assert reply["came"]
        assert reply["detail"] == f"expected {reply['expected']}, but {reply['came']} came"


@pytest.mark.parametrize(("path", "event"), payloads(*folders("gcp"), *folders("cloudevents")))
def test_an_event_is_read_as_functions_framework_reads_it(framework: Any, path: str, event: Any) -> None:
    sent = native(path, event)
    theirs = framework(sent)
    outcome = {kind: run(kind, sent) for kind in KINDS}
    taken = {kind for kind, (status, _, _) in outcome.items() if status == 204}
    data = theirs.data if theirs is not None else None
    if theirs is not None and theirs["type"] == PUBLISHED and "message" in data:
        assert taken == {"messages", "records"}
        record = outcome["records"][2][0]
        assert record.id == data["message"]["messageId"]
        assert (record.key is None) == ('"orderingKey"' not in json.dumps(event))  # the framework itself loses it
        got, message = outcome["messages"][2][0], data["message"]
        assert got.payload == base64.b64decode(message["data"])
        assert got.attributes == message.get("attributes", {})
        assert got.id == message["messageId"]
        if "publishTime" in json.dumps(event) or "timestamp" in json.dumps(event):
            assert got.sent_at == datetime.fromisoformat(message["publishTime"]).astimezone(UTC)
    elif theirs is not None and theirs["type"] == f"{STORAGE}finalized" and "bucket" in data:
        assert taken == {"created"}
        size = int(data["size"])
        assert outcome["created"][2] == [StoredObject(data["bucket"], data["name"], size, data["etag"], theirs["id"])]
    else:
        assert taken <= {"schedule"}
        assert ("schedule" in taken) == path.startswith("gcp/scheduler_http/")


@pytest.mark.parametrize(("path", "event"), payloads("gcp/scheduler_http"))
def test_a_call_of_cloud_scheduler_is_due_when_its_header_says(path: str, event: Any) -> None:
    tick = run("schedule", native(path, event))[2][0]
    told = dict(event["headers"])["X-CloudScheduler-ScheduleTime"]
    assert isinstance(tick, Tick)
    assert tick.scheduled_at == datetime.fromisoformat(told).astimezone(UTC)
    assert tick.scheduled_at.utcoffset().total_seconds() == 0


@pytest.mark.parametrize(
    ("path", "event"), payloads("gcp/http", "gcp/cloudevent_http_binary", "cloudevents/http_binary")
)
def test_a_request_is_read_as_flask_reads_it(path: str, event: Any) -> None:
    sent = native(path, event)
    flask = FlaskRequest(sent.environ())
    ours = http.decode(sent.environ(), sent.body)
    assert (ours.method, ours.path, ours.body) == (flask.method, flask.path, flask.get_data())
    assert ours.query.multi_items() == list(flask.args.items(multi=True))
    assert dict(ours.headers.items()) == {name.lower(): value for name, value in flask.headers.items()}
    assert run("http", sent)[0] == 204
