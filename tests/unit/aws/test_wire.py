"""What the encoders write, the decoders read back to the same: for every form of every trigger."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hosts import aws_events
from hosts import aws_requests as http
from hypothesis import example, given
from hypothesis import strategies as st
from searches import examples

from portable.eventing.message import Message
from portable.eventing.request import Request
from portable.eventing.response import Response
from portable.eventing.schedule import Tick
from portable.eventing.urls import encode_query, quote
from portable.storage.event import StoredObject
from portable_aws.runtime import http as http_runtime
from portable_aws.runtime import messages as messages_runtime
from portable_aws.runtime import objects as objects_runtime
from portable_aws.runtime import schedule as schedule_runtime

TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
KEY = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=30)
VISIBLE = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=20)
NAME = st.from_regex(r"[a-z][a-z0-9-]{0,10}", fullmatch=True)
HEADERS = st.dictionaries(NAME.map(lambda name: f"x-{name}"), VISIBLE, max_size=4)
ATTRIBUTES = st.dictionaries(NAME, VISIBLE, max_size=4)
MOMENT = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))


@st.composite
def requests(draw: st.DrawFn) -> Request:
    path = "/" + "/".join(quote(part) for part in draw(st.lists(KEY, max_size=3)))
    query = encode_query(draw(st.lists(st.tuples(KEY, TEXT), max_size=4)))
    headers = draw(HEADERS)
    if draw(st.booleans()):
        headers["content-type"] = draw(st.sampled_from(["application/json", "text/plain", "image/png"]))
    if draw(st.booleans()):
        headers["cookie"] = "a=1; b=2"
    method = draw(st.sampled_from(["GET", "POST", "PUT", "DELETE"]))
    return Request(method, path, query, headers, draw(st.binary(max_size=50)), "203.0.113.7")


@pytest.mark.parametrize("form", http.FORMS)
@given(request=requests())
@examples(25)
def test_a_request_comes_back(form: str, request: Request) -> None:
    decoded, _ = http_runtime.decode(http.encode_request(request, form))
    assert (decoded.method, decoded.body) == (request.method, request.body)
    if form in ("v2", "v2-1.0"):  # an HTTP API decodes the path
        assert decoded.path == http.gateway_path(request.raw_path)
    else:
        assert decoded.raw_path == request.raw_path
    assert decoded.client_ip == request.client_ip
    sent = {name: value for name, value in request.headers.items() if name != "x-forwarded-for"}
    came = {name: value for name, value in decoded.headers.items() if name != "x-forwarded-for"}
    assert came == sent
    if form == "alb-single":
        assert dict(decoded.query.items()) == dict(request.query.items())
    elif form in ("v1", "v2-1.0", "alb"):  # grouped by name
        assert {n: decoded.query.getlist(n) for n in decoded.query} == {
            n: request.query.getlist(n) for n in request.query
        }
    else:
        assert decoded.query == request.query


@pytest.mark.parametrize("form", http.FORMS)
@given(
    body=st.one_of(st.binary(max_size=50), TEXT), headers=HEADERS, media=st.sampled_from(["text/plain", "image/png"])
)
@examples(15)
def test_a_response_comes_back(form: str, body: bytes | str, headers: dict[str, str], media: str) -> None:
    response = Response(body, 201, headers, media).set_cookie("a", "1").set_cookie("b", "2")
    event = http.encode_request(Request("GET", "/"), form)
    _, encode = http_runtime.decode(event)
    came = http.decode_response(encode(response, event))
    assert (came.status, came.body, came.cookies) == (201, response.body, response.cookies)
    assert sorted(came.headers) == sorted((name.lower(), value) for name, value in response.headers)


@pytest.mark.parametrize("form", aws_events.MESSAGES)
@given(
    payloads=st.lists(st.one_of(st.binary(max_size=40), TEXT.map(str.encode)), min_size=1, max_size=3),
    attributes=ATTRIBUTES,
    sent=MOMENT,
    attempt=st.integers(1, 9),
)
@examples(25)
def test_messages_come_back(form: str, payloads: list[bytes], attributes: dict[str, str], sent: datetime, attempt: int):
    sent = sent.replace(microsecond=sent.microsecond // 1000 * 1000)
    counted = None if form == "sns" else attempt
    given_ = [Message(f"m-{n}", payload, counted, dict(attributes), sent) for n, payload in enumerate(payloads)]
    direct, batch = messages_runtime.decode(
        aws_events.encode_messages(given_, form), "queue" if form == "sqs" else "topic"
    )
    assert direct == (form == "sns")
    assert [message for _, message in batch] == given_
    assert [item for item, _ in batch] == [message.id for message in given_]


@given(payload=st.binary(max_size=10), group=VISIBLE)
@example(payload=b"", group="portable")
@example(payload=b"", group="portable-1")
@examples(20)
def test_the_group_of_an_ordered_message_comes_back(payload: bytes, group: str) -> None:
    _, [(_, message)] = messages_runtime.decode(
        aws_events.encode_messages([Message("m", payload, 1, group=group)], "sqs"), "queue"
    )
    reserved = group == "portable" or group.startswith("portable-")
    assert message.group == (None if reserved else group)


@pytest.mark.parametrize("form", aws_events.OBJECTS)
@pytest.mark.parametrize("event_name", ["created", "deleted"])
@given(key=KEY, size=st.one_of(st.none(), st.integers(0, 2**40)), etag=st.one_of(st.none(), VISIBLE))
@examples(15)
def test_an_object_comes_back(form: str, event_name: str, key: str, size: int | None, etag: str | None) -> None:
    stored = StoredObject("photos", key, size, etag, "0055AED6DCD90281E5")
    event = aws_events.encode_object(stored, event_name, form, attempt=2)
    batch = objects_runtime.decode_batch(event, event_name)
    if form in ("sqs", "sns-sqs"):
        assert batch is not None
        assert [(message.attempt, message.payload.decode()) for _, message in batch] == [
            (2, event["Records"][0]["body"])
        ]
    assert objects_runtime.decode(event, event_name) == [stored]


@pytest.mark.parametrize("form", aws_events.TICKS)
@given(due=MOMENT)
@examples(20)
def test_a_tick_comes_back(form: str, due: datetime) -> None:
    assert schedule_runtime.decode(aws_events.encode_tick(Tick(due, due), form)).scheduled_at == due
