"""A Response that was made can be encoded on every target, and the client gets it as it was made."""

from __future__ import annotations

import enum
import http as standard
import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from types import MappingProxyType
from typing import Any
from uuid import UUID

import hosts.aws_requests as aws_kit
import pytest
from hypothesis import given
from hypothesis import strategies as st
from searches import examples

import portable_aws.runtime.http as aws
import portable_azure.runtime.http as azure
import portable_azure.testing.http as azure_kit
import portable_gcp.runtime.http as gcp
import portable_gcp.testing.http as gcp_kit
from portable.eventing.multidict import join_headers
from portable.eventing.request import Request
from portable.eventing.response import Response, to_response

EVENTS = {form: aws_kit.encode_request(Request("GET", "/"), form) for form in aws_kit.FORMS}


def by_aws(form: str, response: Response) -> Response:
    _, encode = aws.decode(EVENTS[form])
    return aws_kit.decode_response(json.loads(json.dumps(encode(response, EVENTS[form]))))


def by_gcp(response: Response) -> Response:
    reply = gcp.reply(response)
    return gcp_kit.decode_response((reply.status_code, list(reply.headers), reply.get_data()))


ROADS: dict[str, Any] = {
    "azure": lambda response: azure_kit.decode_response(azure._encode(response)),
    "gcp": by_gcp,
    **{form: (lambda response, form=form: by_aws(form, response)) for form in aws_kit.FORMS},
}
NAMES = st.sampled_from(
    ["x-a", "X-A", "etag", "location", "Location", "content-type", "set-cookie", "te", "vary"]
) | st.text(max_size=6)
VALUES = st.sampled_from(["a=1; Path=/", "path=1", "text/html", "a/b; c=d", "/é", "\x00", "a\r\nb", "Ā"]) | st.text(
    max_size=8
)
COOKIE = st.fixed_dictionaries(
    {"name": st.text(max_size=4) | st.sampled_from(["a", "path", "$x"]), "value": st.text(max_size=4)},
    optional={
        "max_age": st.integers(-5, 5) | st.booleans() | st.floats(),
        "expires": st.datetimes() | st.datetimes(timezones=st.just(UTC)),
        "path": st.text('/a b;\\é"', max_size=4),
        "domain": st.text("a.,;", max_size=4),
        "samesite": st.sampled_from(["lax", "Strict", "none", "other", "", None]),
        "secure": st.booleans(),
    },
)


def has_one_place(headers: list[tuple[str, str]] | dict[str, Any]) -> bool:
    """Say whether Location stands once at most: two are one text on a cloud that joins headers, and no URL any more."""
    names = headers if isinstance(headers, dict) else [name for name, _ in headers]
    return [name.lower() for name in names].count("location") < 2


@given(
    body=st.binary(max_size=8)
    | st.text(max_size=8)
    | st.none()
    | st.integers()
    | st.just({})
    | st.just(bytearray(b"x")),
    status=st.integers(90, 610)
    | st.booleans()
    | st.text(max_size=2)
    | st.sampled_from([200, 204, 304, *standard.HTTPStatus]),
    headers=st.none()
    | st.lists(st.tuples(NAMES, VALUES), max_size=3).filter(has_one_place)
    | st.dictionaries(NAMES, VALUES | st.integers()).filter(has_one_place),
    media_type=st.none()
    | st.sampled_from(["text/html", "image/png", "nothing", "a/", "a/b\r\n"])
    | st.text(max_size=6),
    cookies=st.lists(COOKIE, max_size=2),
)
@examples(400)
def test_what_could_be_made_can_be_sent_and_arrives(
    body: Any, status: Any, headers: Any, media_type: Any, cookies: list[Any]
) -> None:
    try:
        made = Response(body, status, headers, media_type)
        for cookie in cookies:
            made.set_cookie(**cookie)
    except (ValueError, TypeError):
        return
    assert type(made.status) is int
    wanted = {name: value.strip() for name, value in join_headers(made.headers).items()}
    for name, road in ROADS.items():
        came = road(made)
        assert (came.status, came.body) == (made.status, made.body), name
        assert {n: v.strip() for n, v in join_headers(came.headers).items()} == wanted, name
        assert len(came.cookies) == len(made.cookies), name


@pytest.mark.parametrize("status", [True, "200", 200.0, None, 99, 600, 0, -1, 100, 101, 103, 199])
def test_a_status_is_a_whole_number_from_200_to_599(status: Any) -> None:
    with pytest.raises(ValueError, match="from 200 to 599"):
        Response(b"", status)


@pytest.mark.parametrize("status", [204, 205, 304])
@pytest.mark.parametrize("body", ["x", b"x"])
def test_a_status_that_allows_no_body_has_none(status: int, body: Any) -> None:
    with pytest.raises(ValueError, match="must have no body"):
        Response(body, status)
    assert Response(b"", status).body == b""


