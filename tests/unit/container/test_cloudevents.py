"""CloudEvents over HTTP: what each mode brings, and that nothing a sender writes is more than a refusal in words."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from searches import examples

from portable_container.runtime.cloudevents import CloudEvent
from portable_container.runtime.cloudevents_http import MOST_EVENTS, NoEvent, read

STRUCTURED = [("content-type", "application/cloudevents+json; charset=utf-8")]
BATCHED = [("content-type", "application/cloudevents-batch+json")]
CONTEXT = {"specversion": "1.0", "id": "1", "source": "/shop", "type": "order.placed"}
BINARY = [(f"ce-{name}", value) for name, value in CONTEXT.items()]


def structured(**members: Any) -> CloudEvent:
    [found] = read(STRUCTURED, json.dumps({**CONTEXT, **members}).encode())
    return found


def test_binary_mode_has_attributes_in_headers_and_data_in_the_body() -> None:
    headers = [*BINARY, ("ce-subject", "caf%C3%A9 %25"), ("ce-quoted", '"a \\"b\\" %41"'), ("host", "a"), ("host", "b")]
    [event] = read([*headers, ("content-type", "text/plain; charset=utf-8")], b"\xff\x00")
    assert event.data == b"\xff\x00"
    assert event.attributes == {
        **CONTEXT,
        "subject": "café %",
        "quoted": 'a "b" A',
        "datacontenttype": "text/plain; charset=utf-8",
    }
    assert read(BINARY, b"") == [CloudEvent(CONTEXT, b"")]


@pytest.mark.parametrize(
    ("members", "data"),
    [
        ({}, b""),
        ({"data": None}, b""),
        ({"data": None, "datacontenttype": "application/json"}, b"null"),
        ({"data": {"ü": [1, 2.5, True]}}, '{"ü":[1,2.5,true]}'.encode()),
        ({"data": "text"}, b'"text"'),
        ({"data": "text", "datacontenttype": "application/vnd.shop+JSON; v=1"}, b'"text"'),
        ({"data": "<a/>", "datacontenttype": "text/xml"}, b"<a/>"),
        ({"data_base64": base64.b64encode(b"\xff\x00").decode()}, b"\xff\x00"),
        ({"data_base64": ""}, b""),
    ],
)
def test_data_of_structured_mode_is_bytes(members: dict[str, Any], data: bytes) -> None:
    assert structured(**members).data == data


def test_attributes_of_structured_mode_are_text_and_null_is_absent() -> None:
    found = structured(subject=None, count=-7, on=True, off=False, datacontenttype="text/plain").attributes
    assert found == {**CONTEXT, "count": "-7", "on": "true", "off": "false", "datacontenttype": "text/plain"}


def test_a_batch_has_many_events_or_none() -> None:
    batch = [{**CONTEXT, "id": str(number)} for number in range(3)]
    found = read(BATCHED, json.dumps(batch).encode())
    assert [event.attributes["id"] for event in found] == ["0", "1", "2"]
    assert read(BATCHED, b"[]") == []


DEEP = b'{"specversion": "1.0", "data": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"


@pytest.mark.parametrize(
    ("headers", "body", "status", "said"),
    [
        ([], b"{}", 415, "no CloudEvent"),
        ([("content-type", "application/json")], json.dumps(CONTEXT).encode(), 415, "no CloudEvent"),
        ([("content-type", "application/cloudevents+xml")], b"<a/>", 415, "application/cloudevents\\+xml"),
        ([*STRUCTURED, ("content-encoding", "gzip")], b"", 415, "compressed"),
        ([*STRUCTURED, *STRUCTURED], b"{}", 400, "content-type is there twice"),
        ([*BINARY, ("ce-id", "2")], b"", 400, "ce-id is there twice"),
        (BINARY[1:], b"", 400, "specversion is missing"),
        ([("ce-specversion", "0.3"), *BINARY[1:]], b"", 400, "specversion is '0.3'"),
        ([*BINARY[:1], *BINARY[2:]], b"", 400, "no id"),
        ([*BINARY[:3], ("ce-type", "")], b"", 400, "no type"),
        ([*BINARY, ("ce-my-own", "1")], b"", 400, "'my-own' is no name"),
        ([*BINARY, ("ce-data", "1")], b"", 400, "'data' is no name"),
        ([*BINARY, ("ce-", "1")], b"", 400, "'' is no name"),
        ([*BINARY, ("ce-subject", "%FF")], b"", 400, "ce-'subject' is not UTF-8"),
        (STRUCTURED, b"", 400, "not JSON"),
        (STRUCTURED, b"\xff\xfe\xfd", 400, "not JSON"),
        (STRUCTURED, DEEP, 400, "nested too deep"),
        (STRUCTURED, b'{"a": NaN}', 400, "NaN is no JSON"),
        (STRUCTURED, b'{"a": ' + b"9" * 5000 + b"}", 400, "not JSON"),
        (STRUCTURED, b"[]", 400, "a JSON object, not an array"),
        (STRUCTURED, json.dumps({**CONTEXT, "Upper": "1"}).encode(), 400, "'Upper' is no name"),
        (STRUCTURED, json.dumps({**CONTEXT, "real": 1.5}).encode(), 400, "'real' is a number"),
        (STRUCTURED, json.dumps({**CONTEXT, "large": 2**31}).encode(), 400, "'large' is a number"),
        (STRUCTURED, json.dumps({**CONTEXT, "subject": ["a"]}).encode(), 400, "'subject' is an array"),
        (STRUCTURED, json.dumps({**CONTEXT, "id": 1, "subject": "\ud800"}).encode(), 400, "lone surrogate"),
        (STRUCTURED, json.dumps({**CONTEXT, "data": "\ud800"}).encode(), 400, "data cannot be read"),
        (STRUCTURED, b'{"specversion": "1.0", "id": "1", "source": "/", "type": "a", "data": 1e999}', 400, "data"),
        (STRUCTURED, json.dumps({**CONTEXT, "data": 1, "datacontenttype": "text/plain"}).encode(), 400, "is text"),
        (STRUCTURED, json.dumps({**CONTEXT, "data": 1, "data_base64": ""}).encode(), 400, "no data beside it"),
        (STRUCTURED, json.dumps({**CONTEXT, "data_base64": "a"}).encode(), 400, "not base64"),
        (BATCHED, json.dumps(CONTEXT).encode(), 400, "a JSON array, not an object"),
        (BATCHED, json.dumps([CONTEXT, {}]).encode(), 400, "event 1 of the batch: specversion is missing"),
        (BATCHED, b"[" + b"1," * MOST_EVENTS + b"1]", 413, "limit"),
    ],
)
def test_what_is_no_event_is_refused_in_words(
    headers: list[tuple[str, str]], body: bytes, status: int, said: str
) -> None:
    with pytest.raises(NoEvent, match=said) as caught:
        read(headers, body)
    assert caught.value.status == status
    assert len(str(caught.value)) < 400


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=10,
)
NAMES = st.sampled_from([*CONTEXT, "data", "data_base64", "datacontenttype", "subject", "time"]) | st.text(max_size=9)
EVENTS = st.dictionaries(NAMES, JSON, max_size=5).map(lambda more: {**CONTEXT, **more})
KINDS = st.sampled_from([*STRUCTURED, *BATCHED, ("content-type", "text/plain"), ("content-type", "a;b=\x00")])
HEADERS = st.lists(
    KINDS
    | st.sampled_from(BINARY)
    | st.tuples(NAMES.map(lambda name: f"ce-{name.lower()}"), st.text(max_size=9))
    | st.tuples(st.text(max_size=5), st.text(max_size=5)),
    max_size=8,
)
BODIES = st.binary(max_size=60) | (JSON | EVENTS | st.lists(EVENTS, max_size=3)).map(
    lambda found: json.dumps(found).encode()
)


@given(HEADERS, BODIES)
@examples(400)
def test_whatever_is_sent_is_an_event_or_a_refusal(headers: list[tuple[str, str]], body: bytes) -> None:
    try:
        found = read(headers, body)
    except NoEvent as error:
        assert error.status in (400, 413, 415)  # noqa: PT017 - one of the two outcomes
        return
    for event in found:
        assert all(event.attributes[name] for name in CONTEXT)
        assert all(isinstance(value, str) and value.encode() is not None for value in event.attributes.values())
        assert isinstance(event.data, bytes)


@given(st.dictionaries(st.from_regex("[a-z0-9]{1,9}", fullmatch=True), st.text(max_size=9), max_size=3), JSON)
@examples(100)
def test_the_modes_bring_the_same_event(more: dict[str, str], data: Any) -> None:
    from portable.eventing.urls import quote

    own = {name: value for name, value in more.items() if name not in ("data", "datacontenttype")}
    attributes = {**own, **CONTEXT, "datacontenttype": "application/json"}
    sent = json.dumps({**attributes, "data": data}).encode()
    try:
        found = read(STRUCTURED, sent)
    except NoEvent:
        assume(False)  # NaN
    headers = [(f"ce-{name}", quote(value)) for name, value in {**own, **CONTEXT}.items()]
    assert read([*headers, ("content-type", "application/json")], found[0].data) == found
    assert read(BATCHED, b"[" + sent + b"]") == found
