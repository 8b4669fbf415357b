"""Every row of the table of parameters: what an annotation gets, through the generated call."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from unit.tooling.entry.apps import HEAD, Entry, served

from portable.errors import InvalidInput
from portable.eventing.events import Event
from portable.eventing.message import Message
from portable.eventing.schedule import Tick
from portable.storage.event import StoredObject

FUTURE = "from __future__ import annotations\n" + HEAD
HEADS = pytest.mark.parametrize("head", [HEAD, FUTURE], ids=["evaluated", "postponed"])

TYPES = """
import enum, datetime, decimal, uuid
from dataclasses import dataclass
from typing import NewType, Optional, TypedDict
import msgspec, pydantic

class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"

class Level(enum.IntEnum):
    NONE = 0
    SOME = 1

Name = NewType("Name", str)

@dataclass
class Data:
    name: str
    tags: list[str]

class Typed(TypedDict):
    name: str

class Struct(msgspec.Struct):
    name: str

class Model(pydantic.BaseModel):
    name: str
"""


def answer(
    entry: Entry, path: str, query: str = "", headers: Any = None, body: bytes = b"", method: str = "GET"
) -> Any:
    response = entry.send(method, path, query, headers, body)
    return (response.status, json.loads(response.body))


@HEADS
def test_path_query_header_and_cookie_parameters_are_converted(tmp_path: Path, head: str) -> None:
    source = (
        TYPES
        + """
@function(http.get("/p/{i}/{f}/{b}/{u}/{c}/{rest:path}"))
def paths(i: int, f: float, b: bool, u: uuid.UUID, c: Colour, rest: str) -> list[Any]:
    return [i, f, b, u, c, rest]

@function(http.get("/q"))
def queries(
    s: str, n: Name, level: Level, at: datetime.datetime, day: datetime.date, d: decimal.Decimal,
    word: Literal["a", "b"], number: Literal[1, 2], yes: Literal[True], tags: list[int], maybe: int | None,
    old: Optional[str], colours: list[Colour] = [], default: int = 5, *, only: bool = False,
) -> list[Any]:
    return [s, n, level, at, day, d, word, number, yes, tags, maybe, old, colours, default, only]

@function(http.get("/h"))
def heads(
    agent: Annotated[str, http.Header("User-Agent")],
    count: Annotated[int, http.Header("X-Count")] = 1,
    session: Annotated[str | None, http.Cookie("Session")] = None,
    other: Annotated[uuid.UUID, "a note"] | None = None,
) -> list[Any]:
    return [agent, count, session, other]
"""
    )
    with served(tmp_path, source, head) as entry:
        ident = "12345678-1234-5678-1234-567812345678"
        path = f"/p/7/1.5/true/{ident}/red/a/b%20c"
        assert answer(entry, path) == (200, [7, 1.5, True, ident, "red", "a/b c"])
        query = (
            "s=&n=x&level=0&at=2024-01-02T03:04:05%2B01:00&day=2024-01-02&d=1.50&word=b&number=2&yes=true"
            "&tags=1&tags=2&colours=blue&only=1"
        )
        assert answer(entry, "/q", query) == (
            200,
            [
                "",
                "x",
                0,
                "2024-01-02T03:04:05+01:00",
                "2024-01-02",
                "1.50",
                "b",
                2,
                True,
                [1, 2],
                None,
                None,
                ["blue"],
                5,
                True,
            ],
        )
        assert answer(entry, "/q", query.replace("tags=1&", "tags=x&"))[1]["at"] == "query.tags[0]"
        assert answer(entry, "/q", query.replace("s=&", ""))[1] == {
            "detail": "a value is required",
            "at": "query.s",
            "errors": [{"at": "query.s", "message": "a value is required"}],
        }
        assert answer(entry, "/h", headers={"user-agent": "me", "x-count": "3", "cookie": "Session=s1"}) == (
            200,
            ["me", 3, "s1", None],
        )
        assert answer(entry, "/h", f"other={ident}", {"USER-AGENT": "me"}) == (200, ["me", 1, None, ident])
        assert answer(entry, "/h")[1]["at"] == "header.user-agent"


@HEADS
@pytest.mark.parametrize(
    "kind", ["Data", "Typed", "Struct", "Model", "Data | None", "list[Model]", "list[Data]", "dict[str, Any]"]
)
def test_a_body_is_decoded_and_validated(tmp_path: Path, head: str, kind: str) -> None:
    source = (
        TYPES
        + f"""
