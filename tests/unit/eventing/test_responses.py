"""What a handler may return and what the client gets of it."""

from __future__ import annotations

import enum
import json
from collections import OrderedDict
from dataclasses import InitVar, dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, ClassVar, NamedTuple, TypedDict
from uuid import UUID

import msgspec
import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from portable.eventing.response import Response, to_response

TEXT = "text/plain; charset=utf-8"
OCTETS = "application/octet-stream"
JSON = "application/json"


class Colour(enum.Enum):
    RED = "red"


class Level(enum.IntEnum):
    LOW = 1


class Word(enum.StrEnum):
    YES = "yes"


@dataclass
class Item:
    kind: ClassVar[str] = "not a field"
    secret: InitVar[int]
    name: str
    inner: list[Any] = field(default_factory=list)


@dataclass(slots=True)
class Slotted:
    a: int


class Struct(msgspec.Struct, rename="camel"):
    some_name: int
    at: datetime


class Model(pydantic.BaseModel):
    name: str
    at: date


class Typed(TypedDict):
    a: int


class Point(NamedTuple):
    x: int
    y: int


@pytest.mark.parametrize(
    ("value", "status", "media_type", "body"),
    [
        (None, 204, None, b""),
        ("héllo", 200, TEXT, "héllo".encode()),
        ("", 200, TEXT, b""),
        (Word.YES, 200, TEXT, b"yes"),
        (b"\x00\xff", 200, OCTETS, b"\x00\xff"),
        (bytearray(b"a"), 200, OCTETS, b"a"),
        (memoryview(b"a"), 200, OCTETS, b"a"),
        ({"a": [1, None, True, "é"]}, 200, JSON, '{"a":[1,null,true,"é"]}'.encode()),
        (OrderedDict(a=1), 200, JSON, b'{"a":1}'),
        ([1, (2, 3)], 200, JSON, b"[1,[2,3]]"),
        (Point(1, 2), 200, JSON, b"[1,2]"),
        (Typed(a=1), 200, JSON, b'{"a":1}'),
        (Item(7, "x", [Slotted(1)]), 200, JSON, b'{"name":"x","inner":[{"a":1}]}'),
        (Slotted(2), 200, JSON, b'{"a":2}'),
        (Struct(1, datetime(2024, 1, 2, tzinfo=UTC)), 200, JSON, b'{"someName":1,"at":"2024-01-02T00:00:00Z"}'),
        (Model(name="n", at=date(2024, 1, 2)), 200, JSON, b'{"name":"n","at":"2024-01-02"}'),
        ([Model(name="n", at=date(2024, 1, 2))], 200, JSON, b'[{"name":"n","at":"2024-01-02"}]'),
        (
            {
                "u": UUID(int=1),
                "d": Decimal("1.50"),
                "c": Colour.RED,
                "l": Level.LOW,
                "w": Word.YES,
                "s": {1},
                "b": b"\x00",
            },
            200,
            JSON,
            b'{"u":"00000000-0000-0000-0000-000000000001","d":"1.50","c":"red","l":1,"w":"yes","s":[1],"b":"AA=="}',
        ),
        ({"at": datetime(2024, 1, 2, 3, tzinfo=UTC)}, 200, JSON, b'{"at":"2024-01-02T03:00:00+00:00"}'),
        ([timedelta(days=1, seconds=2, microseconds=3)], 200, JSON, b'["P1DT2.000003S"]'),
        ([timedelta(seconds=-1)], 200, JSON, b'["-P0DT1.000000S"]'),
        (Colour.RED, 200, JSON, b'"red"'),
        (0, 200, JSON, b"0"),
        (False, 200, JSON, b"false"),
        ({1: 2, None: 3}, 200, JSON, b'{"1":2,"null":3}'),
    ],
)
def test_what_a_handler_returns_becomes_a_response(
    value: Any, status: int, media_type: str | None, body: bytes
) -> None:
    response = to_response(value)
    assert (response.status, response.header("content-type"), response.body) == (status, media_type, body)


