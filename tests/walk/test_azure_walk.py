"""A Functions project under Microsoft's real Python worker, fed with what the host sends: HTTP, timers, queues, events."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hosts.azure import VERSION, AzureHost, azure_host, worker_python
from servers.azurite import azurite, create_container

from portable.eventing.envelope import as_queue_text
from portable.eventing.outgoing import Outgoing
from portable.eventing.schedule import Tick
from portable.storage.bucket import Bucket
from portable.storage.event import StoredObject
from portable_azure.runtime.storage import bucket_driver
from portable_azure.testing.objects import encode_object
from portable_azure.testing.schedule import encode_tick

pytest.importorskip("azure.functions", reason="azure-functions is not installed: uv pip install azure-functions")

ROOT = Path(__file__).parents[2]
CONTAINER = "files"


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The connection string of a storage account with the containers of both apps."""
    worker_python()
    with azurite(tmp_path_factory.mktemp("azurite")) as connection:
        for container in (CONTAINER, "photos"):
            create_container(connection, container)
        yield connection


@pytest.fixture(scope="module")
def host(package: Any, storage: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AzureHost]:
    """The packaged app in the worker, its bucket in Azurite."""
    bundle = package("tests/apps/everything", "azure") / "bundle"
    settings = {"AzureWebJobsStorage": storage, "PORTABLE_BUCKET_FILES": CONTAINER}
    with azure_host(bundle, tmp_path_factory.mktemp("everything") / "log", settings) as running:
        yield running


@pytest.fixture(scope="module")
def photos(package: Any, storage: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AzureHost]:
    """The sample in the worker. It is packaged from a folder that stays, so that what was resolved is kept."""
    sample, app = ROOT / "samples" / "photos", ROOT / ".nox" / "walk" / "azure-photos"
    app.mkdir(parents=True, exist_ok=True)
    (app / "app.py").write_bytes((sample / "app.py").read_bytes())
    settings = (sample / "pyproject.toml").read_text() + f'\n[tool.portable.azure]\npython = "{VERSION}"\n'
    (app / "pyproject.toml").write_text(settings)
    bundle = package(str(app), "azure") / "bundle"
    environment = {"AzureWebJobsStorage": storage, "PORTABLE_BUCKET_PHOTOS": "photos"}
    with azure_host(bundle, tmp_path_factory.mktemp("photos") / "log", environment) as running:
        yield running


def test_the_worker_indexes_every_function(host: AzureHost) -> None:
    kinds = {name: found[0]["type"] for name, found in host.functions().items()}
    assert kinds["work"] == kinds["listen"] == "queueTrigger"
    assert kinds["tick"] == "timerTrigger"
    assert kinds["arrived"] == kinds["gone"] == "eventGridTrigger"
    assert kinds["zz-portable-unknown"] == kinds["echo"] == "httpTrigger"


def test_a_request_arrives_as_it_was_sent(host: AzureHost) -> None:
    headers = [("cookie", "s=1; t=2"), ("X-One", "a, b"), ("x-forwarded-for", "203.0.113.7:4711")]
    answer = host.request("GET", "/echo/a%2Fb/caf%C3%A9//x/?x=1&x=2&empty=&plus=a+b%2B", headers=headers)
    body = answer.json()
    assert answer.status == 200
    assert body["path"] == "/echo/a/b/café//x/"
    assert body["raw_path"] == "/echo/a%2Fb/caf%C3%A9//x/"
    assert body["query"] == [["x", "1"], ["x", "2"], ["empty", ""], ["plus", "a b+"]]
    assert body["cookies"] == {"s": "1", "t": "2"}
    assert body["headers"]["x-one"] == "a, b"
    assert body["path_params"] == {"path": "a/b/café//x/"}


def test_a_binary_body_goes_both_ways(host: AzureHost) -> None:
    content = bytes(range(256))
    answer = host.request("POST", "/echo/x", content, [("content-type", "image/png")])
    assert (answer.status, answer.header("content-type"), answer.body) == (200, "image/png", content)


def test_parameters_are_converted(host: AzureHost) -> None:
    headers = [("x-agent", "me"), ("cookie", "session=abc")]
    body = host.request("GET", "/typed/7/blue?tag=a&tag=b&order=down", headers=headers).json()
    assert (body["number"], body["colour"], body["tag"], body["order"]) == (7, "blue", ["a", "b"], "down")
    assert (body["agent"], body["session"]) == ("me", "abc")


def test_an_async_handler_answers(host: AzureHost) -> None:
    answer = host.request("GET", "/later")
    assert answer.json() == {"function": "later", "time": True, "id": True}
    assert answer.header("x-answered-by") == "later"


def test_each_cookie_has_its_own_header(host: AzureHost) -> None:
    found = host.request("GET", "/cookies").headers_of("set-cookie")
    assert [cookie.partition(";")[0] for cookie in found] == ["a=1", "b=2"]
    assert "httponly" in found[1].lower()