@function(http.post("/b"))
def post(body: {kind}) -> Any:
    return body
"""
    )
    value: Any = {"name": "x", "tags": ["a"]} if "Data" in kind else {"name": "x"}
    value = [value] if "list" in kind else value
    with served(tmp_path, source, head) as entry:
        assert answer(entry, "/b", body=json.dumps(value).encode(), method="POST") == (200, value)
        status, fault = answer(entry, "/b", body=b'"wrong"', method="POST")
        assert (status, fault["at"]) == (400, "body")
        if kind in ("Data", "Typed", "Struct", "Model"):
            assert answer(entry, "/b", body=b'{"name":5,"tags":[]}', method="POST")[1]["at"] == "body.name"
        if kind == "Data | None":
            assert entry.send("POST", "/b").status == 204
            assert entry.send("POST", "/b", body=b"null").status == 204


def test_bodies_of_bytes_text_and_a_type_of_another_name(tmp_path: Path) -> None:
    source = (
        TYPES
        + """
@function(http.put("/raw/{name}"))
def raw(name: str, body: bytes, request: Request, context: Context) -> list[Any]:
    return [name, len(body), request.method, context.request_id]

@function(http.put("/text"))
def text(body: str = "nothing") -> str:
    return body

@function(http.put("/item"))
def item(data: Data, /, *, shout: bool = False) -> str:
    return data.name.upper() if shout else data.name
"""
    )
    with served(tmp_path, source) as entry:
        assert answer(entry, "/raw/a", body=b"\x00\xff", method="PUT") == (200, ["a", 2, "PUT", "request-1"])
        assert entry.send("PUT", "/text").body == b"nothing"
        sent = entry.send("PUT", "/text", headers={"content-type": "text/plain; charset=latin-1"}, body=b"\xe9")
        assert sent.body == "é".encode()
        assert entry.send("PUT", "/item", "shout=1", body=b'{"name":"x","tags":[]}').body == b"X"


@HEADS
def test_events_arrive_as_they_are_declared(tmp_path: Path, head: str) -> None:
    source = (
        TYPES
        + """
photos = Bucket("photos")
jobs = Queue("jobs")
news = Topic("news")
done = Queue("done")
plain = Queue("plain")
GOT: list[Any] = []

@function(jobs.messages())
def typed(message: Message[Data], context: Context) -> None: GOT.append(message)

@function(plain.messages())
def raw(message: Message[bytes]) -> None: GOT.append(message)

@function(done.messages())
def text(message: Message[str]) -> None: GOT.append(message)

@function(news.messages())
def event(event: Event[dict[str, Any]]) -> None: GOT.append(event)

@function(photos.created())
def created(photo: StoredObject) -> None: GOT.append(photo)

@function(photos.deleted())
def deleted(event: Event[dict[str, Any]]) -> None: GOT.append(event)

@function(schedule.cron("* * * * *"))
def tick(tick: Tick) -> None: GOT.append(tick)

@function(schedule.every(minutes=5))
def ticked(event: Event) -> None: GOT.append(event)
"""
    )
    with served(tmp_path, source, head) as entry:
        got = entry.namespace["_handle_typed"].__globals__["GOT"]
        message = Message("1", b'{"name":"x","tags":[]}', 2, {"a": "b"})
        entry.call("typed", message)
        entry.call("raw", message)
        entry.call("text", message)
        entry.call("event", message)
        photo = StoredObject("photos", "a.jpg", 5)
        entry.call("created", photo)
        entry.call("deleted", photo)
        tick = Tick(datetime(2024, 1, 2, tzinfo=UTC))
        entry.call("tick", tick)
        entry.call("ticked", tick)
        assert (got[0].payload.name, got[0].attempt, got[0].attributes) == ("x", 2, {"a": "b"})
        assert got[1] == message
        assert got[2].payload == '{"name":"x","tags":[]}'
        assert isinstance(got[3], Event)
        assert got[3].data == {"name": "x", "tags": []}
        assert (got[4], got[6]) == (photo, tick)
        assert (got[5].subject, got[5].data["size"]) == ("a.jpg", 5)
        assert got[7].time == tick.scheduled_at
        with pytest.raises(InvalidInput):
            entry.call("typed", Message("1", b"{}"))
