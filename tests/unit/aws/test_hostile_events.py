"""Whatever JSON reaches a Lambda function is handled or refused with EventError; nothing else comes out."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from searches import examples
from unit.aws.aws_samples import NativeContext, every_kind, http_v2, sns, sqs, sqs_record

from portable.compute.consume import Consumer
from portable.errors import EventError
from portable.eventing.routing import Route, RouteTable
from portable_aws.runtime import http, messages, objects, records, schedule

LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(min_value=10**18, max_value=10**30),
    st.floats(),
    st.text(),
    st.sampled_from(["aws:s3", "aws:sqs", "aws:sns", "%zz", "[[", "0001-01-01T00:00:00+23:59", "9" * 5000, "\ud800"]),
)
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def handlers() -> dict[str, Callable[[Any, Any], Any]]:
    def call(value: Any, context: Any) -> dict[str, Any]:
        return {"read": [repr(value), context.trace]}

    def read(request: Any, context: Any) -> dict[str, Any]:
        return {"path": request.path, "query": request.query.multi_items(), "headers": request.headers.items()}

    consumer = Consumer("function", call)
    return {
        "http": http.handler(RouteTable([("/{rest:path}", {"*": Route("function", read, 10**6)})]), "function"),
        "schedule": schedule.handler(call, "function"),
        "created": objects.handler(consumer, "created"),
        "deleted": objects.handler(consumer, "deleted"),
        "queue": messages.handler(consumer, "queue"),
        "topic": messages.handler(consumer, "topic"),
        "stream": records.handler(consumer),
        "stream of batches": records.handler(Consumer("function", lambda batch, context: None), True),
    }


HANDLERS = handlers()


def places(value: Any, place: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the place of every node of a JSON value."""
    found = [place]
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        found += places(inner, (*place, key))
    return found


PLACES = [(name, place) for name, event in every_kind().items() for place in places(event) if place]


def check(kind: str, event: Any) -> None:
    reply: Any = None
    try:
        reply = HANDLERS[kind](event, NativeContext())
    except EventError:
        return
    assert json.loads(json.dumps(reply)) == reply
    if kind == "http":
        assert isinstance(reply["statusCode"], int)


@pytest.mark.parametrize("kind", HANDLERS)
@given(event=JSON)
@examples(60)
def test_any_json_is_read_or_refused(kind: str, event: Any) -> None:
    check(kind, event)


@pytest.mark.parametrize("kind", HANDLERS)
@given(data=st.data())
@examples(250)
def test_a_good_event_with_one_part_changed_is_read_or_refused(kind: str, data: st.DataObject) -> None:
    name, place = data.draw(st.sampled_from(PLACES))
    event = copy.deepcopy(every_kind()[name])
    node = event
    for key in place[:-1]:
        node = node[key]
    if data.draw(st.booleans()):
        del node[place[-1]]
    else:
        node[place[-1]] = data.draw(JSON)
    check(kind, event)


@pytest.mark.parametrize("kind", ["created", "deleted", "queue", "topic"])
@given(inner=JSON)
@examples(60)
def test_any_json_inside_a_message_is_read_or_refused(kind: str, inner: Any) -> None:
    for text in (
        json.dumps(inner),
        json.dumps({"Records": inner}),
        json.dumps({"Type": "Notification", "TopicArn": "a", "Message": inner}),
    ):
        check(kind, sqs(sqs_record(text)))
        check(kind, sns(text))


@pytest.mark.parametrize("kind", HANDLERS)
def test_json_nested_beyond_any_parser_inside_a_message_is_read_or_refused(kind: str) -> None:
    deep = "[" * 100_000
    check(kind, sqs(sqs_record(deep)))
    check(kind, sqs(sqs_record('{"TopicArn":' + deep)))
    check(kind, sns(deep))
    check(kind, http_v2("POST", "/", body=deep))
