"""What an app asks for all its replies: gzip, MessagePack, problems. An app that asks for nothing has the same text as ever."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from searches import examples
from unit.tooling.entry.apps import Entry, served

from portable.eventing.accepting import quality
from portable.tooling.app.http_settings import HttpSettings

SOURCE = """
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


@dataclass
class Order:
    sku: str
    count: int = 1


@function(http.get("/large"))
def large() -> dict[str, str]:
    return {"text": "a" * 5000}


@function(http.get("/small"))
def small() -> dict[str, str]:
    return {"text": "a"}


@function(http.get("/tagged"))
async def tagged() -> Response:
    return Response.text("word " * 1000, headers={"etag": '"one"', "vary": "Cookie"}).set_cookie("a", "1")


@function(http.get("/noise/{kind}"))
def noise(kind: str) -> Response:
    body = bytes(range(256)) * 8
    if kind == "stream":
        return Response.stream(["a" * 2000], "text/plain")
    if kind == "packed":
        return Response(body, headers={"content-encoding": "br", "content-type": "text/plain"})
    if kind == "kept":
        return Response("a" * 2000, headers={"cache-control": "no-transform"})
    return Response(body, media_type="image/png")


@function(http.post("/orders"))
def order(body: Order) -> Order:
    return Order(body.sku, body.count + 1)


@function(http.post("/plain"))
async def plain(body: dict[str, Any]) -> dict[str, Any]:
    return {"got": body, "amount": Decimal("1.50")}


@function(http.get("/fails/{kind}"))
def fails(kind: str, size: int = 0) -> str:
    if kind == "words":
        raise HTTPError(409, "it is sold", {"x-a": "1"})
    if kind == "own":
        raise HTTPError(409, {"type": "https://shop.example/sold", "title": "Sold", "left": 3})
    if kind == "list":
        raise HTTPError(422, [1, 2])
    raise ValueError("a secret")
