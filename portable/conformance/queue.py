"""The queue suite: it defines what a queue is. A driver that passes it is correct.

A harness is a fixture and a subclass:

    from portable.conformance.queue import Queues, QueueSuite

    @pytest.fixture(scope="module")
    def queues():
        return Queues(open=lambda queue: my_driver(queue, address_of[queue.name]))

    class TestMyQueues(QueueSuite):
        pass

`portable.conformance.queue_cases.QUEUES` lists the queues that must exist. The suite fails if a test is
removed or replaced without a reason: see `portable.conformance.guard`.
"""
# ruff: noqa: D102  (the name of a test is its sentence)

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import pytest

from portable.conformance.queue_cases import (
    DEAD,
    JOBS,
    LATER,
    ONCE,
    ORDERED,
    PAYLOADS,
    QUEUES,
    TRACE,
    Queues,
    check_payload,
    traced,
)
from portable.conformance.queue_handling import HandlingTests
from portable.conformance.shared import check_is_now, check_native, in_a_loop, unique
from portable.errors import DeclarationError, InvalidValue, NotFound, NotGranted, TooLarge
from portable.eventing.deadletters import dead_letter
from portable.eventing.message import Message

__all__ = ["QUEUES", "QueueSuite", "Queues"]


class QueueSuite(HandlingTests):
    """Everything a queue driver promises; see `portable.eventing.driver`."""

    @pytest.mark.parametrize("name", PAYLOADS)
    def test_what_is_sent_arrives(self, queues: Queues, name: str) -> None:
        payload = PAYLOADS[name]
        sent = queues.sender(JOBS).send(payload)
        message = queues.take_one(queues.open(JOBS), sent).message
        check_payload(message.payload, payload)
        assert message.attributes == {}
        assert message.trace is None
        assert message.group is None

    def test_the_time_of_sending_is_told_in_utc(self, queues: Queues) -> None:
        sent = queues.sender(JOBS).send("x")
        check_is_now(queues.take_one(queues.open(JOBS), sent).message.sent_at)

    def test_attributes_arrive_as_they_were_sent(self, queues: Queues) -> None:
        attributes = {"kind": "order", "Kind-2": "grüße 世界", "under_score": "a b", "time": "now", "id": '"<&>"'}
        attributes |= {"longername" * 6: "x" * 1024, "subject": "s", "z9": "é"}
        for payload in ("text", b"\x00", {"a": 1}):
            sent = queues.sender(JOBS).send(payload, attributes=attributes)
            assert queues.take_one(queues.open(JOBS), sent).message.attributes == attributes

    def test_the_trace_of_the_call_travels_with_a_message(self, queues: Queues) -> None:
        with traced():
            sent = queues.sender(JOBS).send({"a": 1})
        message = queues.take_one(queues.open(JOBS), sent).message
        assert (message.trace, message.attributes, json.loads(message.payload)) == (TRACE, {}, {"a": 1})

    def test_many_are_sent_in_batches_and_reported_in_order(self, queues: Queues) -> None:
        marker = unique()
        report = queues.sender(JOBS).send_many({"m": marker, "n": n} for n in range(33))
        assert report.failed == ()
        assert len(set(report.sent)) == 33
        found = queues.take(queues.open(JOBS), list(report.sent))
        arrived = {received.message.id: json.loads(received.message.payload)["n"] for received in found}
        assert [arrived[sent] for sent in report.sent] == list(range(33))

    def test_large_messages_are_sent_in_batches_too(self, queues: Queues) -> None:
        report = queues.sender(JOBS).send_many([b"\xff" * 48_000] * 12)
        assert (len(report.sent), report.failed) == (12, ())
        assert len(queues.take(queues.open(JOBS), list(report.sent))) == 12

    def test_a_payload_that_cannot_be_sent_is_reported_and_the_others_are_sent(self, queues: Queues) -> None:
        report = queues.sender(JOBS).send_many(["a", "x" * 50_000, "b", object()])
        assert [(failure.index, type(failure.error)) for failure in report.failed] == [(1, TooLarge), (3, InvalidValue)]
        bodies = [received.message.payload for received in queues.take(queues.open(JOBS), list(report.sent))]
        assert sorted(bodies) == [b"a", b"b"]

    def test_limits_are_refused_by_name_before_anything_is_sent(self, queues: Queues) -> None:
        sender = queues.sender(JOBS)
        with pytest.raises(TooLarge, match="48 KiB"):
            sender.send("x" * 49_153)
        with pytest.raises(TooLarge, match="49152"):
            sender.send("x" * 49_100, attributes={"name": "x" * 100})
        wrong: list[dict[str, Any]] = [
            {"": "x"},
            {"a b": "x"},
            {"portable": "x"},
            {"traceparent": "x"},
            {"a": ""},
            {"a": 1},
            {"a": "\n"},
            {f"n{n}": "x" for n in range(9)},
        ]
        for attributes in wrong:
            with pytest.raises(ValueError, match="attribute"):
                sender.send("x", attributes=attributes)
        with pytest.raises(ValueError, match="JSON"):
            sender.send(object())

    def test_an_ability_that_is_not_declared_is_refused(self, queues: Queues) -> None:
        sender = queues.sender(JOBS)
        options: list[tuple[dict[str, Any], str]] = [
            ({"delay": 1}, "delayed"),
            ({"group": "g"}, "ordered"),
            ({"deduplicate": "d"}, "deduplicated"),
        ]
        for wrong, needed in options:
            with pytest.raises(DeclarationError, match=needed):
                sender.send("x", **wrong)

    def test_a_delayed_message_comes_when_it_is_due(self, queues: Queues) -> None:
        queues.need("delayed")
        driver, sender = queues.open(LATER), queues.sender(LATER)
        for wrong in (901, -1, 1.5):
            with pytest.raises(ValueError, match="900"):
                sender.send("x", delay=wrong)  # type: ignore[arg-type]
        start = time.monotonic()
        at_once, later = sender.send("now"), sender.send("later", delay=1)
        assert [received.message.id for received in queues.take(driver, [at_once])] == [at_once]
        assert queues.take_one(driver, later).message.payload == b"later"
        assert time.monotonic() - start >= 0.9

    def test_a_group_keeps_its_order_and_waits_for_its_first(self, queues: Queues) -> None:
        queues.need("ordered")
        driver, sender = queues.open(ORDERED), queues.sender(ORDERED)
        first, second, whole = unique(), unique(), []
        sent = [sender.send(str(n), group=first if n % 2 else second) for n in range(8)]
        groups: dict[str | None, list[int]] = {}
        for received in queues.take(driver, sent):
            groups.setdefault(received.message.group, []).append(int(received.message.payload))
            whole.append(received.message.id)
        assert groups == {first: [1, 3, 5, 7], second: [0, 2, 4, 6]}
        assert len(set(whole)) == 8

    def test_a_queue_without_order_takes_a_message_of_a_group(self, queues: Queues) -> None:
        """So do dead letters come: of an ordered queue with their group, of a stream with their key."""
        driver, group = queues.open(JOBS), unique()
        sent = driver.send(dead_letter(Message(unique(), b"dead", group=group), 1, None))
        received = queues.take_one(driver, sent).message
        assert received.payload == b"dead"
        assert received.group == group

    def test_without_a_group_the_whole_ordered_queue_is_one(self, queues: Queues) -> None:
        queues.need("ordered")
        driver, sender = queues.open(ORDERED), queues.sender(ORDERED)
        sent = [sender.send(str(n)) for n in range(5)]
        found = [received.message for received in queues.take(driver, sent)]
        assert [message.id for message in found] == sent
        assert {message.group for message in found} == {None}

    def test_a_deduplication_id_sends_one_message(self, queues: Queues) -> None:
        queues.need("deduplicated")
        driver, sender, key = queues.open(ONCE), queues.sender(ONCE), unique()
        first = sender.send("first", deduplicate=key)
        assert sender.send("second", deduplicate=key) == first
        other = sender.send("other", deduplicate=unique())
        free = [sender.send("free"), sender.send("free")]
        found = queues.take(driver, [first, other, *free])
        assert sorted(received.message.payload for received in found) == [b"first", b"free", b"free", b"other"]
        assert {received.message.group for received in found} == {None}

    def test_count_tells_how_many_wait(self, queues: Queues) -> None:
        queues.need("count")
        driver = queues.open(JOBS)
        queues.drain(driver)
        sent = list(queues.sender(JOBS).send_many(["a", "b", "c"]).sent)
        assert queues.reader(JOBS).count() == 3
        queues.take(driver, sent)
        assert queues.reader(JOBS).count() == 0

    def test_peek_leaves_messages_where_they_are(self, queues: Queues) -> None:
        queues.need("peek")
        driver = queues.open(JOBS)
        queues.drain(driver)
        sent = queues.sender(JOBS).send({"a": 1}, attributes={"k": "v"})
        for _ in range(2):
            found = queues.peeked(JOBS, sent)
            assert (found.payload, found.attributes) == (b'{"a":1}', {"k": "v"})
        assert queues.take_one(driver, sent).message.payload == b'{"a":1}'
        with pytest.raises(ValueError, match="100"):
            queues.reader(JOBS).peek(101)

    def test_a_foreign_message_is_its_raw_body(self, queues: Queues) -> None:
        if queues.foreign is None:
            pytest.skip("the harness has no `foreign`: nothing but the driver writes to this queue")
        driver = queues.open(JOBS)
        queues.drain(driver)
        text = '{"from": "elsewhere", "specversion": "1.0", "type": "com.example", "id": "1", "source": "/s"}'
        queues.foreign(text)
        end = time.monotonic() + queues.patience
        taken = driver.receive(10, 30)
        while not taken and time.monotonic() < end:
            taken = driver.receive(10, 30)
        driver.acknowledge([received.receipt for received in taken])
        assert [received.message.payload for received in taken] == [text.encode()]
        assert taken[0].message.id

    def test_a_queue_that_is_missing_is_not_found(self, queues: Queues) -> None:
        if queues.missing is None:
            pytest.skip("a queue of this store cannot be missing")
        driver = queues.missing()
        with pytest.raises(NotFound) as caught:
            Queues(open=lambda queue: driver).sender(JOBS).send("x")
        assert caught.value.__cause__ is not None

    def test_a_client_has_the_methods_of_its_permission_only(self, queues: Queues) -> None:
        with pytest.raises(NotGranted, match="QueueReader"):
            queues.sender(JOBS).count()  # type: ignore[attr-defined]
        with pytest.raises(NotGranted, match="QueueSender"):
            queues.reader(DEAD).send("x")  # type: ignore[attr-defined]

    def test_the_native_client_can_be_unwrapped(self, queues: Queues) -> None:
        check_native(queues.sender(JOBS), queues.native)

    @in_a_loop
    async def test_asynchronous_clients_send_at_the_same_time(self, queues: Queues) -> None:
        sender = queues.async_sender(JOBS)
        sent = await asyncio.gather(*(sender.send({"n": n}) for n in range(20)))
        report = await sender.send_many(["a", "b"])
        assert len(queues.take(queues.open(JOBS), [*sent, *report.sent])) == 22