def test_a_status_of_the_standard_library_is_one() -> None:
    assert repr(Response.json({}, standard.HTTPStatus.CREATED).status) == "201"


@pytest.mark.parametrize("body", [None, 5, {}, [], object()])
def test_a_body_is_bytes_or_text(body: Any) -> None:
    with pytest.raises(TypeError, match=r"Response\.json"):
        Response(body)


@pytest.mark.parametrize(
    "headers",
    [
        {"connection": "close"},
        {"Transfer-Encoding": "chunked"},
        {"content-length": "9"},
        {"content-length": "x"},
        {"content-type": "nothing"},
        {"x": "Ā"},
        {"x": "\x85"},
        {"x": "\ud800"},
        {5: "x"},
        {"x": b"y"},
        {"set-cookie": "a"},
        {"set-cookie": "expires=1"},
        {"set-cookie": "a=é"},
        {"set-cookie": "a=1; path=/ x"},
        {"set-cookie": "a=1; expires=soon"},
        {"set-cookie": "a=1; expires=Thu, 01 Jan 99999 00:00:00 GMT"},
        {"set-cookie": "a=1; SameSite=other"},
        {"set-cookie": "a=1; samesite"},
        {"set-cookie": "a=1; Max-Age=soon"},
        {"set-cookie": "a=1; max-age=1.5"},
        {"set-cookie": "a=1; Secure=yes"},
        {"set-cookie": "a=1; HttpOnly=1"},
        {"location": "/a\r\nset-cookie: a=1"},
        [("location", "/a"), ("Location", "/b")],
        [("content-type", "text/html"), ("content-type", "text/plain")],
    ],
)
def test_a_header_that_a_target_could_not_send_is_refused(headers: Any) -> None:
    with pytest.raises(ValueError):
        Response(b"abc", headers=headers)


def test_a_location_is_percent_encoded_once() -> None:
    response = Response(b"", 302, {"Location": "/zoë/a%20b?q=ü"})
    assert response.headers == [("Location", "/zo%C3%AB/a%20b?q=%C3%BC")]


class Colour(enum.Enum):
    RED = "red"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({UUID(int=1): 1}, '{"00000000-0000-0000-0000-000000000001":1}'),
        ({Colour.RED: [{Colour.RED: 1}]}, '{"red":[{"red":1}]}'),
        ({date(2026, 1, 2): {"a": 1}}, '{"2026-01-02":{"a":1}}'),
        ({datetime(2026, 1, 2, tzinfo=UTC): None}, '{"2026-01-02T00:00:00+00:00":null}'),
        ({Decimal("1.50"): UUID(int=2)}, '{"1.50":"00000000-0000-0000-0000-000000000002"}'),
        ({1: {2: {Colour.RED: 3}}}, '{"1":{"2":{"red":3}}}'),
        (MappingProxyType({"a": 1}), '{"a":1}'),
    ],
)
def test_a_mapping_with_keys_that_json_can_say_is_encoded(value: Any, text: str) -> None:
    assert to_response(value).body.decode() == text
    assert Response.json(value).body.decode() == text


@pytest.mark.parametrize("value", [{(1, 2): 3}, {object(): 1}, {frozenset(): 1}])
def test_a_key_that_json_cannot_say_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match="cannot be written as JSON"):
        to_response(value)


def test_two_keys_with_one_text_are_refused() -> None:
    with pytest.raises(ValueError, match="two keys"):
        to_response({Colour.RED: 1, "red": 2})


@pytest.mark.parametrize("value", [({}, 201), ("text", 404), (), (1, 2, 3)])
def test_a_tuple_is_not_answered_as_a_list(value: Any) -> None:
    with pytest.raises(TypeError, match="returned a tuple"):
        to_response(value)


@pytest.mark.parametrize(
    "cookie",
    [
        "a=1; Path=/; SameSite=None; Secure; HttpOnly; Max-Age=-1; Expires=Thu, 01 Jan 2026 00:00:00 GMT",
        "a=1; samesite=STRICT; Priority=High; Partitioned",
        "a=1; max-age = 5 ; secure ",
    ],
)
def test_a_cookie_that_was_written_by_hand_arrives(cookie: str) -> None:
    made = Response("x", headers={"set-cookie": cookie})
    assert made.cookies == [cookie]
    for road in ROADS.values():
        assert len(road(made).cookies) == 1


def test_a_moment_outside_the_calendar_is_no_expiry() -> None:
    with pytest.raises(ValueError, match="outside the years"):
        Response().set_cookie("a", expires=datetime.max.replace(tzinfo=timezone(-timedelta(hours=1))))
