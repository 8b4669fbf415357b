"""Streams in a SQLite file: order by key, tries, dead letters and several readers, by the workers of this machine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from time import time
from typing import Any

import pytest

from portable.compute.consume import Consumer
from portable.compute.context import Context
from portable.compute.ledger import Ledger
from portable.compute.records import consume_records
from portable.eventing.outgoing import Outgoing
from portable.eventing.queue import Queue
from portable.eventing.stream import Stream
from portable.eventing.stream_feed import from_queue
from portable_local.runtime.eventing import queue_driver, stream_driver

CLICKS = Stream("clicks")


def send(path: str, *names: str) -> list[str]:
    """Write records: "a1" is one with the key a."""
    messages = [Outgoing(name.encode(), True, {"n": name}, group=name[0]) for name in names]
    return [str(own) for own in stream_driver(CLICKS, path).send_many(messages)]


def work(path: str, reader: str, call: Callable[[Any, Any], Any], whole: bool = False, bury: Any = None) -> None:
    """Handle everything that comes, as a worker does."""
    consumer = Consumer(reader, call, 2, bury, True, 0.0)
    queue = queue_driver(Queue(reader, ordered=True), path)
    while taken := queue.receive(1, 35):
        record = from_queue(taken[0].message)
        if consume_records(consumer, [record], Context(record.id, reader, time() + 30, record), Ledger(), whole):
            queue.release(taken[0].receipt, 0.0)
        else:
            queue.acknowledge((taken[0].receipt,))


@pytest.mark.parametrize("whole", [False, True])
def test_a_record_that_fails_holds_back_its_key_and_is_then_buried(tmp_path: Path, whole: bool) -> None:
    path = str(tmp_path / "messages.sqlite")
    stream_driver(CLICKS, path).subscribe("reader")
    sent = send(path, "a1", "b1", "a2")
    calls: list[tuple[str, int]] = []
    buried: list[tuple[str, str, int]] = []

    def one(record: Any, context: Any) -> None:
        calls.append((record.payload.decode(), record.attempt))
        assert (record.attributes, record.key) == ({"n": record.payload.decode()}, record.payload.decode()[0])
        if record.payload == b"a1":
            raise KeyError("k")

    def many(records: Any, context: Any) -> Any:
        calls.extend((record.payload.decode(), record.attempt) for record in records)
        return [record for record in records if record.payload == b"a1"]

    def bury(record: Any, attempts: int, error: Any) -> None:
        buried.append((record.id, record.key, attempts))

    work(path, "reader", many if whole else one, whole, bury)
    assert [call for call in calls if call[0] != "b1"] == [("a1", 1), ("a1", 2), ("a2", 1)]
    assert calls.count(("b1", 1)) == 1
    assert buried == [(sent[0], "a", 2)]


def test_each_reader_has_its_own_place(tmp_path: Path) -> None:
    path = str(tmp_path / "messages.sqlite")
    stream = stream_driver(CLICKS, path)
    stream.subscribe("early")
    send(path, "a1")
    for _ in range(2):  # a reader that comes back keeps its place
        stream.subscribe("oldest", "oldest")
        stream.subscribe("latest")
    send(path, "a2")
    seen: dict[str, list[str]] = {}
    for reader in ("early", "oldest", "latest"):
        found = seen.setdefault(reader, [])
        work(path, reader, lambda record, context, found=found: found.append(record.payload.decode()))
    assert seen == {"early": ["a1", "a2"], "oldest": ["a1", "a2"], "latest": ["a2"]}


def test_an_idempotent_call_is_asked_what_became_of_earlier_deliveries(tmp_path: Path) -> None:
    class Call:
        def history(self, record: Any, context: Any) -> Any:
            asked.append(record.key)
            return type("History", (), {"done": True, "running": False, "skipped": 0})()

        def __call__(self, record: Any, context: Any) -> None:
            raise KeyError("k")

    asked: list[str] = []
    path = str(tmp_path / "messages.sqlite")
    stream_driver(CLICKS, path).subscribe("reader")
    send(path, "a1")
    work(path, "reader", Call())
    assert set(asked) == {"a"}


def test_old_records_are_forgotten(tmp_path: Path) -> None:
    from datetime import UTC, datetime, timedelta

    path = str(tmp_path / "messages.sqlite")
    old = datetime.now(UTC) - timedelta(days=8)
    stream_driver(CLICKS, path, lambda: old).send(Outgoing(b"old", True, {}, group="a"))
    send(path, "a1")
    stream = stream_driver(CLICKS, path)
    stream.subscribe("reader", "oldest")
    seen: list[bytes] = []
    work(path, "reader", lambda record, context: seen.append(record.payload))
    assert seen == [b"a1"]
