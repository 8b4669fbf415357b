"""What Google Cloud sends reads back as the event it was made of, whatever the event; anything else is refused."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hosts.gcp_events import encode_message, encode_object
from hypothesis import given
from hypothesis import strategies as st

from portable.errors import EventError
from portable.eventing.message import Message
from portable.eventing.request import Request
from portable.eventing.response import Response
from portable.eventing.schedule import Tick
from portable.eventing.urls import quote
from portable.storage.event import StoredObject
from portable_gcp.runtime import http, messages, objects, schedule
from portable_gcp.testing.http import decode_response, encode_request
from portable_gcp.testing.native import Native
from portable_gcp.testing.schedule import encode_tick

latin = st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_categories=["Cc"]), max_size=10)
printable = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=20)
names = st.text("abcdefghijklmnopqrstuvwxyz-", min_size=1, max_size=10)
ids = st.text("abcdef0123456789-", min_size=1, max_size=30)
moments = st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))
form = st.sampled_from(["push", "binary", "structured"])
object_form = st.sampled_from(["notification", "binary", "structured"])


@given(
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD", "PATCH"]),
    segments=st.lists(printable, max_size=4),
    query=st.lists(st.tuples(printable, printable), max_size=4),
    headers=st.dictionaries(names.map(lambda name: f"x-{name}"), st.text("abc ,;=/", max_size=10).map(str.strip)),
    cookies=st.dictionaries(names, st.text("abc123", max_size=5), max_size=3),
    body=st.binary(max_size=50),
)
def test_a_request_survives_the_wire(method, segments, query, headers, cookies, body):
    fields = {name: value for name, value in headers.items() if name != "x-forwarded-for"}
    if cookies:
        fields["cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
    path = "/" + "/".join(quote(segment) for segment in segments)
    sent = Request(method, path, query, fields, body, "203.0.113.9")
    native = encode_request(sent)
    got = http.decode(native.environ(), native.body)
    assert (got.method, got.raw_path, got.path, got.body) == (sent.method, sent.raw_path, sent.path, sent.body)
    assert got.query == sent.query
    assert got.cookies == sent.cookies
    assert got.client_ip == sent.client_ip
    added = {"x-forwarded-for", "content-length"}
    assert {name: value for name, value in got.headers.items() if name not in added} == dict(sent.headers.items())


@given(
    status=st.integers(200, 599).filter(lambda status: status not in (204, 205, 304)),
    body=st.binary(max_size=50),
    headers=st.dictionaries(names.map(lambda name: f"x-{name}"), latin),
    cookies=st.lists(names.map(lambda name: f"x{name}=1; Path=/{name}"), max_size=3),
)
def test_a_response_survives_the_wire(status, body, headers, cookies):
    sent = Response(body, status, headers)
    sent.cookies.extend(cookies)
    status, fields, pieces = http.encode(sent)
    got = decode_response((status, fields, b"".join(pieces)))
    assert (got.status, got.headers, got.cookies, got.body) == (sent.status, sent.headers, sent.cookies, sent.body)


@given(
    message=st.builds(
        Message,
        ids,
        st.binary(max_size=100),
        st.none() | st.integers(1, 1000),
        st.dictionaries(names.filter(lambda name: name not in ("portable", "traceparent")), printable, max_size=5),
        st.none() | moments,
        st.none() | st.text(min_size=1, max_size=10).filter(lambda group: group != "portable"),
        st.none() | st.just("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
    ),
    form=form,
)
def test_a_message_survives_every_form_of_the_wire(message, form):
    native = encode_message(message, form)
    assert messages.decode(native.environ(), native.body) == message


@given(
    stored=st.builds(
        StoredObject,
        names,
        printable.filter(bool),
        st.none() | st.integers(0, 1 << 63),
        st.none() | ids,
        ids,
    ),
    event=st.sampled_from(["created", "deleted"]),
    form=object_form,
)
def test_an_object_survives_every_form_of_the_wire(stored, event, form):
    native = encode_object(stored, event, form)
    found, message = objects.decode(native.environ(), native.body, event)
    assert found == stored
    assert (message is not None) == (form == "notification")
    other = "deleted" if event == "created" else "created"
    with pytest.raises(EventError, match=f"expected an object {other} in a bucket, but "):
        objects.decode(native.environ(), native.body, other)


@given(due=moments)
def test_a_tick_survives_the_wire(due):
    native = encode_tick(Tick(due))
    assert schedule.decode(native.environ(), native.body).scheduled_at == due


@pytest.mark.parametrize(
    ("told", "due"),
    [
        ("2023-04-13T12:00:00-07:00", datetime(2023, 4, 13, 19, tzinfo=UTC)),
        ("2023-04-13T12:00:00-0700", datetime(2023, 4, 13, 19, tzinfo=UTC)),
        ("2023-04-13T19:00:00.123456789Z", datetime(2023, 4, 13, 19, 0, 0, 123456, tzinfo=UTC)),
        ("2023-04-13T19:00:00", datetime(2023, 4, 13, 19, tzinfo=UTC)),
    ],
)
def test_a_schedule_time_may_have_an_offset_or_a_fraction(told, due):
    native = Native("POST", "/", "", (("X-CloudScheduler-ScheduleTime", told),))
    assert schedule.decode(native.environ(), b"").scheduled_at == due


def test_a_job_that_does_not_say_when_it_was_due_was_due_now():
    native = Native("POST", "/", "", (("X-CloudScheduler", "true"), ("X-CloudScheduler-JobName", "forced")))
    tick = schedule.decode(native.environ(), b"")
    assert tick.scheduled_at == tick.fired_at
    assert datetime.now(UTC) - tick.fired_at < timedelta(seconds=5)


def test_a_schedule_time_that_is_none_is_refused_by_name():
    native = Native("POST", "/", "", (("X-CloudScheduler-ScheduleTime", "tomorrow"),))
    with pytest.raises(EventError, match="'tomorrow', which is not a time"):
        schedule.decode(native.environ(), b"")


DECODERS = [
    messages.decode,
    schedule.decode,
    lambda environ, body: objects.decode(environ, body, "created"),
    lambda environ, body: objects.decode(environ, body, "deleted"),
]
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just("AQID"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "message",
                    "subscription",
                    "data",
                    "attributes",
                    "messageId",
                    "publishTime",
                    "orderingKey",
                    "eventType",
                    "context",
                    "deliveryAttempt",
                    "specversion",
                    "id",
                    "source",
                    "type",
                    "data_base64",
                    "bucket",
                    "name",
                    "size",
                    "etag",
                    "bucketId",
                    "objectId",
                    "payloadFormat",
                    "eventId",
                    "timestamp",
                    "resource",
                ]
            ),
            inner,
            max_size=6,
        )
    ),
    max_leaves=20,
)
header_values = st.sampled_from(
    [
        "1.0",
        "0.3",
        "true",
        "é",
        "",
        "google.cloud.pubsub.topic.v1.messagePublished",
        "google.cloud.storage.object.v1.finalized",
        "application/json",
        "application/cloudevents+json",
        "text/plain",
    ]
)
header_names = st.sampled_from(
    ["ce-type", "ce-id", "ce-source", "ce-specversion", "content-type", "x-cloudscheduler-scheduletime", "ce-subject"]
)


@pytest.mark.parametrize("decode", DECODERS)
@given(
    method=st.sampled_from(["POST", "POST", "POST", "GET"]),
    headers=st.dictionaries(header_names, header_values, max_size=6),
    body=st.binary(max_size=30) | anything.map(lambda value: json.dumps(value).encode()),
)
def test_bad_input_is_refused_with_what_came_and_never_crashes(decode, method, headers, body):
    native = Native(method, "/", "", tuple(headers.items()), body)
    try:
        decode(native.environ(), body)
    except EventError as error:
        refused = error
    else:
        return
    assert refused.came
    assert str(refused) == f"expected {refused.expected}, but {refused.came} came"