def test_forms_are_read(host: AzureHost) -> None:
    form = [("content-type", "application/x-www-form-urlencoded")]
    assert host.request("POST", "/form", b"a=1&a=+2&b=%C3%A9", form).json() == [["a", "1"], ["a", " 2"], ["b", "é"]]


JSON = [("content-type", "application/json")]


@pytest.mark.parametrize(
    ("method", "target", "body", "headers", "status", "detail"),
    [
        ("POST", "/orders", b'{"customer": "me", "items": [{"sku": 7}]}', JSON, 400, "Expected `str`, got `int`"),
        ("POST", "/orders", b"{}", [("content-type", "text/plain")], 415, "JSON was expected"),
        ("POST", "/echo/x", b"x" * 1001, [], 413, "the limit is 1000"),
        ("GET", "/typed/seven/blue", b"", [], 400, "not a whole number"),
        ("DELETE", "/orders", b"", [], 405, "DELETE is not allowed here"),
        ("TRACE", "/orders", b"", [], 405, "TRACE is not allowed here"),
        ("GET", "/nothing/here", b"", [], 404, "there is nothing at /nothing/here"),
        ("GET", "/", b"", [], 404, "there is nothing at /"),
        ("GET", "/LATER", b"", [], 404, "there is nothing at /LATER"),
        ("GET", "/later/", b"", [], 404, "there is nothing at /later/"),
        ("GET", "/fail/other", b"", [], 500, "Internal Server Error"),
    ],
)
def test_errors_are_in_our_own_words(
    host: AzureHost, method: str, target: str, body: bytes, headers: Any, status: int, detail: str
) -> None:
    answer = host.request(method, target, body, headers)
    assert answer.status == status
    assert detail in answer.json()["detail"]
    assert answer.header("x-answered-by") != "host"
    if status == 405:
        assert answer.header("allow") == "OPTIONS, POST"


def test_what_a_handler_raises_is_logged_and_not_shown(host: AzureHost) -> None:
    assert b"secret" not in host.request("GET", "/fail/other").body
    line = next(line for line in map(read_line, host.log.splitlines()) if line.get("function") == "fail")
    assert line["error"]["type"] == "ValueError"
    assert len(line["InvocationId"]) == 36
    assert host.request("GET", "/fail/teapot").status == 418


def read_line(line: str) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def test_head_and_options_are_answered_from_the_table(host: AzureHost) -> None:
    head = host.request("HEAD", "/cookies")
    assert (head.status, head.header("content-length"), head.body) == (200, "6", b"")
    asked = [("origin", "https://shop.example"), ("access-control-request-method", "GET")]
    options = host.request("OPTIONS", "/typed/1/red", headers=asked)
    assert (options.status, options.header("access-control-allow-origin")) == (204, "https://shop.example")
    assert options.header("content-type") is None
    assert host.request("OPTIONS", "/echo/x").header("allow") == "GET, HEAD, OPTIONS, POST"


def test_the_trace_of_the_host_is_logged_with_the_call(host: AzureHost) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    more = {"trace_parent": f"00-{trace}-00f067aa0ba902b7-01"}
    fired = host.fire("tick", "timer", json_of(encode_tick(Tick(datetime(2026, 1, 2, 3, 5, tzinfo=UTC)))), more=more)
    assert fired == {"ok": True, "error": ""}
    line = next(line for line in map(read_line, host.log.splitlines()) if line.get("operation_Id") == trace)
    assert (line["message"], line["due"]) == ("tick", "2026-01-02T03:05:00+00:00")


def json_of(text: Any) -> dict[str, str]:
    return {"type": "json", "value": str(text)}


def test_a_deleted_blob_reaches_its_function_in_both_schemas(host: AzureHost) -> None:
    for form in ("event", "cloudevent"):
        key = f"old/{form} 100%.txt"
        event = encode_object(StoredObject("files", key, None, None, "1"), "deleted", form)
        assert host.fire("gone", "event", json_of(event)) == {"ok": True, "error": ""}
        assert any(line.get("key") == key for line in map(read_line, host.log.splitlines()))


def test_a_topic_message_reaches_its_async_function(host: AzureHost) -> None:
    for level, heard in (("high", True), ("low", False)):
        text, _ = as_queue_text(Outgoing(f"news {level}".encode(), True, {"level": level}), "test")
        assert host.fire("listen", "message", {"type": "string", "value": text}, metadata()) == {
            "ok": True,
            "error": "",
        }
        assert any(line.get("text") == f"news {level}" for line in map(read_line, host.log.splitlines())) is heard


def metadata(count: int = 1) -> dict[str, Any]:
    """Return a queue trigger's metadata as the host types it."""
    return {
        "Id": {"type": "string", "value": "814b3b66-0200-4121-8ef3-405846a124bf"},
        "DequeueCount": {"type": "json", "value": str(count)},
        "InsertionTime": {"type": "json", "value": '"2022-08-25T05:06:39+00:00"'},
        "PopReceipt": {"type": "string", "value": "r"},
    }


