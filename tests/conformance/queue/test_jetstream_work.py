"""The worker of queues in JetStream: what it handles, gives back, and finishes."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from threading import Event, Lock
from typing import TYPE_CHECKING

import pytest
from hosts.container_work import made, until, working

from portable.eventing.driver import Received
from portable.eventing.outgoing import Outgoing
from portable.eventing.queue import Queue
from portable_container.runtime import work_pool
from portable_container.runtime.eventing import NatsQueue, queue_driver
from portable_container.runtime.eventing_wire import read
from portable_container.runtime.nats_clients import Nats
from portable_container.runtime.nats_streams import make_queue
from portable_container.runtime.work import Worker
from portable_container.runtime.work_depth import Depth
from portable_container.runtime.work_pool import Pool

if TYPE_CHECKING:
    from nats.aio.msg import Msg


@pytest.fixture(scope="module")
def nats(nats_url: str) -> Iterator[Nats]:
    found = Nats(nats_url)
    yield found
    found.close()


def sent(queue: NatsQueue, count: int, group: str | None = None) -> list[str]:
    outcomes = queue.send_many([Outgoing(b"%d" % n, False, {}, group=group) for n in range(count)])
    return [outcome for outcome in outcomes if isinstance(outcome, str)]


def kept(nats: Nats, name: str) -> NatsQueue:
    """Return a new queue in which a message that nobody tells of does not come again during a test."""
    make_queue(nats, Queue(name), f"of_work_queue_{name}")
    return queue_driver(Queue(name), f"of_work_queue_{name}", nats)


def given_back(queue: NatsQueue) -> list[Received]:
    """Wait for messages that were given back. The server hears of it before it gives them out again."""
    found: list[Received] = []

    def look() -> bool:
        found.extend(queue.receive(5, 30))
        return bool(found)

    until(look)
    return found


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


def test_calls_that_end_together_are_told_together_and_a_group_waits_for_nothing(
    nats: Nats, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work_pool, "TOGETHER_SECONDS", 0.5)
    queue, steps, done = made(nats, "together"), made(nats, "turns", ordered=True), list[bytes]()
    with working(nats, queue, lambda found: not done.append(found.data)):
        sent(queue, 3)
        until(lambda: len(done) == 3)
        assert queue.count() == 3
        until(lambda: queue.count() == 0)
    with working(nats, steps, lambda found: not done.append(found.data)):
        begun = time.monotonic()
        sent(steps, 6, "g")
        until(lambda: steps.count() == 0)
    assert time.monotonic() < begun + 6 * 0.5


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
    until(lambda: [received.message.id for received in queue.receive(1, 30)] == [left])


def test_a_worker_without_a_queue_says_so(nats: Nats) -> None:
    queue = queue_driver(Queue("gone"), "of_work_queue_gone", nats)
    with working(nats, queue, lambda _: True) as told:
        until(lambda: bool(told))
        time.sleep(1.2)
    assert told == ["of_work_queue_gone.work: there is no such consumer. Run `migrate`, which makes it"], "told once"


def test_a_worker_goes_on_when_its_connection_was_closed_for_good(nats_url: str) -> None:
    nats = Nats(nats_url)
    queue, done = made(nats, "closed"), list[bytes]()
    with working(nats, queue, lambda found: not done.append(found.data)) as told:
        sent(queue, 1)
        until(lambda: done == [b"0"] and queue.count() == 0)
        nats.run(nats.connected().close())  # as nats-py does when the server refuses it for good
        sent(queue, 1)
        until(lambda: len(done) == 2)
    nats.close()
    assert told in ([], ["the connection to NATS is lost, and is being made again"]), "it may see it just then"


def test_functions_share_the_threads_of_a_pool_in_turn(nats: Nats) -> None:
    busy, calm, order = made(nats, "busy"), made(nats, "calm"), list[str]()
    at_once = most = 0
    lock = Lock()

    def handle(found: Msg) -> bool:
        nonlocal at_once, most
        with lock:
            at_once += 1
            most = max(most, at_once)
            order.append(found.subject.rpartition(".")[2])
        time.sleep(0.02)
        with lock:
            at_once -= 1
        return True

    sent(busy, 30)
    pool = Pool(nats, 2)
    with working(nats, busy, handle, pool), working(nats, calm, handle, pool):
        until(lambda: len(order) > 5)
        sent(calm, 3)
        until(lambda: len(order) == 33)
    assert most == 2
    assert max(place for place, name in enumerate(order) if name == "calm") < 25, (
        "it does not wait for all of the other"
    )


def test_the_message_of_a_call_whose_time_is_up_comes_again_and_its_late_failure_does_not_count(nats: Nats) -> None:
    queue, seen = made(nats, "late"), list[int | None]()

    def handle(found: Msg) -> bool:
        attempt = read(found).attempt
        seen.append(attempt)
        time.sleep(1.5 if attempt == 1 else 0.01)
        return attempt != 1

    with working(nats, queue, handle, timeout=0.3) as told:
        sent(queue, 1)
        until(lambda: queue.count() == 0)
    assert seen == [1, 2]
    assert told == ["a call runs for more than 0.3 s, its timeout: its message comes again"]


def test_a_stopped_worker_gives_back_at_once_what_has_not_begun(nats: Nats) -> None:
    queue, go = kept(nats, "given"), Event()
    worker = Worker(nats, queue.at, lambda _: go.wait(10), print, at_once=4, pool=Pool(nats, 1), renewed=0.1)
    worker.at_once = 1
    other = Worker(nats, queue.at, lambda _: go.wait(10), print, at_once=4, pool=worker.pool, renewed=0.1)
    worker.start()
    other.start()
    sent(queue, 2)
    until(lambda: len(worker.waiting) + len(other.waiting) == 1)
    worker.end()
    other.end()
    assert len(given_back(queue)) == 1
    go.set()
    assert worker.stop(5)
    assert other.stop(5)


def test_what_does_not_end_in_time_is_given_back(nats: Nats) -> None:
    queue, begun, go = kept(nats, "hanging"), Event(), Event()

    def handle(_found: Msg) -> bool:
        begun.set()
        return go.wait(10)

    worker = Worker(nats, queue.at, handle, print, renewed=0.1)
    worker.start()
    sent(queue, 1)
    assert begun.wait(5)
    assert not worker.stop(0.1)
    assert [received.message.attempt for received in given_back(queue)] == [2]
    go.set()


def test_a_worker_all_of_whose_calls_hang_is_not_ready(nats: Nats) -> None:
    queue, go = made(nats, "hung"), Event()
    worker = Worker(nats, queue.at, lambda _: go.wait(10), print, renewed=0.1, at_once=1, timeout=0.1)
    assert worker.wrong() == "it is not running"
    worker.start()
    until(lambda: worker.wrong() is None)
    sent(queue, 1)
    until(lambda: worker.wrong() == "all 1 calls that it may make at once run for longer than their timeout")
    go.set()
    until(lambda: worker.wrong() is None)
    assert worker.stop(5)


def test_the_back_off_grows_where_none_is_declared(nats: Nats) -> None:
    queue = made(nats, "growing")
    worker = Worker(nats, queue.at, lambda _: True, print)
    sent(queue, 1)
    [found] = queue._consuming.take(1)
    words = []
    for times in (1, 2, 5, 30):
        found._metadata = None
        found.reply = found.reply.replace(".work.1.", f".work.{times}.") if times > 1 else found.reply
        words.append(worker._again(found))
        found.reply = found.reply.replace(f".work.{times}.", ".work.1.")
    assert words == [b'-NAK {"delay": %d000000000}' % seconds for seconds in (1, 2, 16, 600)]


def test_how_much_waits_and_how_long(nats: Nats) -> None:
    queue = made(nats, "depth")
    depth = Depth(nats, queue.at, partitioned=False)
    assert depth.look() == depth.look_at_all() == (0, 0.0)
    sent(queue, 3)
    queue.receive(1, 30)
    time.sleep(0.05)
    for found in (depth.look(), depth.look_at_all()):
        assert found is not None
        assert found[0] == 3
        assert 0.05 <= found[1] < 5
    delayed = Queue("delayed", delayed=True)
    make_queue(nats, delayed, "of_work_queue_delayed")
    driver = queue_driver(delayed, "of_work_queue_delayed", nats)
    driver.send(Outgoing(b"x", False, {}, delay=60))
    assert Depth(nats, driver.at, partitioned=False).look() == (0, 0.0)
    driver.send(Outgoing(b"x", False, {}))
    assert (Depth(nats, driver.at, partitioned=False).look() or (0,))[0] == 1
    gone = queue_driver(Queue("gone"), "of_work_queue_gone", nats)
    assert Depth(nats, gone.at, partitioned=False).look() is None
