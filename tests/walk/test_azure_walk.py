"""Packages in Microsoft's real Python worker: what is Azure's own, and a sample on Azurite. The target suite has the rest."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from servers.azure_worker import VERSION, azure_worker
from servers.azurite import create_container

from portable.eventing.schedule import Tick
from portable.storage.bucket import Bucket
from portable.storage.event import StoredObject
from portable_azure.runtime.storage import bucket_driver
from portable_azure.testing.objects import encode_object
from portable_azure.testing.schedule import encode_tick

pytest.importorskip("azure.functions", reason="azure-functions is not installed: uv pip install azure-functions")

from portable_azure.testing.process import WorkerProcess
from portable_azure.testing.records import Stored, metadata_of

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def host(package: Any) -> Iterator[WorkerProcess]:
    """The packaged app in the worker."""
    azure_worker()
    with WorkerProcess(package("tests/apps/everything", "azure") / "bundle") as running:
        yield running


@pytest.fixture(scope="module")
def storage(azure_storage: str) -> str:
    """The connection string of a storage account with the container of the sample."""
    azure_worker()
    create_container(azure_storage, "photos")
    return azure_storage


@pytest.fixture(scope="module")
def photos(package: Any, storage: str) -> Iterator[WorkerProcess]:
    """The sample in the worker. It is packaged from a folder that stays, so that what was resolved is kept."""
    sample, app = ROOT / "samples" / "photos", ROOT / ".nox" / "walk" / "azure-photos"
    app.mkdir(parents=True, exist_ok=True)
    (app / "app.py").write_bytes((sample / "app.py").read_bytes())
    settings = (sample / "pyproject.toml").read_text() + f'\n[tool.portable.azure]\npython = "{VERSION}"\n'
    (app / "pyproject.toml").write_text(settings)
    bundle = package(str(app), "azure") / "bundle"
    environment = {"AzureWebJobsStorage": storage, "PORTABLE_BUCKET_PHOTOS": "photos"}
    with WorkerProcess(bundle, environment) as running:
        yield running


def read_line(line: str) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def json_of(text: Any) -> dict[str, str]:
    return {"type": "json", "value": str(text)}


def test_the_worker_indexes_every_function(host: WorkerProcess) -> None:
    kinds = {name: found[0]["type"] for name, found in host.functions.items()}
    assert kinds["work"] == kinds["listen"] == "queueTrigger"
    assert kinds["tick"] == "timerTrigger"
    assert kinds["arrived"] == kinds["gone"] == "eventGridTrigger"
    assert kinds["zz-portable-unknown"] == kinds["echo"] == "httpTrigger"


def test_the_trace_of_the_host_is_logged_with_the_call(host: WorkerProcess) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    more = {"trace_parent": f"00-{trace}-00f067aa0ba902b7-01"}
    fired = host.fire("tick", json_of(encode_tick(Tick(datetime(2026, 1, 2, 3, 5, tzinfo=UTC)))), more=more)
    assert fired == {"ok": True, "error": ""}
    line = next(line for line in map(read_line, host.log.splitlines()) if line.get("operation_Id") == trace)
    assert (line["message"], line["due"]) == ("tick", "2026-01-02T03:05:00+00:00")


def test_a_deleted_blob_reaches_its_function_in_both_schemas(host: WorkerProcess) -> None:
    for form in ("event", "cloudevent"):
        key = f"old/{form} 100%.txt"
        event = encode_object(StoredObject("files", key, None, None, "1"), "deleted", form)
        assert host.fire("gone", json_of(event)) == {"ok": True, "error": ""}
        assert any(line.get("key") == key for line in map(read_line, host.log.splitlines()))


@pytest.mark.parametrize(
    ("function", "event", "came"),
    [
        ("tick", '{"eventType": "x"}', "expected a schedule"),
        ("tick", "[1, 2]", "a JSON int"),
        ("gone", '{"eventType": "Microsoft.Storage.BlobCreated", "data": true}', "BlobCreated"),
        ("gone", '{"specVersion": "1.0", "type": "com.example"}', "com.example"),
        ("gone", "null", "JSON null"),
        ("arrived", '{"IsPastDue": false}', "a timer"),
    ],
)
def test_an_event_of_another_kind_is_refused(host: WorkerProcess, function: str, event: str, came: str) -> None:
    fired = host.fire(function, json_of(event))
    assert fired["ok"] is False
    assert fired["error"].startswith("EventError(")
    assert came in fired["error"]


def test_the_host_never_answers_in_its_own_words(host: WorkerProcess) -> None:
    for method, target in (("GET", "/"), ("GET", "/LATER"), ("TRACE", "/orders"), ("GET", "/fail/other")):
        answer = host.request(method, target)
        assert answer.header("x-answered-by") != "host"
        assert answer.json()["detail"]


def test_what_a_handler_raises_is_logged_under_the_id_of_the_call(host: WorkerProcess) -> None:
    host.request("GET", "/fail/other")
    line = next(line for line in map(read_line, host.log.splitlines()) if line.get("function") == "fail")
    assert line["error"]["type"] == "ValueError"
    assert len(line["InvocationId"]) == 36


PICTURE = b"\xff\xd8\xff" + bytes(range(256)) * 40
MESSAGE = {
    "Id": {"type": "string", "value": "814b3b66-0200-4121-8ef3-405846a124bf"},
    "DequeueCount": {"type": "json", "value": "1"},
    "InsertionTime": {"type": "json", "value": '"2022-08-25T05:06:39+00:00"'},
    "PopReceipt": {"type": "string", "value": "r"},
}
"""A queue trigger's metadata as the host types it."""


