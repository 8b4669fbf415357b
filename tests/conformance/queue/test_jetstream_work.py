"""The worker of queues in JetStream: what it handles, gives back, and finishes."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Lock
from typing import TYPE_CHECKING

import pytest

from portable.eventing.outgoing import Outgoing
from portable.eventing.queue import Queue
from portable_container.runtime.eventing import NatsQueue, queue_driver
from portable_container.runtime.eventing_wire import read
from portable_container.runtime.nats_clients import Nats
from portable_container.runtime.nats_streams import consumers, make, of_queue
from portable_container.runtime.work import Worker

if TYPE_CHECKING:
    from nats.aio.msg import Msg


@pytest.fixture(scope="module")
def nats(nats_url: str) -> Iterator[Nats]:
    found = Nats(nats_url)
    yield found
    found.close()


def made(nats: Nats, name: str, *, ordered: bool = False) -> NatsQueue:
    """Return a new queue, in which a message that nobody tells of comes again after 0.3 s."""
    queue, address = Queue(name, ordered=ordered), f"of_work_queue_{name}"
    readers = [reader | {"ack_wait": 300_000_000} for reader in consumers(address, partitioned=ordered)]
    make(nats, of_queue(queue, address), readers)
    return queue_driver(queue, address, nats)


@contextmanager
def working(nats: Nats, queue: NatsQueue, handle: Callable[[Msg], bool]) -> Iterator[list[str]]:
    told: list[str] = []
    at, ordered = queue.at, queue.queue.ordered
    worker = Worker(nats, at, handle, told.append, at_once=4, partitioned=ordered, backoff=0.1, renewed=0.1)
    worker.start()
    try:
        yield told
    finally:
        assert worker.stop(10)


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


def sent(queue: NatsQueue, count: int, group: str | None = None) -> list[str]:
    outcomes = queue.send_many([Outgoing(b"%d" % n, False, {}, group=group) for n in range(count)])
    return [outcome for outcome in outcomes if isinstance(outcome, str)]


def test_each_message_is_handled_once_by_two_workers_and_a_long_handler_keeps_its_message(nats: Nats) -> None:
    queue, handled, lock = made(nats, "long"), Counter[str](), Lock()
    at_once = most = 0

    def handle(message: Msg) -> bool:
        nonlocal at_once, most
        with lock:
            at_once += 1
            most = max(most, at_once)
            handled[read(message).id] += 1
        time.sleep(0.7 if message.data == b"0" else 0.001)
        with lock:
            at_once -= 1
        return True

    ids = sent(queue, 60)
    with working(nats, queue, handle), working(nats, queue, handle):
        until(lambda: queue.count() == 0)
    assert handled == Counter(ids)
    assert 2 <= most <= 8


def test_what_is_not_done_comes_again_with_its_count_after_the_back_off(nats: Nats) -> None:
    queue, seen = made(nats, "again"), list[tuple[bytes, int | None, float]]()

    def handle(message: Msg) -> bool:
        attempt = read(message).attempt
        seen.append((message.data, attempt, time.monotonic()))
        if attempt == 1:
            raise ValueError("not yet")
        return attempt == 3

    with working(nats, queue, handle) as told:
        sent(queue, 1)
        until(lambda: queue.count() == 0)
    assert [(body, attempt) for body, attempt, _ in seen] == [(b"0", 1), (b"0", 2), (b"0", 3)]
    assert seen[2][2] - seen[0][2] >= 0.2
    assert told == ["a message could not be handled: ValueError: not yet"]


def test_a_group_waits_for_its_first_message(nats: Nats) -> None:
    queue, done = made(nats, "steps", ordered=True), list[bytes]()

    def handle(message: Msg) -> bool:
        if message.data == b"0" and read(message).attempt == 1:
            return False
        done.append(message.data)
        return True

    sent(queue, 5, "g")
    with working(nats, queue, handle):
        until(lambda: queue.count() == 0)
    assert done == [b"0", b"1", b"2", b"3", b"4"]


def test_a_stopped_worker_finishes_what_runs_and_leaves_the_rest(nats: Nats) -> None:
    queue, begun = made(nats, "stopped"), Event()

    def handle(message: Msg) -> bool:
        begun.set()
        time.sleep(0.2)
        return True

    sent(queue, 1)
    with working(nats, queue, handle):
        assert begun.wait(5)
    assert queue.count() == 0
    [left] = sent(queue, 1)
    assert [received.message.id for received in queue.receive(1, 30)] == [left]


def test_a_worker_without_a_queue_says_so(nats: Nats) -> None:
    queue = queue_driver(Queue("gone"), "of_work_queue_gone", nats)
    with working(nats, queue, lambda _: True) as told:
        until(lambda: bool(told))
        time.sleep(1.2)
    assert told == ["of_work_queue_gone.work: there is no such consumer. Run `migrate`, which makes it"], "told once"
