"""All faults of a request are in one reply: of every parameter, also of providers; the handler and providers do not run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from unit.tooling.entry.apps import Entry, served

from portable.tooling.app.http_settings import HttpSettings

SOURCE = """
import datetime
from dataclasses import dataclass
import msgspec
from portable import Depends, InvalidInput

RAN: list[str] = []

@dataclass
class Item:
    name: str
    count: Annotated[int, msgspec.Meta(ge=1)] = 1

def page(size: int = 10, token: Annotated[str, http.Header("x-token")] = "") -> int:
    RAN.append("page")
    return size

@function(http.post("/{shop}/items/{number}"))
def post(
    shop: str, number: int, body: Item, size: Annotated[int, Depends(page)], day: datetime.date, tags: list[int],
    agent: Annotated[str, http.Header("user-agent")], session: Annotated[int, http.Cookie("session")] = 0,
) -> list[Any]:
    RAN.append("post")
    return [shop, number, body, size, day, tags, agent, session]

@function(http.put("/{shop}/items/{number}"))
async def put(number: int, size: int, shop: str) -> str:
    RAN.append("put")
    raise InvalidInput("said by the handler", "query.other")

@function(http.get("/two/{name}"))
def two(name: str, size: int = 0) -> str:
    RAN.append("two")
    raise InvalidInput("said by the handler", "query.other")

@function(http.get("/single/{number}"))
def single(number: int) -> int:
    return number

@function(http.post("/naive"))
def naive(at: datetime.datetime, until: datetime.datetime, body: Item) -> str:
    return "ok"
"""


def told(entry: Entry, method: str, path: str, query: str = "", **options: Any) -> tuple[int, list[str], str]:
    response = entry.send(method, path, query, **options)
    found = json.loads(response.body)
    assert {"at": found["at"], "message": found["detail"]} == found["errors"][0]
    assert list(found) == ["detail", "at", "errors"]
    return response.status, [each["at"] for each in found["errors"]], found["detail"]


@pytest.fixture(params=[False, True], ids=["sync host", "async host"])
def entry(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    with served(tmp_path, SOURCE, awaited=request.param) as found:
        yield found


def ran(entry: Entry) -> list[str]:
    names: list[str] = entry.namespace["_handle_post"].__globals__["RAN"]
    return names


def test_every_fault_is_told_once_and_nothing_runs(entry: Entry) -> None:
    body = b'{"count": 0}'
    query = "day=today&tags=1&tags=x&tags=y&size=big"
    status, places, _ = told(entry, "POST", "/tea/items/none", query, headers={"cookie": "session=x"}, body=body)
    assert status == 400
    assert sorted(places) == [
        "body", "body.count", "cookie.session", "header.user-agent", "path.number", "query.day", "query.size",
        "query.tags[1]", "query.tags[2]",
    ]  # fmt: skip
    assert ran(entry) == []


def test_a_right_request_is_answered(entry: Entry) -> None:
    sent = {"headers": {"user-agent": "me", "cookie": "session=4"}, "body": b'{"name": "a"}'}
    response = entry.send("POST", "/tea/items/7", "day=2026-01-02&tags=1&size=5", **sent)  # type: ignore[arg-type]
    assert json.loads(response.body) == ["tea", 7, {"name": "a", "count": 1}, 5, "2026-01-02", [1], "me", 4]
    assert ran(entry) == ["page", "post"]


def test_a_fault_that_the_handler_raises_is_told_as_it_is(entry: Entry) -> None:
    assert told(entry, "PUT", "/tea/items/7", "size=1") == (400, ["query.other"], "said by the handler")
    assert told(entry, "GET", "/two/a") == (400, ["query.other"], "said by the handler")
    assert ran(entry) == ["put", "two"]


def test_a_body_of_another_media_type_keeps_its_status(entry: Entry) -> None:
    sent = {"headers": {"content-type": "text/csv", "user-agent": "me"}, "body": b"1"}
    status, places, _ = told(entry, "POST", "/tea/items/7", "day=2026-01-02&tags=x", **sent)
    assert (status, sorted(places)) == (415, ["body", "query.tags[0]"])


def test_dates_and_times_without_an_offset_are_faults_like_others(entry: Entry) -> None:
    query = "at=2026-01-02T03:04:05&until=2026-01-02T03:04:05Z"
    status, places, detail = told(entry, "POST", "/naive", query, body=b"{}")
    assert (status, sorted(places)) == (400, ["body", "query.at"])
    assert "offset" in detail or "name" in detail


def test_a_function_with_one_part_has_no_more_text_than_before(entry: Entry) -> None:
    single = entry.source.partition("def _call_single")[2].partition("\n\n")[0]
    assert "try" not in single
    two = entry.source.partition("def _call_two")[2].partition("\n\n")[0]
    assert "try" not in two  # the text of a path is never wrong
    assert told(entry, "GET", "/single/x")[:2] == (400, ["path.number"])


@pytest.mark.parametrize("awaited", [False, True])
def test_an_app_may_say_422_for_what_it_cannot_read(tmp_path: Path, awaited: bool) -> None:
    with served(tmp_path, SOURCE, awaited=awaited, settings=HttpSettings(invalid_status=422)) as entry:
        assert told(entry, "GET", "/single/x")[:2] == (422, ["path.number"])
        assert told(entry, "GET", "/two/a")[:2] == (422, ["query.other"])
        sent: dict[str, Any] = {"headers": {"content-type": "text/csv", "user-agent": "me"}, "body": b"1"}
        assert told(entry, "POST", "/tea/items/7", "day=2026-01-02", **sent)[0] == 415
        assert entry.send("GET", "/nowhere").status == 404
        assert entry.send("DELETE", "/single/1").status == 405
