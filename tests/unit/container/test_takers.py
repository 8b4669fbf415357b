"""What takes events in a container: messages of JetStream and CloudEvents in, calls of the handler out."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from nats.aio.msg import Msg

from portable.compute.consume import Consumer
from portable.errors import EventError
from portable.eventing.outgoing import Outgoing
from portable_container.runtime import messages, records, schedule
from portable_container.runtime.cloudevents import CloudEvent
from portable_container.runtime.eventing_wire import headers_of
from portable_container.runtime.taking import Taker

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


class Calls(list[tuple[Any, Any]]):
    """The calls of a handler, which raises while `failing`."""

    failing = False

    def __call__(self, event: Any, context: Any) -> None:
        self.append((event, context))
        if self.failing:
            raise ValueError("no")


def delivered(body: bytes, headers: dict[str, str] | None = None, times: int = 1, kind: str = "queue") -> Msg:
    """Return a message as JetStream delivers it."""
    receipt = f"$JS.ACK.app_dev_{kind}_jobs.work.{times}.7.1.1700000000000000000.0"
    return Msg(None, "app.dev.queue.jobs", receipt, body, headers)  # type: ignore[arg-type]


def sent(message: Outgoing, times: int = 1, kind: str = "queue") -> Msg:
    body, headers = headers_of(message, "unique")
    return delivered(body, headers, times, kind)


def event(type: str, data: bytes = b"", **more: str) -> CloudEvent:  # noqa: A002
    return CloudEvent({"specversion": "1.0", "id": "e1", "source": "/s", "type": type, **more}, data)


def test_a_message_comes_with_its_attempt_and_trace_and_a_call_with_an_id_of_its_delivery() -> None:
    calls = Calls()
    taker = messages.handler(Consumer("f", calls), 30)
    assert taker.take(sent(Outgoing(b"x", False, {"a": "ä"}, TRACE, group="g"), 2))
    [(message, context)] = calls
    assert (message.id, message.payload, message.attempt, message.group) == ("unique", b"x", 2, "g")
    assert message.attributes == {"a": "ä"}
    assert (context.request_id, context.function, context.attempt) == ("app_dev_queue_jobs-7-2", "f", 2)
    assert context.trace == TRACE
    assert 29 < context.remaining() <= 30


def test_a_failed_message_comes_again_until_its_attempts_are_used_up_and_is_buried_then() -> None:
    calls, buried = Calls(), list[tuple[str, int]]()
    calls.failing = True
    taker = messages.handler(Consumer("f", calls, 2, lambda m, attempts, error: buried.append((m.id, attempts))), 30)
    assert not taker.take(sent(Outgoing(b"x", False, {}), 1))
    assert taker.take(sent(Outgoing(b"x", False, {}), 2))
    assert buried == [("unique", 2)]
    assert taker.take(sent(Outgoing(b"x", False, {}), 3)), "its last attempt died: it is buried without a call"
    assert len(calls) == 2


def test_a_message_that_is_filtered_out_is_done() -> None:
    calls = Calls()
    taker = messages.handler(Consumer("f", calls), 30, (("kind", "a"),))
    assert taker.take(sent(Outgoing(b"1", False, {"kind": "b"})))
    assert taker.take(sent(Outgoing(b"2", False, {"kind": "a"})))
    assert [message.payload for message, _ in calls] == [b"2"]


def test_what_jetstream_did_not_deliver_is_logged_and_done(caplog: pytest.LogCaptureFixture) -> None:
    calls = Calls()
    taker = messages.handler(Consumer("f", calls), 30)
    stray = Msg(None, "x", "", b"")  # type: ignore[arg-type]
    assert taker.take(stray)
    with pytest.raises(EventError, match="expected a message, but a message at x without a place in JetStream came"):
        taker.handle(stray)
    assert not calls
    assert "f was not called" in caplog.text


@pytest.mark.parametrize(
    ("taker", "wrong", "came"),
    [
        (schedule.handler(print, "f", 30), delivered(b"x"), "a message of the stream app_dev_queue_jobs"),
        (records.handler(Consumer("f", print), 30), delivered(b"x"), "a message of the stream app_dev_queue_jobs"),
        (messages.handler(Consumer("f", print), 30), delivered(b"x", kind="ticks"), "of the stream app_dev_ticks_jobs"),
        (
            schedule.handler(print, "f", 30),
            delivered(b"soon", kind="ticks"),
            "something else in the stream app_dev_ticks_",
        ),
    ],
)
def test_a_message_of_another_kind_is_refused(taker: Taker, wrong: Msg, came: str) -> None:
    with pytest.raises(EventError, match=came):
        taker.handle(wrong)


def test_a_cloudevent_is_a_message_with_its_extensions() -> None:
    calls = Calls()
    taker = messages.handler(Consumer("f", calls), 30)
    more = {"partitionkey": "g", "traceparent": TRACE, "portableattempt": "3", "colour": "red"}
    more["portableattributes"] = json.dumps({"Größe": "ä b"})
    assert taker.event(event("portable.message", b"\xff", time="2026-01-02T03:04:05Z", **more))
    assert taker.event(event("com.example.thing", b"{}", subject="s"))
    (message, context), (foreign, other) = calls
    assert (message.id, message.payload, message.attempt, message.group) == ("e1", b"\xff", 3, "g")
    assert message.attributes == {"colour": "red", "Größe": "ä b"}
    assert message.sent_at == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert (context.trace, context.request_id) == (TRACE, "e1")
    assert foreign.attributes == {"source": "/s", "type": "com.example.thing", "subject": "s"}
    assert (foreign.payload, foreign.attempt, other.attempt) == (b"{}", None, None)


def test_a_record_comes_alone_or_as_a_batch_of_one() -> None:
    one, many = Calls(), Calls()
    record = sent(Outgoing(b"x", False, {"a": "b"}, group="k"), 2, "stream")
    assert records.handler(Consumer("f", one), 30).take(record)
    assert records.handler(Consumer("f", many), 30, True).take(record)
    [(found, context)] = one
    assert (found.id, found.key, found.sequence, found.attempt, found.payload) == ("unique", "k", "7", 2, b"x")
    assert context.attempt == 2
    assert many[0][0] == [found]
    assert records.handler(Consumer("f", one), 30).event(
        event("portable.message", b"y", partitionkey="k", sequence="9")
    )
    assert (one[1][0].key, one[1][0].sequence, one[1][0].attributes) == ("k", "9", {})


def test_a_tick_has_attempts_and_only_every_such_day_counts(caplog: pytest.LogCaptureFixture) -> None:
    calls = Calls()
    calls.failing = True
    taker = schedule.handler(calls, "f", 30, 2)
    due = b"2026-01-02T03:04:00+00:00"
    assert not taker.take(delivered(due, times=1, kind="ticks"))
    assert taker.take(delivered(due, times=2, kind="ticks"))
    assert "gave up" in caplog.text
    assert taker.take(delivered(due, times=3, kind="ticks"))
    assert [(tick.scheduled_at, context.attempt) for tick, context in calls[:1]] == [
        (datetime(2026, 1, 2, 3, 4, tzinfo=UTC), 1)
    ]
    assert len(calls) == 2
    every = schedule.handler(calls, "f", 30, 3, days=2)
    for day in (2, 3):
        every.take(delivered(b"2026-01-%02dT00:00:00Z" % day, kind="ticks"))
    assert [tick.scheduled_at.day for tick, _ in calls[2:]] == [3], "2026-01-01 is day 20,454"


@pytest.mark.parametrize("type", schedule.TYPES)
def test_a_cloudevent_is_a_tick(type: str) -> None:  # noqa: A002
    calls = Calls()
    assert schedule.handler(calls, "f", 30).event(event(type, time="2026-01-02T03:04:00Z"))
    assert calls[0][0].scheduled_at == datetime(2026, 1, 2, 3, 4, tzinfo=UTC)


def nothing(*_values: object) -> None:
    raise AssertionError


@pytest.mark.parametrize(
    ("taker", "wrong"),
    [
        (messages.handler(Consumer("f", nothing), 30), event("portable.tick", time="2026-01-02T03:04:00Z")),
        (messages.handler(Consumer("f", nothing), 30), event("portable.message", portableattempt="0")),
        (messages.handler(Consumer("f", nothing), 30), CloudEvent({"type": "x"}, b"")),
        (records.handler(Consumer("f", nothing), 30), event("portable.object.created")),
        (schedule.handler(nothing, "f", 30), event("portable.message")),
        (schedule.handler(nothing, "f", 30), event("portable.tick")),
        (schedule.handler(nothing, "f", 30), event("portable.tick", time="soon")),
    ],
)
def test_another_cloudevent_is_refused(taker: Taker, wrong: CloudEvent) -> None:
    with pytest.raises(EventError, match='but a CloudEvent of type "'):
        taker.event(wrong)
