"""The wire forms: whatever is sent comes back the same, and what is foreign comes as it is."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st
from searches import examples

from portable.eventing import wire
from portable.eventing.deadletters import dead_letter
from portable.eventing.envelope import MAX_TEXT, as_event, as_queue_text, read_event, read_queue_text
from portable.eventing.message import Message
from portable.eventing.outgoing import MAX_BYTES, Outgoing, prepare

TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9_-]{0,30}", fullmatch=True).filter(
    lambda name: (
        name.lower() not in ("portable", "traceparent")
        and not name.lower().startswith(("portable-", "goog", "aws", "amazon"))
    )
)
VALUES = st.text(st.characters(min_codepoint=32, exclude_categories=("Cs", "Cc")), min_size=1, max_size=50).filter(
    lambda value: "\ufffe" not in value and "\uffff" not in value
)
TEXTS = st.text(st.characters(exclude_categories=("Cs",)))
JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
PAYLOADS = st.binary() | TEXTS | JSONS.map(lambda value: {"value": value})
TRACES = st.none() | st.just("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
IDS = st.none() | st.text("abcdef0123456789-", min_size=1, max_size=40)


@st.composite
def messages(draw: st.DrawFn) -> Outgoing:
    made = prepare(draw(PAYLOADS), draw(st.dictionaries(NAMES, VALUES, max_size=8)))
    return Outgoing(made.body, made.text, made.attributes, draw(TRACES), id=draw(IDS), json=made.json)


def same(message: Outgoing, found: Message[bytes], own: str | None) -> None:
    assert found.payload == message.body
    assert found.attributes == message.attributes
    assert found.trace == message.trace
    assert found.id == (message.id or own)


@given(messages())
def test_a_body_with_attributes_as_text_comes_back_the_same(message: Outgoing) -> None:
    body, attributes = wire.as_text(message)
    assert body
    assert wire.is_plain(body)
    assert len(attributes) <= wire.MAX_TEXT_ATTRIBUTES
    assert all(attributes.values())
    same(message, wire.read("own", body, attributes), "own")


@given(messages())
def test_a_body_with_attributes_as_bytes_comes_back_the_same(message: Outgoing) -> None:
    body, attributes = wire.as_bytes(message)
    assert body or attributes
    same(message, wire.read("own", body, attributes), "own")


@given(messages())
@examples(200)
def test_an_envelope_comes_back_the_same(message: Outgoing) -> None:
    text, own = as_queue_text(message, "/portable/queue/jobs")
    assert wire.is_plain(text)
    same(message, read_queue_text("own", text), own or "own")
    if own is not None:
        event = json.loads(text)
        assert (event["specversion"], event["type"], event["id"]) == ("1.0", "portable.message", own)
        assert all(name.isalnum() and name.islower() and len(name) <= 20 for name in event if name != "data_base64")


@given(messages())
def test_an_event_comes_back_the_same_through_any_json_writer(message: Outgoing) -> None:
    event = json.loads(json.dumps(as_event(message, "/portable/topic/news")))
    same(message, read_event(event), event["id"])


@given(TEXTS)
def test_a_foreign_text_is_its_own_body(text: str) -> None:
    assert read_queue_text("own", text).payload == text.encode()
    assert wire.read("own", text, {"a": "b"}) == Message("own", text.encode(), attributes={"a": "b"})


def test_what_has_no_attributes_travels_as_itself() -> None:
    assert as_queue_text(prepare({"a": "ü"}, None), "/s") == ('{"a":"ü"}', None)
    assert as_queue_text(prepare("text", None), "/s") == ("text", None)
    assert wire.as_text(prepare("text", None)) == ("text", {})
    assert wire.as_text(prepare(b"\x00", None)) == ("AA==", {"portable": '{"encoding":"base64"}'})


def test_a_foreign_event_of_a_topic_is_opened_with_its_context_as_attributes() -> None:
    event = {
        "specversion": "1.0", "id": "e1", "source": "/shop", "type": "com.example.order", "subject": "7",
        "time": "2026-11-23T10:00:00.1234567Z", "data": {"n": 1}, "tenant": "t", "count": 3,
    }  # fmt: skip
    found = read_queue_text("of-the-queue", json.dumps(event), 2, any_event=True)
    assert (found.id, found.attempt, json.loads(found.payload)) == ("e1", 2, {"n": 1})
    assert found.attributes == {
        "source": "/shop", "type": "com.example.order", "subject": "7", "tenant": "t", "count": "3",
    }  # fmt: skip
    assert found.sent_at == datetime(2026, 11, 23, 10, 0, 0, 123456, UTC)
    assert read_queue_text("of-the-queue", json.dumps(event)).payload == json.dumps(event).encode()


def test_the_largest_message_fits_every_wire_even_as_a_dead_letter() -> None:
    for body in (bytes(range(256)) * 192, b'"' * MAX_BYTES, "世".encode() * (MAX_BYTES // 3)):
        message = Message("m" * 36, body, 3, {}, None, None, "00-" + "a" * 32 + "-" + "b" * 16 + "-01")
        letter = dead_letter(message, 100, ValueError("ü" * 2000))
        text, _ = as_queue_text(letter, "/portable/queue/" + "q" * 40)
        assert len(text.encode()) <= MAX_TEXT
        assert read_queue_text("own", text).payload == body
        _, attributes = wire.as_bytes(letter)
        assert len(attributes["portable"].encode()) <= 1024


def test_a_foreign_message_with_many_attributes_keeps_them_as_a_dead_letter() -> None:
    attributes = {f"name{n}": "x" for n in range(10)}
    _, written = wire.as_text(dead_letter(Message("m", b"\x00", 1, attributes, trace=TRACEPARENT), 3, KeyError("k")))
    assert len(written) == 10
    found = wire.read("own", "AA==", written)
    assert {name: value for name, value in found.attributes.items() if name in attributes} == attributes
    assert (found.id, found.payload, found.trace) == ("m", b"\x00", TRACEPARENT)


@given(st.text(), st.dictionaries(st.text(), st.text()))
def test_hostile_attributes_never_break_the_reading(body: str, attributes: dict[str, str]) -> None:
    for marks in (
        "",
        "[]",
        "null",
        '{"encoding":"base64"}',
        '{"id":1}',
        '{"encoding":"base64","id":"x"}',
        '{"id":"\\ud800"}',
        "{" * 5000,
    ):
        found = wire.read("own", body.encode("utf-8", "surrogatepass"), {**attributes, "portable": marks})
        assert isinstance(found.payload, bytes)
        assert found.id in ("own", "x")


@given(st.text())
def test_hostile_texts_never_break_the_reading(text: str) -> None:
    raw = text.encode("utf-8", "replace")
    for wrapped in (
        raw,
        b'{"specversion":"1.0","type":"portable.message","data_base64":"' + raw.replace(b'"', b"") + b'"}',
        b'{"specversion":"1.0","type":"portable.message","portablemarks":3,"portableattributes":"[]"}',
        b'{"specversion":"1.0","type":"portable.message","data":"x","portableencoding":"base85"}',
        b"\xff" + raw,
    ):
        assert isinstance(read_queue_text("own", wrapped, any_event=True).payload, bytes)
