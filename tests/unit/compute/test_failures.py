"""Nothing that a handler does ends the process, and nothing that a client sends is a 500."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from unit.tooling.entry.apps import Entry, served

from portable.persistence.memory import MemoryTable
from portable.storage.memory import MemoryBucket

APP = """
import asyncio
import uuid

@function(http.get("/raise/{kind}"))
def plain(kind: str) -> None:
    raise RAISED[kind]()

@function(http.get("/later/{kind}"))
async def later(kind: str) -> None:
    await asyncio.sleep(0)
    raise RAISED[kind]()

class NoText(Exception):
    def __str__(self):
        raise ValueError("no text either")

class NoStatus(HTTPError):
    def __init__(self):
        pass

class Strange(BaseException):
    pass

RAISED = {
    "exit": lambda: SystemExit(3),
    "cancelled": asyncio.CancelledError,
    "interrupt": KeyboardInterrupt,
    "generator": GeneratorExit,
    "strange": Strange,
    "group": lambda: ExceptionGroup("several", [ValueError("a"), KeyError("b")]),
    "base group": lambda: BaseExceptionGroup("several", [SystemExit(1), ValueError("a")]),
    "no text": NoText,
    "no status": NoStatus,
    "status 99": lambda: HTTPError(99, "x"),
    "status True": lambda: HTTPError(True, "x"),
    "status text": lambda: HTTPError("404", "x"),
    "detail": lambda: HTTPError(400, NoText()),
}
"""


@pytest.fixture(scope="module", params=[False, True], ids=["called", "awaited"])
def entry(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Entry]:
    with served(tmp_path_factory.mktemp("app"), APP, awaited=request.param) as found:
        yield found


KINDS = ["exit", "cancelled", "interrupt", "generator", "strange", "group", "base group", "no text"]


@pytest.mark.parametrize("kind", [*KINDS, "no status", "status 99", "status True", "status text", "detail"])
@pytest.mark.parametrize("path", ["raise", "later"])
def test_whatever_a_handler_raises_is_500_and_the_next_request_is_answered(entry: Entry, path: str, kind: str) -> None:
    for method in ("GET", "HEAD"):
        response = entry.send(method, f"/{path}/{kind.replace(' ', '%20')}")
        assert response.status == 500
    assert json.loads(entry.send("GET", f"/{path}/{kind}").body) == {"detail": "Internal Server Error"}


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_handler_raised_is_logged_with_its_traceback(
    entry: Entry, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        entry.send("GET", f"/raise/{kind.replace(' ', '%20')}")
    assert [record.exc_info is not None for record in caplog.records if record.name == "portable"] == [True]


class _Broken(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        raise OSError("the log is full")


def test_a_log_handler_that_fails_does_not_fail_the_reply(entry: Entry) -> None:
    broken = _Broken()
    logging.getLogger("portable").addHandler(broken)
    try:
        assert entry.send("GET", "/raise/group").status == 500
    finally:
        logging.getLogger("portable").removeHandler(broken)


def test_a_task_that_is_cancelled_from_outside_ends() -> None:
    from time import time

    from portable.compute.context import Context
    from portable.compute.dispatch import http_async
    from portable.eventing.request import Request
    from portable.eventing.routing import Route, RouteTable

    async def handler(request: Any, context: Any) -> None:
        await asyncio.sleep(30)

    table = RouteTable([("/", {"GET": Route("f", handler, 10)})])

    async def run() -> int:
        task = asyncio.create_task(http_async(table, Request("GET", "/"), Context("r", "f", time() + 1)))
        await asyncio.sleep(0)
        task.cancel()
        return (await task).status

    assert asyncio.run(run()) == 500


class Stores:
    """Empty drivers in memory, new for each client."""

    def of(self, resource: Any) -> Any:
        return MemoryBucket(resource.name) if resource.kind == "bucket" else MemoryTable(resource)


STORE = """
from portable import BucketReadWriter, Table, TableReader, TableWriter

photos = Bucket("photos")
rows = Table("rows", key="id")

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


def test_a_key_that_the_app_made_wrongly_is_500(store: Entry) -> None:
    assert store.send("GET", "/constant", "name=other").status == 500
    assert store.send("GET", "/constant", headers={"accept": "*/*", "dnt": "1", "x": "."}).status == 500
