"""A value of a request that a client or a response refuses is a 400, 404 or 413; an app's own mistake is a 500."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from unit.tooling.entry.apps import Entry, served

from portable.eventing.memory import MemoryQueue, MemoryTopic
from portable.persistence.memory import MemoryTable
from portable.storage.memory import MemoryBucket

MADE: dict[str, Any] = {
    "bucket": lambda bucket: MemoryBucket(bucket.name),
    "table": MemoryTable,
    "queue": MemoryQueue,
    "topic": MemoryTopic,
}


class Stores:
    """Empty drivers in memory, new for each client."""

    def of(self, resource: Any) -> Any:
        return MADE[resource.kind](resource)


STORE = """
import dataclasses
from portable import BucketReadWriter, QueueSender, Table, TableReader, TableWriter, TopicPublisher

photos = Bucket("photos")
rows = Table("rows", key="id")
sessions = Table("sessions", key="id", ttl="ends")

@function(http.get("/photos/{name:path}"))
def show(name: str, store: Annotated[BucketReader, photos]) -> bytes:
    return store.get(name)

@function(http.get("/in/{folder}/photos"))
def inside(folder: str, store: Annotated[BucketReader, photos], name: str = "a") -> bytes:
    return store.get(f"{folder}/{name}")

@function(http.get("/list"))
def listing(store: Annotated[BucketReader, photos], page: str | None = None, limit: int = 10) -> list[str]:
    return [item.key for item in store.list(page=page, limit=limit).items]

@function(http.get("/scan"))
def scan(table: Annotated[TableReader, rows], page: str | None = None) -> list[str]:
    return [row["id"] for row in table.scan(page=page).items]

@function(http.post("/rows"))
def add(body: dict, table: Annotated[TableWriter, rows]) -> None:
    table.put(body)

@function(http.post("/ends"))
def ends(body: dict, table: Annotated[TableWriter, sessions]) -> None:
    table.put({"id": "a", **body})

@function(http.post("/add"))
def increase(body: dict, table: Annotated[TableWriter, rows]) -> None:
    table.update("a", add={"n": body["by"]})

@dataclasses.dataclass
class Order:
    id: str
    count: int = 0
    notes: list[str] = dataclasses.field(default_factory=list)

typed = Table("typed", key="id", row=Order)
jobs = Queue("jobs")
news = Topic("news")

@function(http.post("/typed"))
def add_typed(body: dict, table: Annotated[TableWriter, typed]) -> None:
    table.put(body)

@function(http.post("/made"))
def add_made(body: dict, table: Annotated[TableWriter, typed]) -> None:
    table.put(Order("a", body["count"]))

@function(http.patch("/typed/{id}"))
def change(id: str, body: dict, table: Annotated[TableWriter, typed]) -> None:
    table.put(Order(id))
    table.update(id, set=body)

@function(http.post("/typed/{id}/count"))
def count(id: str, body: Any, table: Annotated[TableWriter, typed]) -> None:
    table.update(id, add={"count": body})

@function(http.post("/find"))
def find(body: dict, table: Annotated[TableReader, rows]) -> list[Any]:
    return table.batch_get(body["ids"])

@function(http.post("/jobs"))
def work(body: Any, queue: Annotated[QueueSender, jobs]) -> str:
    return queue.send(body)

@function(http.post("/jobs/wrapped"))
def wrapped(body: Any, queue: Annotated[QueueSender, jobs]) -> str:
    return queue.send({"id": 1, "from": body})

@function(http.post("/jobs/own"))
def own(body: Any, queue: Annotated[QueueSender, jobs]) -> str:
    return queue.send({"from": body, "own": "x" * 60_000})

@function(http.post("/news"))
def publish(body: dict, topic: Annotated[TopicPublisher, news]) -> str:
    return topic.publish("x", attributes=body)

@function(http.post("/answer"))
def answer(body: dict) -> Any:
    if "url" in body:
        return Response.redirect(body["url"])
    if "cookie" in body:
        return Response().set_cookie("a", body["cookie"])
    if "header" in body:
        return Response(headers={"x-a": body["header"]})
    return body["value"]

@function(http.post("/uploads"))
def upload(request: Request, store: Annotated[BucketWriter, photos]) -> None:
    file = request.form().file("photo")
    store.put(file.filename, file.open(), content_type=file.content_type)

@function(http.get("/constant"))
def constant(store: Annotated[BucketReader, photos], name: str = "a") -> bytes:
    return store.get("../x")

@function(http.get("/range"))
def part(store: Annotated[BucketReadWriter, photos], start: int = 0) -> bytes:
    store.put("a", b"abc")
    return store.get("a", range=(start, None))