def test_what_is_uploaded_is_fetched_and_copied_by_the_event_of_it(host: AzureHost) -> None:
    content = bytes(range(256)) * 100
    assert host.request("PUT", "/files/a%20b.bin", content).json() == {"size": len(content)}
    assert host.request("GET", "/files/a%20b.bin").body == content
    assert host.request("GET", "/files/missing").status == 500  # NotFound, which the handler does not catch
    for event, copied in (("in/one.txt", True), ("out/two.txt", False)):
        host.request("PUT", f"/files/{event.replace('/', '%2F')}", b"text")
        told = encode_object(StoredObject(CONTAINER, event, 4, "0x8D", "1"), "created")
        assert host.fire("arrived", "event", json_of(told)) == {"ok": True, "error": ""}
        assert (host.request("GET", f"/files/seen%2F{event.replace('/', '%2F')}").status == 200) is copied


def test_a_message_is_handled_with_its_attempt_and_attributes(host: AzureHost) -> None:
    text, name = as_queue_text(Outgoing(b'{"sku": "x"}', True, {"from": "shop"}, json=True), "test")
    assert host.fire("work", "message", {"type": "string", "value": text}, metadata(1)) == {"ok": True, "error": ""}
    record = host.request("GET", f"/files/work%2F{name}").json()
    assert record == {"sku": "x", "attempt": 1, "attributes": {"from": "shop"}}


def test_a_failed_message_comes_again_until_its_attempts_are_used_up(host: AzureHost) -> None:
    message = {"type": "string", "value": '{"sku": "x", "count": -1}'}
    first = host.fire("work", "message", message, metadata(1))
    assert (first["ok"], "is to be delivered again" in first["error"]) == (False, True)
    assert host.fire("work", "message", message, metadata(2)) == {"ok": True, "error": ""}
    assert "work gave up message 814b3b66-0200-4121-8ef3-405846a124bf after 2 attempts" in host.log


@pytest.mark.parametrize(
    ("function", "argument", "event", "came"),
    [
        ("tick", "timer", '{"eventType": "x"}', "expected a schedule"),
        ("tick", "timer", "[1, 2]", "a JSON int"),
        ("gone", "event", '{"eventType": "Microsoft.Storage.BlobCreated", "data": true}', "BlobCreated"),
        ("gone", "event", '{"specVersion": "1.0", "type": "com.example"}', "com.example"),
        ("gone", "event", "null", "JSON null"),
        ("arrived", "event", '{"IsPastDue": false}', "a timer"),
    ],
)
def test_an_event_of_another_kind_is_refused(
    host: AzureHost, function: str, argument: str, event: str, came: str
) -> None:
    fired = host.fire(function, argument, json_of(event))
    assert fired["ok"] is False
    assert fired["error"].startswith("EventError(")
    assert came in fired["error"]


PICTURE = b"\xff\xd8\xff" + bytes(range(256)) * 40


def test_the_sample_stores_indexes_renames_and_counts_photos(photos: AzureHost) -> None:
    stored = photos.request("PUT", "/photos/cat%20one.jpg", PICTURE, [("content-type", "image/jpeg")])
    assert (stored.status, stored.json()) == (201, {"stored": "cat one.jpg", "size": len(PICTURE)})
    sent = photos.request("GET", "/photos/cat%20one.jpg")
    assert (sent.body, sent.header("content-type")) == (PICTURE, "image/jpeg")
    assert photos.request("GET", "/photos/dog.jpg").json() == {"detail": "there is no photo dog.jpg"}

    created = encode_object(StoredObject("photos", "originals/cat one.jpg", len(PICTURE), "0x8D", "1"), "created")
    assert photos.fire("index", "event", json_of(created)) == {"ok": True, "error": ""}
    record = {"name": "cat one.jpg", "size": len(PICTURE), "media_type": "image/jpeg"}
    assert photos.request("GET", "/photos?prefix=cat").json() == [record]

    job = {"type": "string", "value": '{"source": "cat one.jpg", "target": "cat.jpg"}'}
    assert photos.fire("work", "message", job, metadata()) == {"ok": True, "error": ""}
    assert photos.request("GET", "/photos/cat.jpg").body == PICTURE
    assert photos.request("GET", "/photos/cat%20one.jpg").status == 404


def test_the_sample_reports_at_three_in_berlin_only(
    photos: AzureHost, storage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    photos.request("PUT", "/photos/one.jpg", PICTURE)
    for hour in (1, 2):  # 01:00 UTC is 3:00 in July, 02:00 UTC in January
        for month in (1, 7):
            due = datetime(2026, month, 6, hour, tzinfo=UTC)
            assert photos.fire("nightly", "timer", json_of(encode_tick(Tick(due)))) == {"ok": True, "error": ""}
    monkeypatch.setenv("AzureWebJobsStorage", storage)
    found = bucket_driver(Bucket("photos"), "photos").list("reports/", None, 10, None)
    assert [item.key for item in found.items] == [
        "reports/2026-01-06.json",
        "reports/2026-07-06.json",
    ]
