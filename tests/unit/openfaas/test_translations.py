"""What OpenFaaS sends reads back as the event it was made of, whatever the event; anything else is refused."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from flask import Flask, request
from hosts.openfaas_events import sns_message
from hypothesis import given
from hypothesis import strategies as st

from portable.errors import EventError
from portable.eventing.message import Message
from portable.eventing.request import Request
from portable.eventing.response import Response
from portable.eventing.schedule import Tick
from portable.eventing.urls import quote
from portable_openfaas.runtime import http, messages, schedule
from portable_openfaas.testing.encode import encode_message, encode_request, encode_tick
from portable_openfaas.testing.hosted.index import Event
from portable_openfaas.testing.native import Native
from portable_openfaas.testing.recording import native, plain

APP = Flask("test")
printable = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=20)
names = st.text("abcdefghijklmnopqrstuvwxyz-", min_size=1, max_size=10)
ids = st.text("abcdef0123456789-", min_size=1, max_size=30)
moments = st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))


def event_of(sent: Native) -> Event:
    """Return the event that the template makes of a request."""
    with APP.request_context(sent.environ()):
        event = Event()
        event.headers = request.headers
        return event


@given(
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE", "HEAD", "PATCH"]),
    segments=st.lists(printable, max_size=4),
    query=st.lists(st.tuples(printable, printable), max_size=4),
    headers=st.dictionaries(names.map(lambda name: f"x-own-{name}"), st.text("abc ,;=/", max_size=10).map(str.strip)),
    body=st.binary(max_size=50),
)
def test_a_request_arrives_as_it_was_sent(
    method: str, segments: list[str], query: list[tuple[str, str]], headers: dict[str, str], body: bytes
) -> None:
    path = "/" + "/".join(quote(segment) for segment in segments)
    sent = Request(method, path, query, headers, body, "203.0.113.9")
    found = http.decode(event_of(encode_request(sent)))
    assert (found.method, found.raw_path, found.body) == (method, path, body)
    assert found.query.multi_items() == query
    assert found.client_ip == "203.0.113.9"
    assert {name: found.headers.get(name) for name in headers} == headers


def test_the_address_of_a_client_is_what_the_ingress_controller_tells_and_nothing_that_a_proxy_may_forge() -> None:
    forged = Native("GET", "/", "", (("x-forwarded-for", "10.0.0.1"),))
    assert http.decode(event_of(forged)).client_ip is None


def test_a_server_that_tells_no_raw_path_has_it_made_from_the_decoded_one() -> None:
    event = event_of(Native("GET", "/a%20b/%C3%BC", "x=1&y=%26&x=2"))
    del event.headers.environ["REQUEST_URI"]
    found = http.decode(event)
    assert found.raw_path == "/a%20b/%C3%BC"
    assert found.query.getlist("x") == ["1", "2"]
    assert found.query["y"] == "&"


@given(st.text(max_size=30), st.text(max_size=30))
def test_no_path_or_query_is_an_error(path: str, query: str) -> None:
    clean = (text.encode("utf-8", "replace").decode() for text in (path, query))
    first, second = clean
    http.decode(event_of(Native("GET", f"/{first}", second)))


def test_a_reply_keeps_status_bytes_each_cookie_and_utf8() -> None:
    response = Response(bytes(range(256)), 202, [("x-many", "1"), ("X-Many", "2"), ("x-note", "café")], "image/png")
    response.set_cookie("a", "1").set_cookie("b", "2")
    reply = http.encode(response)
    assert (reply.status_code, reply.get_data()) == (202, bytes(range(256)))
    assert reply.headers["x-many"] == "1, 2"
    assert reply.headers["x-note"].encode("latin-1") == "café".encode()
    assert [cookie.partition(";")[0] for cookie in reply.headers.getlist("set-cookie")] == ["a=1", "b=2"]
    assert "content-type" not in http.encode(Response(b"", 204)).headers


@given(
    message_id=ids,
    payload=st.binary(max_size=50),
    attributes=st.dictionaries(names.map(lambda name: f"own-{name}"), printable.map(str.strip), max_size=3),
    sent_at=st.none() | moments,
)
def test_a_message_arrives_as_it_was_sent(
    message_id: str, payload: bytes, attributes: dict[str, str], sent_at: datetime | None
) -> None:
    sent = Message(message_id, payload, None, attributes, sent_at)
    assert messages.decode(event_of(encode_message(sent))) == sent


def test_what_sns_tells_of_an_attributes_type_is_no_attribute() -> None:
    sent = Message("m", b"x", None, {"count": "20", "foo": "bar", "foo-type": "text"})
    found = messages.decode(event_of(sns_message(sent)))
    assert found.attributes == {"count": "20", "foo": "bar"}
    alone = Native("POST", "/", "", (("X-Sns-Message-Id", "m"), ("X-Sns-Attr-Shirt-Type", "polo")))
    assert messages.decode(event_of(alone)).attributes == {"shirt-type": "polo"}


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ({"X-Rabbitmq-Msg-Id": "1", "X-Call-Id": "c"}, "1"),
        ({"X-SQS-Message-ID": "s", "X-Call-Id": "c"}, "s"),
        ({"X-Event-Id": "e", "X-Message-Id": "0", "X-Call-Id": "c"}, "e"),
        ({"X-Call-Id": "c"}, "c"),
    ],
)
def test_a_message_has_the_id_of_its_connector_or_of_its_call(headers: dict[str, str], told: str) -> None:
    assert messages.decode(event_of(Native("POST", "/", "", tuple(headers.items()), b"x"))).id == told


@given(moments)
def test_a_tick_was_due_at_the_minute_of_its_call(moment: datetime) -> None:
    due = moment.replace(second=0, microsecond=0)
    found = schedule.decode(event_of(encode_tick(Tick(moment))))
    assert found.scheduled_at == due
    assert 0 <= (found.fired_at - due).total_seconds() < 60


REFUSED = {
    "a get": Native("GET", "/"),
    "a post of nobody": Native("POST", "/"),
    "a message without a time": Native(
        "POST", "/", "", (("X-Pubsub-Msg-Id", "1"), ("X-Pubsub-Publish-Time", "soon"), ("X-Topic", "news"))
    ),
    "a tick without a time": Native("POST", "/", "", (("X-Topic", "cron-function"), ("X-Start-Time", "noon"))),
    "a tick at the end of time": Native("POST", "/", "", (("X-Topic", "cron-function"), ("X-Start-Time", "9" * 40))),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_the_declared_event_is_refused_by_name(name: str) -> None:
    for decode, expected in ((messages.decode, messages.EXPECTED), (schedule.decode, schedule.EXPECTED)):
        with pytest.raises(EventError, match=expected):
            decode(event_of(REFUSED[name]))


def test_a_message_is_no_tick_and_a_tick_no_message() -> None:
    with pytest.raises(EventError, match='a message of the topic "topic"'):
        schedule.decode(event_of(encode_message(Message("m", b"x"))))
    with pytest.raises(EventError, match="a call of the cron connector"):
        messages.decode(event_of(encode_tick(Tick(datetime(2026, 1, 1, tzinfo=UTC)))))


@given(body=st.binary(max_size=20), query=printable)
def test_a_recorded_request_is_what_was_recorded(body: bytes, query: str) -> None:
    sent = Native("POST", "/a%2Fb", quote(query), (("x-topic", "news"), ("x-call-id", "c")), body)
    assert native(plain(sent)) == sent
    again = native(plain(event_of(sent)))
    assert (again.method, again.path, again.query, again.body) == ("POST", "/a%2Fb", quote(query), body)
    with pytest.raises(TypeError, match="str is not an event"):
        plain("text")
