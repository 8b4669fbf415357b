"""Memory queues and topics: virtual time, snapshots, ids of one's own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count

from portable.eventing.memory import MemoryQueue, MemoryTopic
from portable.eventing.outgoing import prepare
from portable.eventing.queue import Queue
from portable.eventing.topic import Topic


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def made(**options: bool) -> tuple[MemoryQueue, Clock]:
    clock, numbers = Clock(), count(1)
    return MemoryQueue(Queue("jobs", **options), clock, lambda: f"id-{next(numbers)}"), clock


def test_time_passes_only_when_the_clock_is_moved() -> None:
    queue, clock = made(delayed=True)
    assert queue.send(prepare("later", None, delay=900)) == "id-1"
    assert queue.next_due() == clock.now.timestamp() + 900
    clock.advance(899)
    assert queue.receive(1, 30) == []
    clock.advance(1)
    [received] = queue.receive(1, 30)
    assert (received.message.attempt, received.message.sent_at) == (1, datetime(2026, 1, 1, tzinfo=UTC))
    queue.release(received.receipt, 10)
    assert queue.next_due() == clock.now.timestamp() + 10
    clock.advance(10)
    [again] = queue.receive(1, 30)
    assert again.message.attempt == 2
    queue.acknowledge([received.receipt])
    assert queue.count() == 1
    queue.acknowledge([again.receipt])
    assert (queue.count(), queue.next_due()) == (0, None)


def test_an_ordered_queue_gives_the_first_of_each_group_only() -> None:
    queue, clock = made(ordered=True)
    for group in ("a", "a", "b"):
        queue.send(prepare("x", None, group=group))
    taken = queue.receive(10, 30)
    assert [received.message.id for received in taken] == ["id-1", "id-3"]
    assert queue.receive(10, 30) == []
    queue.release(taken[0].receipt, 5)
    assert queue.receive(10, 30) == []
    clock.advance(5)
    [first] = queue.receive(10, 30)
    queue.acknowledge([first.receipt])
    assert [received.message.id for received in queue.receive(10, 30)] == ["id-2"]


def test_a_deduplication_id_is_remembered_for_five_minutes() -> None:
    queue, clock = made(deduplicated=True)
    assert [queue.send(prepare("x", None, deduplicate="d")) for _ in range(2)] == ["id-1", "id-1"]
    clock.advance(299)
    assert queue.send(prepare("x", None, deduplicate="d")) == "id-1"
    clock.advance(1)
    assert queue.send(prepare("x", None, deduplicate="d")) != "id-1"


def test_a_snapshot_can_be_gone_back_to_again_and_again() -> None:
    queue, _ = made()
    queue.send(prepare("a", None))
    state = queue.snapshot()
    for _ in range(2):
        queue.send(prepare("b", None))
        [first, _] = queue.receive(10, 30)
        queue.acknowledge([first.receipt])
        queue.restore(state)
        assert [(m.payload, m.attempt) for m in queue.peek(10)] == [(b"a", None)]


def test_a_topic_gives_each_subscriber_its_own_copy_with_the_same_id() -> None:
    clock = Clock()
    topic = MemoryTopic(Topic("news"), clock)
    every, some = MemoryQueue(Queue("every"), clock), MemoryQueue(Queue("some"), clock)
    topic.subscribe(every)
    topic.subscribe(some, (("kind", "a"), ("size", "l")))
    first = topic.publish(prepare("1", {"kind": "a", "size": "l", "more": "x"}))
    second = topic.publish(prepare("2", {"kind": "a"}))
    assert [received.message.id for received in every.receive(10, 30)] == [first, second]
    assert [received.message.id for received in some.receive(10, 30)] == [first]
    assert [message.payload for message in topic.published] == [b"1", b"2"]
    state = topic.snapshot()
    topic.publish(prepare("3", None))
    topic.restore(state)
    assert len(topic.published) == 2
