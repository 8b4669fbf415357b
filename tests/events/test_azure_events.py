"""Payloads that others published for Azure Functions, compared with what azure-functions' own converters make of them."""

from __future__ import annotations

import base64
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from azure.functions import meta
from azure.functions.eventgrid import EventGridEventInConverter
from azure.functions.eventhub import EventHubTriggerConverter
from azure.functions.http import HttpRequestConverter
from azure.functions.queue import QueueMessageInConverter
from azure.functions.timer import TimerRequestConverter

from portable.errors import EventError
from portable_azure.runtime import http, messages, objects, records, schedule
from portable_azure.testing.context import Invocation
from portable_azure.testing.hosted.azure_routing import HostRequest, rpc_http

FOLDER = Path(os.environ.get("PORTABLE_EVENTS") or Path(__file__).parents[3] / "shared" / "events")

pytestmark = pytest.mark.skipif(
    not (FOLDER / "azure").is_dir(), reason="no published payloads: set PORTABLE_EVENTS to their folder"
)


def files(*triggers: str) -> list[Any]:
    """Return the files of triggers, "azure/timer" for example, as test parameters."""
    found = [path for trigger in triggers for path in sorted((FOLDER / trigger).rglob("*.json"))]
    return [pytest.param(path, id=path.relative_to(FOLDER).as_posix()) for path in found] or [
        pytest.param(None, marks=pytest.mark.skip(reason="no such payloads"))
    ]


