"""Storage queue messages and Event Grid events, in both schemas, in every form the worker hands them over."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from azure.functions import HttpRequest, QueueMessage
from azure.functions.eventgrid import EventGridEventInConverter
from azure.functions.meta import Datum
from hypothesis import given
from hypothesis import strategies as st

from portable.compute.consume import Consumer
from portable.errors import EventError, Unavailable
from portable.eventing.deadletters import dead_letter, redrive
from portable.eventing.envelope import as_queue_text
from portable.eventing.memory import MemoryQueue
from portable.eventing.message import Message
from portable.eventing.queue import Queue
from portable.storage.event import StoredObject
from portable_azure.runtime import messages, objects
from portable_azure.testing.context import Invocation
from portable_azure.testing.messages import encode_message, queue_message
from portable_azure.testing.objects import encode_object

TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=20)
KEYS = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=30)
STORED = st.builds(
    StoredObject,
    st.from_regex(r"[a-z0-9]{3,12}", fullmatch=True),
    KEYS,
    st.none() | st.integers(0, 2**40),
    st.none() | TEXT,
    st.from_regex(r"[0-9A-F]{16}", fullmatch=True),
)
NAMES = st.from_regex(r"[a-z]{3,10}(-[a-z]{1,5}|[A-Z])?", fullmatch=True).filter(
    lambda name: (
        not name.startswith("portable")
        and name not in ("source", "type", "subject", "time", "data", "datacontenttype", "dataschema", "specversion")
        and name != "traceparent"
    )
)
MESSAGES = st.builds(
    Message,
    st.uuids().map(str),
    st.binary(max_size=60) | TEXT.map(str.encode) | st.just(b'{"a":[1,"x"]}'),
    st.integers(1, 9),
    st.dictionaries(NAMES, TEXT, max_size=3),
    st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
    st.none(),
    st.none() | st.just("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
)


def as_object(text: Any) -> Any:
    """Return the object azure-functions makes of an Event Grid event."""
    return EventGridEventInConverter.decode(Datum(text, "json"), trigger_metadata=None)


@given(MESSAGES, st.sampled_from(["queue", "topic"]))
def test_a_message_that_is_encoded_and_decoded_is_the_same(message: Message[bytes], kind: str) -> None:
    assert messages.decode(encode_message(message, kind), kind) == [message]


@given(MESSAGES)
def test_a_message_straight_from_event_grid_is_the_same_without_a_count(message: Message[bytes]) -> None:
    text = encode_message(message, "event")
    for form in (text, str(text).encode(), as_object(text)):
        [found] = messages.decode(form, "topic")
        assert (found.id, found.payload, found.trace) == (message.id, message.payload, message.trace)
        assert found.attributes == message.attributes
        assert found.attempt is None


@given(STORED, st.sampled_from(["created", "deleted"]))
def test_an_object_that_is_encoded_and_decoded_is_the_same(stored: StoredObject, event_name: str) -> None:
    for form in ("event", "cloudevent"):
        text = encode_object(stored, event_name, form)
        assert objects.decode(text, event_name) == [stored]
        assert objects.decode(as_object(text), event_name) == [stored]
        assert objects.decode(f"[{text}]", event_name) == [stored]


@pytest.mark.parametrize(
    ("subject", "url", "key"),
    [
        (
            "/blobServices/default/containers/box/blobs/a b.txt",
            "https://a.blob.core.windows.net/box/a%20b.txt",
            "a b.txt",
        ),
        ("/blobServices/default/containers/box/blobs/a%20b", "https://a.blob.core.windows.net/box/a%20b", "a b"),
        ("/blobServices/default/containers/box/blobs/a%20b", "https://a.blob.core.windows.net/box/a%2520b", "a%20b"),
        ("/blobServices/default/containers/box/blobs/a+b", "https://a.blob.core.windows.net/box/a%2Bb", "a+b"),
        ("/blobServices/default/containers/box/blobs/x/blobs/y", None, "x/blobs/y"),
        ("blobServices/default/containers/box/blobs/100%.txt", "http://127.0.0.1:10000/acc/box/100%25.txt", "100%.txt"),
        (None, "https://a.blob.core.windows.net/box/caf%C3%A9/1.txt?sv=1", "café/1.txt"),
        ("test-subject", "https://a.dfs.core.windows.net/box/x", "x"),
    ],
)
def test_the_key_of_a_blob_is_decoded_once(subject: str | None, url: str | None, key: str) -> None:
    event: dict[str, Any] = {"eventType": "microsoft.STORAGE.blobCreated", "id": "1", "data": {}}
    if subject is not None:
        event["subject"] = subject
    if url is not None:
        event["data"]["url"] = url
    [found] = objects.decode(json.dumps(event), "created")
    assert (found.bucket, found.key, found.size, found.etag, found.id) == ("box", key, None, None, "1")


CREATED = encode_object(StoredObject("box", "in/a.txt", 3, "0x8D", "1"), "created")


@pytest.mark.parametrize(
    ("event", "came"),
    [
        (None, "nothing came"),
        ("", "text that is not JSON"),
        ("null", "JSON null"),
        ("true", "a JSON bool"),
        ("[]", "an empty JSON array"),
        ("{}", "an empty JSON object"),
        ('{"a": 1}', "a JSON object with a"),
        ("7", "a JSON int"),
        ('{"eventType": 7}', 'Event Grid event "7"'),
        ('{"eventType": "captureFileCreated", "data": true}', 'Event Grid event "captureFileCreated"'),
        ('{"specVersion": "1.0", "type": "x.y", "data": [1]}', 'Event Grid event "x.y"'),
        ('[{"eventType": "a"}, {"eventType": "b"}]', 'Event Grid event "a"'),
        ('{"eventType": "Microsoft.Storage.BlobCreated"}', "without the name of a blob"),
        ('{"eventType": "Microsoft.Storage.BlobCreated", "data": "text"}', "without the name of a blob"),
        (
            '{"eventType": "Microsoft.Storage.BlobCreated", "data": {"url": 5}, "subject": ["x"]}',
            "without the name of a blob",
        ),
        ('{"eventType": "Microsoft.Storage.BlobDeleted", "data": {}}', "BlobDeleted"),
        ('{"ScheduleStatus": {}, "IsPastDue": false}', "a timer"),
        ("[" * 100_000, "not JSON"),
        (as_object('{"eventType": "x", "data": {}}'), 'Event Grid event "x"'),
        (HttpRequest("GET", "/x", body=b""), "HttpRequest"),
        (QueueMessage(id="1", body="x"), "QueueMessage"),
        (object(), "object"),
        (3.5, "a JSON float"),
    ],
)
def test_what_is_no_blob_event_is_refused_and_the_handler_is_not_called(event: Any, came: str) -> None:
    calls: list[Any] = []
    run = objects.handler(lambda stored, context: calls.append(stored), "fun", 30, "created")
    with pytest.raises(EventError, match="expected an object created in a bucket") as raised:
        run(event, Invocation())
    assert came in str(raised.value)
    assert calls == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["eventType", "specversion", "type", "subject", "data", "url", "time", "id", "ScheduleStatus"]
            ),
            inner | st.sampled_from(["Microsoft.Storage.BlobCreated", "1.0"]),
            max_size=6,
        )
    ),
    max_leaves=8,
)


@given(JSON.map(json.dumps) | st.text(max_size=30) | st.binary(max_size=30))
def test_a_translation_ends_in_values_or_in_one_defined_error(event: str | bytes) -> None:
    for decode, kind in ((objects.decode, "created"), (messages.decode, "topic"), (messages.decode, "queue")):
        with suppress(EventError):
            decode(event, kind)


@given(JSON.map(json.dumps) | st.text(st.characters(exclude_categories=("Cs",)), max_size=30))
def test_any_text_of_a_queue_is_a_message(text: str) -> None:
    [found] = messages.decode(QueueMessage(id="7", body=text), "queue")
    assert found.payload == text.encode() or '"portable.message"' in text
    assert len(messages.decode(QueueMessage(id="7", body=text), "topic")) == 1 or text.lstrip()[:1] == "["


def test_a_broken_envelope_is_its_own_text() -> None:
    text = '{"specversion": "1.0", "type": "portable.message", "id": "1", "data_base64": "abc"}'
    [found] = messages.decode(QueueMessage(id="7", body=text), "queue")
    assert (found.id, found.payload) == ("7", text.encode())


def test_a_topic_queue_carries_either_schema() -> None:
    event = {"id": "e1", "eventType": "t", "subject": "s", "topic": "/t", "eventTime": "2026-01-01T00:00:00Z"}
    body = json.dumps(event | {"data": {"n": 1}, "dataVersion": ""})
    [found] = messages.decode(queue_message(body, Message("q1", b"", 2)), "topic")
    assert (found.id, found.payload, found.attempt) == ("e1", b'{"n":1}', 2)
    assert found.attributes == {"source": "/t", "type": "t", "subject": "s"}


def consumer(call: Any, attempts: int = 3, bury: Any = None) -> Consumer:
    return Consumer("fun", call, attempts, bury)


def fail(message: Any, context: Any) -> None:
    raise ValueError("no")


def test_a_failed_message_fails_the_call_until_its_attempts_are_used_up() -> None:
    buried: list[Any] = []
    run = messages.handler(
        consumer(fail, 2, lambda message, attempts, error: buried.append((message.id, attempts, str(error)))),
        30,
        "queue",
    )
    with pytest.raises(Unavailable, match="m1 of fun will be delivered again"):
        run(encode_message(Message("m1", b"x", 1)), Invocation())
    run(encode_message(Message("m1", b"x", 2)), Invocation())
    assert buried == [("m1", 2, "no")]


def test_the_context_of_a_message_has_its_attempt_and_trace() -> None:
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    seen: list[Any] = []
    run = messages.handler(consumer(lambda message, context: seen.append(context)), 30, "queue")
    run(encode_message(Message("m1", b"x", 2, {}, None, None, trace)), Invocation())
    assert (seen[0].attempt, seen[0].trace, seen[0].function) == (2, trace, "fun")


def test_a_message_without_the_attributes_of_a_filter_is_acknowledged_unseen() -> None:
    seen: list[str] = []
    run = messages.handler(
        consumer(lambda message, context: seen.append(message.id)), 30, "topic", (("level", "high"),)
    )
    for name, level in (("m1", "low"), ("m2", "high")):
        run(encode_message(Message(name, b"x", 1, {"level": level}), "topic"), Invocation())
    assert seen == ["m2"]


def test_async_handlers_are_awaited() -> None:
    seen: list[Any] = []

    async def call(found: Any, context: Any) -> None:
        await asyncio.sleep(0)
        seen.append(found)

    message, stored = Message("m1", b"x", 1), StoredObject("box", "in/a.txt", 3, "0x8D", "1")
    runs = (
        (messages.handler(consumer(call), 30, "queue", awaited=True), encode_message(message)),
        (objects.handler(call, "fun", 30, "created", awaited=True), CREATED),
        (
            messages.handler(objects.consumer(consumer(call), "created", awaited=True), 30, "object", awaited=True),
            encode_object(stored, "created", "queue"),
        ),
    )
    for run, event in runs:
        asyncio.run(run(event, Invocation()))  # type: ignore[arg-type]
    assert [type(found).__name__ for found in seen] == ["Message", "StoredObject", "StoredObject"]


@pytest.mark.parametrize(
    ("prefix", "suffix", "called"), [("in/", ".txt", 1), ("out/", "", 0), ("", ".jpg", 0), ("", "", 1)]
)
def test_only_keys_within_prefix_and_suffix_reach_the_handler(prefix: str, suffix: str, called: int) -> None:
    calls: list[Any] = []

    def call(stored: Any, context: Any) -> None:
        calls.append(stored.key)

    objects.handler(call, "fun", 30, "created", prefix, suffix)(CREATED, Invocation())
    queued = encode_object(StoredObject("box", "in/a.txt", 3, "0x8D", "1"), "created", "queue")
    run = messages.handler(objects.consumer(consumer(call), "created", prefix, suffix), 30, "object")
    run(queued, Invocation())
    assert calls == ["in/a.txt"] * (2 * called)


def test_a_dead_letter_of_a_buckets_function_is_an_object_again_after_a_redrive() -> None:
    seen: list[Any] = []
    dead = MemoryQueue(Queue("fun").dead_letters)
    consumed = consumer(fail, 1, lambda message, attempts, error: dead.send(dead_letter(message, attempts, error)))
    queued = encode_object(StoredObject("box", "in/a.txt", 3, "0x8D", "1"), "created", "queue")
    messages.handler(objects.consumer(consumed, "created"), 30, "object")(queued, Invocation())

    class Source:
        def send_many(self, letters: Any) -> list[str]:
            self.texts = [as_queue_text(letter, "/portable/queue/fun")[0] for letter in letters]
            return ["sent" for _ in letters]

    source: Any = Source()
    assert redrive(dead, source) == 1
    call = consumer(lambda found, context: seen.append(found.key))
    [text] = source.texts
    messages.handler(objects.consumer(call, "created"), 30, "object")(
        queue_message(text, Message("m2", b"", 1)), Invocation()
    )
    assert seen == ["in/a.txt"]