"""
PACKED = "application/msgpack"


def test_an_app_that_asks_for_nothing_has_no_line_of_it(tmp_path: Path) -> None:
    with served(tmp_path, SOURCE) as app:
        assert not any(word in app.source for word in ("Finished", "msgpack", "compress", "problems"))
        assert app.send("GET", "/large", headers={"accept-encoding": "gzip", "accept": PACKED}).header("vary") is None


@pytest.fixture(params=[False, True], ids=["here", "awaited"])
def app(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    with served(tmp_path, SOURCE, awaited=request.param, settings=HttpSettings(compress=True, msgpack=True)) as found:
        yield found


def test_a_large_reply_is_compressed_for_who_takes_it(app: Entry) -> None:
    reply = app.send("GET", "/large", headers={"accept-encoding": "br, gzip;q=0.5"})
    assert reply.header("content-encoding") == "gzip"
    assert json.loads(gzip.decompress(reply.body)) == {"text": "a" * 5000}
    assert len(reply.body) < 200
    assert reply.header("vary") == "Accept, Accept-Encoding"
    assert app.send("GET", "/large", headers={"accept-encoding": "gzip"}).body == reply.body
    for refused in ("", "br", "gzip;q=0", "*;q=0", "identity"):
        plain = app.send("GET", "/large", headers={"accept-encoding": refused})
        assert (plain.header("content-encoding"), plain.header("vary")) == (None, "Accept, Accept-Encoding")
    assert app.send("HEAD", "/large", headers={"accept-encoding": "*"}).header("content-length") == str(len(reply.body))


def test_what_would_not_become_smaller_is_left_alone(app: Entry) -> None:
    for path in ("/small", "/noise/image", "/noise/packed", "/noise/kept", "/noise/stream"):
        reply = app.send("GET", path, headers={"accept-encoding": "gzip"})
        assert reply.header("content-encoding") in (None, "br")


def test_an_etag_of_other_bytes_is_weak(app: Entry) -> None:
    reply = app.send("GET", "/tagged", headers={"accept-encoding": "gzip"})
    assert (reply.header("etag"), reply.header("vary")) == ('W/"one"', "Cookie, Accept-Encoding")
    assert reply.cookies == ["a=1; Path=/; SameSite=Lax"]
    assert app.send("GET", "/tagged").header("etag") == '"one"'


def test_a_typed_result_is_messagepack_for_who_wants_it_more(app: Entry) -> None:
    body = msgspec.msgpack.encode({"sku": "tea", "count": 2})
    for sent in (PACKED, "application/x-msgpack", "application/json;q=0.5, application/msgpack;q=0.9"):
        reply = app.send("POST", "/orders", headers={"content-type": PACKED, "accept": sent}, body=body)
        assert (reply.status, reply.header("content-type"), reply.header("vary")) == (200, PACKED, "Accept")
        assert msgspec.msgpack.decode(reply.body) == {"sku": "tea", "count": 3}
    for sent in ("", "*/*", "application/*", "application/json, application/msgpack", "application/msgpack;q=0"):
        reply = app.send("POST", "/orders", headers={"content-type": PACKED, "accept": sent}, body=body)
        assert (reply.header("content-type"), reply.header("vary")) == ("application/json", "Accept")
    plain = app.send("POST", "/plain", headers={"accept": PACKED}, body=b'{"a": [1, null]}')
    assert msgspec.msgpack.decode(plain.body) == {"got": {"a": [1, None]}, "amount": "1.50"}


@pytest.mark.parametrize(
    "body", [b"", b"\xc1", b"\x81", msgspec.msgpack.encode({"sku": 7}), msgspec.msgpack.encode([1])]
)
def test_a_body_that_does_not_fit_is_the_clients_fault(app: Entry, body: bytes) -> None:
    reply = app.send("POST", "/orders", headers={"content-type": PACKED}, body=body)
    assert reply.status == 400
    assert json.loads(reply.body)["at"].startswith("body")
    assert app.send("POST", "/orders", headers={"content-type": "text/plain"}, body=b"x").status == 415


PROBLEMS: list[tuple[str, int, dict[str, Any]]] = [
    ("words", 409, {"type": "about:blank", "title": "Conflict", "status": 409, "detail": "it is sold"}),
    ("own", 409, {"type": "https://shop.example/sold", "title": "Sold", "status": 409, "left": 3}),
    ("list", 422, {"type": "about:blank", "title": "Unprocessable Entity", "status": 422, "value": [1, 2]}),
    (
        "x",
        500,
        {"type": "about:blank", "title": "Internal Server Error", "status": 500, "detail": "Internal Server Error"},
    ),
]


@pytest.mark.parametrize(("kind", "status", "members"), PROBLEMS)
def test_an_error_is_a_problem_for_who_asks(tmp_path: Path, kind: str, status: int, members: dict[str, Any]) -> None:
    with served(tmp_path, SOURCE) as app:
        reply = app.send("GET", f"/fails/{kind}", headers={"accept": "application/json, application/problem+json"})
        assert (reply.status, reply.header("content-type")) == (status, "application/problem+json")
        found = json.loads(reply.body)
        assert {**found, "title": members["title"]} == members
        for sent in ("*/*", "application/json", "application/problem+json;q=0"):
            plain = app.send("GET", f"/fails/{kind}", headers={"accept": sent})
            assert plain.header("content-type") == "application/json"
            assert "title" not in json.loads(plain.body) or kind == "own"


def test_an_app_may_send_problems_to_everybody(tmp_path: Path) -> None:
    with served(tmp_path, SOURCE, settings=HttpSettings(problems=True, invalid_status=422)) as app:
        unknown = app.send("GET", "/nowhere")
        assert (unknown.status, unknown.header("content-type")) == (404, "application/problem+json")
        assert json.loads(unknown.body)["title"] == "Not Found"
        wrong = json.loads(app.send("GET", "/fails/x", "size=a").body)
        assert (wrong["status"], wrong["at"], wrong["errors"][0]["at"]) == (422, "query.size", "query.size")
        assert app.send("GET", "/fails/words").header("x-a") == "1"


@given(st.text(max_size=30))
@examples(100)
def test_no_header_breaks_the_reading_of_weights(text: str) -> None:
    assert 0 <= quality(text, "gzip") <= 1
