"""Tests of received messages: attempts, acknowledging, dead letters and redrive."""
# ruff: noqa: D102  (the name of a test is its sentence)

from __future__ import annotations

import asyncio
import time

from portable.conformance.guard import Unweakened
from portable.conformance.queue_cases import DEAD, JOBS, Queues
from portable.conformance.shared import unique
from portable.eventing.deadletters import to


class HandlingTests(Unweakened):
    """The receiving part of a queue driver."""

    def test_a_message_that_is_not_acknowledged_comes_again_with_its_id(self, queues: Queues) -> None:
        driver = queues.open(JOBS)
        sent = queues.sender(JOBS).send("again")
        first = queues.take_one(driver, sent, queues.hidden, keep=True)
        time.sleep(queues.hidden)
        second = queues.take_one(driver, sent)
        assert (first.message.id, first.message.payload) == (second.message.id, second.message.payload)

    def test_attempts_count_from_one(self, queues: Queues) -> None:
        queues.need("attempts")
        driver = queues.open(JOBS)
        sent = queues.sender(JOBS).send("count")
        counts: list[int | None] = []
        while len(counts) < (3 if queues.hidden < 1 else 2):
            counts.append(queues.take_one(driver, sent, queues.hidden, keep=True).message.attempt)
            time.sleep(queues.hidden)
        assert counts == list(range(1, len(counts) + 1))
        queues.take_one(driver, sent)

    def test_a_hidden_message_is_not_received(self, queues: Queues) -> None:
        driver = queues.open(JOBS)
        queues.drain(driver)
        sent = queues.sender(JOBS).send("hidden")
        received = queues.take_one(driver, sent, 30, keep=True)
        assert [other for other in driver.receive(10, 30) if other.message.id == sent] == []
        driver.acknowledge([received.receipt])

    def test_acknowledging_twice_is_no_error(self, queues: Queues) -> None:
        driver = queues.open(JOBS)
        sent = queues.sender(JOBS).send("x")
        received = queues.take_one(driver, sent)
        driver.acknowledge([received.receipt])
        driver.acknowledge([])

    def test_a_dead_letter_tells_its_id_attempts_and_error(self, queues: Queues) -> None:
        driver = queues.open(JOBS)
        for payload in ("text", b"\xff\x00", "x" * 49_000):
            sent = queues.sender(JOBS).send(payload, attributes={"kind": unique()})
            message = queues.take_one(driver, sent).message
            to(DEAD, queues)(message, 5, ValueError("bad <value> 'ü\x00' " + "long" * 1000))  # type: ignore[arg-type]
            dead = queues.take_one(queues.open(DEAD), sent).message
            assert dead.payload == message.payload
            attributes = dict(dead.attributes)
            assert attributes.pop("portable-attempts") == "5"
            assert attributes.pop("portable-error-type") == "ValueError"
            assert attributes.pop("portable-error").startswith("bad <value> 'ü ' longlong")
            assert attributes == message.attributes

    def test_a_dead_letter_whose_last_try_died_tells_no_error(self, queues: Queues) -> None:
        sent = queues.sender(JOBS).send("died")
        message = queues.take_one(queues.open(JOBS), sent).message
        to(DEAD, queues)(message, 3, None)  # type: ignore[arg-type]
        dead = queues.take_one(queues.open(DEAD), sent).message
        assert dead.attributes == {"portable-attempts": "3"}

    def test_redrive_brings_dead_letters_back_as_they_were(self, queues: Queues) -> None:
        driver, dead = queues.open(JOBS), queues.open(DEAD)
        queues.drain(driver)
        queues.drain(dead)
        payloads = {
            queues.sender(JOBS).send(payload, attributes={"k": "v"}): payload for payload in (b"\x00", b"b", b"c")
        }
        for received in queues.take(driver, list(payloads)):
            to(DEAD, queues)(received.message, 3, KeyError("k"))  # type: ignore[arg-type]
        moved = self._redrive(queues, len(payloads))
        assert moved == 3
        back = queues.take(driver, list(payloads))
        assert {received.message.id: received.message.payload for received in back} == payloads
        assert {tuple(received.message.attributes.items()) for received in back} == {(("k", "v"),)}
        assert dead.receive(10, 1) == []

    def _redrive(self, queues: Queues, wanted: int) -> int:
        moved, end = 0, time.monotonic() + queues.patience
        moved += queues.reader(DEAD).redrive(limit=1)
        while moved < wanted and time.monotonic() < end:
            moved += queues.reader(JOBS).redrive()
        return moved

    def test_redrive_of_nothing_moves_nothing(self, queues: Queues) -> None:
        queues.drain(queues.open(DEAD))
        assert queues.reader(JOBS).redrive() == 0
        assert asyncio.run(queues.async_reader(DEAD).redrive()) == 0
        assert queues.reader(DEAD).redrive(limit=0) == 0