def test_the_sample_stores_indexes_renames_and_counts_photos(photos: WorkerProcess) -> None:
    stored = photos.request("PUT", "/photos/cat%20one.jpg", PICTURE, [("content-type", "image/jpeg")])
    assert (stored.status, stored.json()) == (201, {"stored": "cat one.jpg", "size": len(PICTURE)})
    sent = photos.request("GET", "/photos/cat%20one.jpg")
    assert (sent.body, sent.header("content-type")) == (PICTURE, "image/jpeg")
    assert photos.request("GET", "/photos/dog.jpg").json() == {"detail": "there is no photo dog.jpg"}

    created = encode_object(StoredObject("photos", "originals/cat one.jpg", len(PICTURE), "0x8D", "1"), "created")
    assert photos.fire("index", json_of(created)) == {"ok": True, "error": ""}
    record = {"name": "cat one.jpg", "size": len(PICTURE), "media_type": "image/jpeg"}
    assert photos.request("GET", "/photos?prefix=cat").json() == [record]

    job = {"type": "string", "value": '{"source": "cat one.jpg", "target": "cat.jpg"}'}
    assert photos.fire("work", job, MESSAGE) == {"ok": True, "error": ""}
    assert photos.request("GET", "/photos/cat.jpg").body == PICTURE
    assert photos.request("GET", "/photos/cat%20one.jpg").status == 404


def test_the_sample_reports_at_three_in_berlin_only(
    photos: WorkerProcess, storage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    photos.request("PUT", "/photos/one.jpg", PICTURE)
    for hour in (1, 2):  # 01:00 UTC is 3:00 in July, 02:00 UTC in January
        for month in (1, 7):
            due = datetime(2026, month, 6, hour, tzinfo=UTC)
            assert photos.fire("nightly", json_of(encode_tick(Tick(due)))) == {"ok": True, "error": ""}
    monkeypatch.setenv("AzureWebJobsStorage", storage)
    found = bucket_driver(Bucket("photos"), "photos").list("reports/", None, 10, None)
    assert [item.key for item in found.items] == [
        "reports/2026-01-06.json",
        "reports/2026-07-06.json",
    ]


def test_records_of_an_event_hub_are_tried_again_in_their_call(host: WorkerProcess) -> None:
    items = [("ink", 1), ("pen", -1), ("ink", 2), ("pen", 3)]
    stored = [
        Stored(json.dumps({"sku": sku, "count": count}).encode(), sku, {}, str(place))
        for place, (sku, count) in enumerate(items)
    ]
    bodies = {"type": "collection_bytes", "value": [base64.b64encode(one.body).decode() for one in stored]}
    told = {name: {"type": "json", "value": json.dumps(value)} for name, value in metadata_of(stored).items()}
    for name in ("follow", "tally"):
        assert host.functions[name][0]["type"] == "eventHubTrigger"
        assert host.fire(name, bodies, told) == {"ok": True, "error": ""}
    lines = [line for line in map(read_line, host.log.splitlines()) if line.get("message") == "followed"]
    tries = [(line["id"], line["attempt"]) for line in lines]
    assert tries == [("0:0", 1), ("0:1", 1), ("0:2", 1), ("0:1", 2), ("0:3", 1)]
    assert '"pieces": 5, "records": 4' in host.log