def test_a_response_is_itself() -> None:
    response = Response(b"x", 201, {"X-A": "1"}, "image/png")
    assert to_response(response) is response
    assert response.headers == [("X-A", "1"), ("content-type", "image/png")]


@pytest.mark.parametrize(
    ("response", "media_type"),
    [
        (Response("text"), TEXT),
        (Response(b"bytes"), OCTETS),
        (Response(), None),
        (Response(b"", 204), None),
        (Response("<p>", media_type="text/html"), "text/html; charset=utf-8"),
        (Response("<p>", media_type="text/html; charset=latin-1"), "text/html; charset=latin-1"),
        (Response("<p>", headers={"Content-Type": "text/html"}, media_type="image/png"), "text/html"),
        (Response.text("x"), TEXT),
        (Response.json([]), JSON),
    ],
)
def test_the_content_type_is_what_was_said_or_what_the_body_is(response: Response, media_type: str | None) -> None:
    assert response.header("CONTENT-TYPE") == media_type


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object(), {(1, 2): 3}, {"a": lambda: 1}])
def test_what_json_cannot_hold_is_refused(value: Any) -> None:
    with pytest.raises((TypeError, ValueError)):
        to_response({"value": value} if not isinstance(value, dict) else value)


def test_text_that_a_client_sent_as_an_escape_can_be_sent_back() -> None:
    value = json.loads(b'{"name":"\\ud800 \xc3\xa9"}')
    assert json.loads(Response.json(value).body) == value
    with pytest.raises(ValueError, match="UTF-8 cannot encode"):
        Response("\ud800")


@pytest.mark.parametrize(
    "headers",
    [
        {"a\r\nb": "1"},
        {"a b": "1"},
        {"": "1"},
        {"a": "1\r\nset-cookie: x"},
        {"a": "\x00"},
        {"a": 5},
        {"set-cookie": "a\n"},
    ],
)
def test_a_header_that_would_break_the_message_is_refused(headers: Any) -> None:
    with pytest.raises(ValueError):
        Response(b"", headers=headers)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_a_redirect_is_always_a_url(url: str) -> None:
    location = Response.redirect(url).header("location")
    assert location is not None
    assert location.isascii()
    assert location.isprintable() or location == ""


def test_a_redirect_keeps_a_url_as_it_is() -> None:
    url = "https://example.org:8080/a%20b/c?d=e&f=[g]#h"
    assert Response.redirect(url, 303).header("location") == url


def test_a_cookie_carries_every_attribute() -> None:
    response = Response().set_cookie(
        "id",
        "abc",
        max_age=60,
        expires=datetime(2024, 1, 2, 4, tzinfo=timezone(timedelta(hours=1))),
        path="/a",
        domain="example.org",
        secure=True,
        httponly=True,
        samesite="none",
    )
    assert response.cookies == [
        "id=abc; Max-Age=60; Expires=Tue, 02 Jan 2024 03:00:00 GMT; Path=/a; Domain=example.org; Secure; HttpOnly; SameSite=None"
    ]


@pytest.mark.parametrize(
    ("name", "value", "more"),
    [
        ("", "a", {}),
        ("a b", "a", {}),
        ("a=", "a", {}),
        ("a", "b;c", {}),
        ("a", "b\r\nc", {}),
        ("a", "b,c", {}),
        ("a", "é", {}),
        ("a", "b c", {}),
        ("a", "b", {"path": "/;secure"}),
        ("a", "b", {"domain": "x\r\n"}),
        ("a", "b", {"expires": datetime(2024, 1, 1)}),
    ],
)
def test_a_cookie_that_rfc_6265_forbids_is_refused(name: str, value: str, more: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="cookie"):
        Response().set_cookie(name, value, **more)


@pytest.mark.parametrize("status", [200, 201, 304, 400, True])
def test_a_redirect_has_a_status_that_clients_follow(status: int) -> None:
    with pytest.raises(ValueError, match="must be 301, 302, 303, 307 or 308"):
        Response.redirect("/a", status=status)


def test_a_line_break_in_a_redirect_is_encoded() -> None:
    assert dict(Response.redirect("/a\r\nx: y").headers)["location"] == "/a%0D%0Ax:%20y"