"""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Entry]:
    with served(tmp_path_factory.mktemp("store"), STORE, drivers=Stores()) as found:
        yield found


@pytest.mark.parametrize(
    ("path", "query", "status", "at"),
    [
        ("/photos/a/../b", "", 404, "path.name"),
        ("/photos/", "", 404, "path.name"),
        ("/photos/a%00b", "", 404, "path.name"),
        ("/photos/" + "x" * 1500, "", 404, "path.name"),
        ("/in/../photos", "", 404, "path.folder"),
        ("/in/a/photos", "name=..", 400, "query.name"),
        ("/in/a/photos", "name=%00", 400, "query.name"),
        ("/list", "page=nonsense", 400, "query.page"),
        ("/list", "limit=0", 400, "query.limit"),
        ("/list", "limit=100000", 400, "query.limit"),
        ("/scan", "page=nonsense", 400, "query.page"),
        ("/range", "start=99", 400, "query.start"),
    ],
)
def test_a_value_of_the_request_that_a_client_refuses_is_the_callers_fault(
    store: Entry, path: str, query: str, status: int, at: str
) -> None:
    response = store.send("GET", path, query)
    assert (response.status, json.loads(response.body).get("at")) == (status, at)


@pytest.mark.parametrize(
    ("row", "at"),
    [
        ({"id": ""}, "body.id"),
        ({"id": "x" * 300}, "body.id"),
        ({"id": 5}, "body.id"),
        ({"id": "a", "n": 10**40}, "body.n"),
        ({"id": "a", "deep": [[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]}, "body.deep"),
        ({"id": "a", "text": "\ud800"}, "body.text"),
    ],
)
def test_a_value_of_the_body_that_a_table_refuses_is_400_with_its_place(store: Entry, row: Any, at: str) -> None:
    response = store.send("POST", "/rows", body=json.dumps(row).encode())
    assert response.status == 400
    assert json.loads(response.body)["at"].startswith(at)


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "at"),
    [
        ("POST", "/rows", '{"id": null}', 400, "body.id"),
        ("POST", "/rows", '{"name": "a"}', 400, "body"),
        ("POST", "/rows", '{"id": "a", "n": "' + "x" * 400_000 + '"}', 413, "body.n"),
        ("POST", "/typed", '{"id": "a", "count": "many"}', 400, "body.count"),
        ("POST", "/typed", '{"id": "a", "notes": ["b", 5]}', 400, "body.notes[1]"),
        ("POST", "/typed", '{"count": 1}', 400, "body"),
        ("POST", "/typed", '{"id": "a", "count": "\\ud800"}', 400, "body"),
        ("POST", "/made", '{"count": "many"}', 400, "body.count"),
        ("PATCH", "/typed/a", '{"count": "many"}', 400, "body.count"),
        ("PATCH", "/typed/a", '{"id": "b"}', 400, "body.id"),
        ("PATCH", "/typed/a", '{"unknown": 1}', 400, "body.unknown"),
        ("POST", "/typed/a/count", "1.5", 400, "body"),
        ("POST", "/typed/a/count", "null", 400, "body"),
        ("POST", "/find", '{"ids": [[]]}', 400, "body.ids[0]"),
        ("POST", "/jobs", '{"a": "\\ud800"}', 400, "body.a"),
        ("POST", "/jobs", '{"\\ud800": 1}', 400, "body"),
        ("POST", "/jobs", "[1e400]", 400, "body[0]"),
        ("POST", "/jobs", '["' + "x" * 60_000 + '"]', 413, "body"),
        ("POST", "/jobs/wrapped", '["' + "x" * 60_000 + '"]', 413, "body"),
        ("POST", "/jobs/wrapped", json.dumps(["x"] * 20_000), 413, "body"),
        ("POST", "/jobs/own", '"a"', 500, None),
        ("POST", "/news", '{"a": 1}', 400, "body.a"),
        ("POST", "/news", '{"a b": "c"}', 400, "body.a b"),
        ("POST", "/news", '{"a": null}', 400, "body.a"),
        ("POST", "/answer", '{"url": 5}', 400, "body.url"),
        ("POST", "/answer", '{"url": "\\ud800"}', 400, "body.url"),
        ("POST", "/answer", '{"cookie": "a;b"}', 400, "body.cookie"),
        ("POST", "/answer", '{"header": "a\\nb"}', 400, "body.header"),
        ("POST", "/answer", '{"value": "\\ud800"}', 400, "body.value"),
        ("POST", "/answer", '{"value": [1e400]}', 400, "body.value[0]"),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else None,
)
def test_whatever_part_of_a_body_is_refused_on_its_way_is_the_callers_fault(
    store: Entry, method: str, path: str, body: str, status: int, at: str | None
) -> None:
    response = store.send(method, path, body=body.encode())
    assert (response.status, json.loads(response.body).get("at")) == (status, at)


@pytest.mark.parametrize(
    ("name", "media_type"),
    [("a.png", "image/"), ("a.png", "image/\u00e9"), ("a.png", "a b/c"), ("../a.png", "image/png")],
)
def test_the_name_and_the_media_type_of_a_file_are_the_callers(store: Entry, name: str, media_type: str) -> None:
    head = f'Content-Disposition: form-data; name="photo"; filename="{name}"\r\nContent-Type: {media_type}'
    body = f"--B\r\n{head}\r\n\r\n1\r\n--B--".encode()
    response = store.send("POST", "/uploads", "", {"content-type": "multipart/form-data; boundary=B"}, body)
    assert (response.status, json.loads(response.body).get("at")) == (400, "body.photo")


def test_a_key_that_the_app_made_wrongly_is_500(store: Entry) -> None:
    assert store.send("GET", "/constant", "name=other").status == 500
    assert store.send("GET", "/constant", headers={"accept": "*/*", "dnt": "1", "x": "."}).status == 500


@pytest.mark.parametrize(
    ("path", "body", "at"),
    [
        ("/rows", {"n": 1}, "body"),
        ("/rows", {}, "body"),
        ("/ends", {"ends": "tomorrow"}, "body.ends"),
        ("/add", {"by": "x"}, "body.by"),
    ],
)
def test_a_row_of_the_client_without_its_key_or_with_a_wrong_value_is_400(
    store: Entry, path: str, body: Any, at: str
) -> None:
    response = store.send("POST", path, body=json.dumps(body).encode())
    assert (response.status, json.loads(response.body).get("at")) == (400, at)