def load(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8-sig"))


def datum(told: dict[str, Any]) -> meta.Datum:
    """Return what the worker makes of a TypedData or of a recorded Datum."""
    if "type" in told:
        kind, value = told["type"], told["value"]
    elif told:
        [(kind, value)] = told.items()
    else:
        kind, value = None, None
    if isinstance(value, dict) and "__bytes_b64__" in value:
        value = base64.b64decode(value["__bytes_b64__"])
    return meta.Datum(value, kind)


def request_datum(told: dict[str, Any]) -> meta.Datum:
    """Return an RpcHttp as the worker decodes it, nullable maps included."""

    def texts(name: str) -> dict[str, meta.Datum]:
        plain = told.get(name, {})
        nullable = {key: value.get("value", "") for key, value in told.get(f"nullable_{name}", {}).items()}
        return {key: meta.Datum(value, "string") for key, value in {**plain, **nullable}.items()}

    return meta.Datum(
        {
            "method": meta.Datum(told.get("method", "GET"), "string"),
            "url": meta.Datum(told["url"], "string"),
            "headers": texts("headers"),
            "query": texts("query"),
            "params": texts("params"),
            "body": datum(told["body"]) if "body" in told else meta.Datum(b"", "bytes"),
        },
        "http",
    )


@pytest.mark.parametrize("path", files("azure/http"))
def test_a_request_is_what_the_library_reads(path: Path) -> None:
    told = load(path)["input_data"][0]["data"]["http"]
    native = HttpRequestConverter.decode(request_datum(told), trigger_metadata=None)
    found = http.decode(native)
    assert (found.method, found.body) == (native.method, native.get_body())
    assert dict(found.headers.multi_items()) == dict(native.headers)
    assert found.path == ("/" if native.url.count("/") == 2 else "/" + native.url.split("/", 3)[3])
    if "form-urlencoded" in native.headers.get("content-type", ""):
        assert found.form().multi_items() == list(native.form.items(multi=True))
    elif "multipart" in native.headers.get("content-type", ""):
        ours = [
            (name, value if isinstance(value, str) else value.filename) for name, value in found.form().multi_items()
        ]
        theirs = list(native.form.items(multi=True)) + [(n, f.filename) for n, f in native.files.items(multi=True)]
        assert sorted(ours) == sorted(theirs)
        for file in (f for name in native.files for f in native.files.getlist(name)):
            file.close()


def test_cookies_of_a_published_request_are_read_whole() -> None:
    path = FOLDER / "azure/http/dotnet__cookies_missing_value_trailing_eq.json"
    told = load(path)["input_data"][0]["data"]["http"]
    found = http.decode(HttpRequestConverter.decode(request_datum(told), trigger_metadata=None))
    assert found.cookies == {"foo": "bar", "theme": "dark", "tz": "", "token": "a5a2Qo="}


@pytest.mark.parametrize("path", files("azure/http_host_translation"))
def test_what_the_host_drops_from_its_maps_is_read_from_the_url(path: Path) -> None:
    told = load(path)
    sent = told["http_request"]
    body = sent["body"]
    content = base64.b64decode(body["__bytes_b64__"]) if body else b""
    target = sent["url"].removeprefix("http://localhost")
    fields = rpc_http(HostRequest(sent["method"], target, list(sent["headers"].items()), content), {})
    expected = told["expected_rpc_http"]
    assert fields["query"] == expected.get("query", fields["query"])
    if "headers" in expected and "empty" not in expected["headers"]:
        assert fields["headers"] == expected["headers"]
    typed = {name: {"string": fields[name]} for name in ("method", "url")}
    native = HttpRequestConverter.decode(
        request_datum(
            {**fields, "method": typed["method"]["string"], "body": {"type": "bytes", "value": fields["body"]}}
        ),
        trigger_metadata=None,
    )
    found = http.decode(native)
    pairs = [part.partition("=")[::2] for part in target.partition("?")[2].split("&") if part]
    assert found.query.multi_items() == [(name, value) for name, value in pairs]
    assert found.body == content


PLAN = schedule.Plan("* * * * *", "UTC", "0 * * * * *")
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize("path", files("azure/timer"))
def test_a_timer_is_due_at_the_time_of_its_status(path: Path) -> None:
    told = load(path)
    if "trigger_metadata" in told and "input_data" not in told:  # a timer's metadata alone is no timer
        with pytest.raises(EventError):
            schedule.decode(json.dumps(told), PLAN, NOW)
        return
    text = told["input_data"][0]["data"]["json"] if "input_data" in told else json.dumps(told)
    native = TimerRequestConverter.decode(meta.Datum(text, "json"), trigger_metadata=None)
    status = {name.lower(): value for name, value in (json.loads(text).get("scheduleStatus") or {}).items()}
    due = datetime.fromisoformat(status["next"]).astimezone(UTC) if "next" in status else NOW.replace(second=0)
    assert schedule.decode(text, PLAN, NOW).scheduled_at == due
    assert schedule.decode(native, PLAN, NOW).scheduled_at == (due if native.schedule_status else NOW.replace(second=0))


def test_a_queue_message_is_what_the_library_reads() -> None:
    path = FOLDER / "azure/queue/nodelib__trigger_metadata_queueTrigger.json"
    metadata = {name: datum(value) for name, value in load(path)["trigger_metadata"].items()}
    native = QueueMessageInConverter.decode(metadata["QueueTrigger"], trigger_metadata=metadata)
    [found] = messages.decode(native, "queue")
    assert (found.id, found.payload, found.attempt) == (native.id, native.get_body(), native.dequeue_count)
    assert found.sent_at == native.insertion_time


BLOBS = {"Microsoft.Storage.BlobCreated": "created", "Microsoft.Storage.BlobDeleted": "deleted"}


def events(path: Path) -> list[Any]:
    """Return the events of a file, however it wraps them."""
    told = load(path)
    if isinstance(told, dict) and isinstance(told.get("body"), str):
        told = json.loads(told["body"])
    elif isinstance(told, dict) and "library_outcome" in told:
        told = json.loads(told["data"]["value"])
    return told if isinstance(told, list) else [told]


@pytest.mark.parametrize("path", files("azure/eventgrid", "azure/eventgrid_webhook"))
def test_an_event_grid_event_is_what_the_library_reads_or_refused(path: Path) -> None:
    for told in events(path):
        text = json.dumps(told)
        native = EventGridEventInConverter.decode(meta.Datum(text, "json"), trigger_metadata=None)
        kind = getattr(native, "event_type", None) or getattr(native, "type", None)
        [message] = messages.decode(text, "topic")
        assert message.payload == b"" if "data" not in told else json.loads(message.payload) == native.get_json()
        if native.id is not None:
            assert message.id == native.id
        for event_name in ("created", "deleted"):
            data = native.get_json()
            named = isinstance(data, dict) and ("url" in data or "/blobs/" in (native.subject or ""))
            if BLOBS.get(kind) == event_name and named:
                [stored] = objects.decode(text, event_name)
                [same] = objects.decode(native, event_name)
                assert (stored.bucket, stored.key, stored.size) == (same.bucket, same.key, same.size)
                assert stored.size == data.get("contentLength", data.get("content_length"))
                subject = native.subject or "/containers" + data["url"].partition(".net")[2].replace("/", "/blobs/", 2)
                assert subject.endswith(stored.key)
                continue
            with pytest.raises(EventError) as raised:
                objects.decode(text, event_name)
            assert str(kind) in str(raised.value)


@pytest.mark.parametrize("path", files("cloudevents"))
def test_a_cloud_event_is_a_message_of_a_topic_and_no_blob(path: Path) -> None:
    text = json.dumps(load(path))
    for event_name in ("created", "deleted"):
        with pytest.raises(EventError):
            objects.decode(text, event_name)
    told = load(path)
    if isinstance(told, dict) and told.get("specversion") == "1.0" and isinstance(told.get("type"), str):
        if "..." in told.get("data_base64", ""):  # an example's ellipsis is no base64
            with pytest.raises(EventError):
                messages.decode(text, "topic")
            return
        [message] = messages.decode(text, "topic")
        assert message.id == told["id"]
        if "data_base64" in told:
            assert message.payload == base64.b64decode(told["data_base64"])


OTHERS = ("blob", "cosmosdb", "eventhub", "kafka", "servicebus", "generic", "warmup", "other", "http", "http_body")


@pytest.mark.parametrize("path", files(*(f"azure/{name}" for name in OTHERS)))
def test_an_event_of_another_kind_is_refused_before_the_handler(path: Path) -> None:
    calls: list[Any] = []
    text = json.dumps(load(path))

    def call(*given: Any) -> None:
        calls.append(given)

    runs = (
        objects.handler(call, "fun", 30, "created"),
        schedule.handler(call, "fun", 30, "* * * * *", "UTC", "0 * * * * *"),
        messages.handler(SimpleNamespace(call=call, function="fun"), 30, "queue"),  # type: ignore[arg-type]
        http.handler(SimpleNamespace(find=call), "fun", 30),  # type: ignore[arg-type]
    )
    for run in runs:
        with pytest.raises(EventError) as raised:
            run(text, Invocation())
        assert raised.value.came
        assert raised.value.expected
    assert calls == []


@pytest.mark.parametrize("folder", ["aws", "gcp", "knative", "openfaas"])
def test_nothing_of_another_cloud_passes_for_an_event_of_this_one(folder: str) -> None:
    for path in sorted((FOLDER / folder).rglob("*.json")):
        text = path.read_text(encoding="utf-8-sig")
        with pytest.raises(EventError):
            schedule.decode(text, PLAN, NOW)
        with pytest.raises(EventError):
            objects.decode(text, "created")


def collection(told: dict[str, Any]) -> meta.Datum:
    """Return a Datum whose value may be a collection of bytes, as the worker has it."""
    value = told.get("value")
    if isinstance(value, dict) and "__collection__" in value:
        items = [base64.b64decode(item["__bytes_b64__"]) if isinstance(item, dict) else item for item in value["items"]]
        return meta.Datum(SimpleNamespace(**{value["__collection__"]: items}), told["type"])
    return datum(told)


@pytest.mark.parametrize("path", files("azure/eventhub"))
def test_the_events_of_a_hub_are_what_the_library_reads(path: Path) -> None:
    told = load(path)
    body = told["data"] if "data" in told else told["input_data"][0]["data"]
    metadata = {name: datum(value) for name, value in told.get("trigger_metadata", {}).items()}
    if not {"SystemProperties", "SystemPropertiesArray"} & metadata.keys():
        pytest.skip("no event of a trigger: its metadata are missing")
    native = EventHubTriggerConverter.decode(collection(body), trigger_metadata=metadata)
    found = records.decode(native)
    events_of_it = native if isinstance(native, list) else [native]
    assert [record.payload for record in found] == [event.get_body() for event in events_of_it]
    assert [record.key for record in found] == [event.partition_key for event in events_of_it]
    assert all(record.id for record in found)
    for record, event in zip(found, events_of_it, strict=True):
        if event.enqueued_time is not None:
            assert record.sent_at == event.enqueued_time.replace(tzinfo=event.enqueued_time.tzinfo or UTC)
    for kind in ("queue", "topic"):
        with pytest.raises(EventError):
            messages.decode(native, kind)
