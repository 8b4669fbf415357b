"""The local queue: its worker, several processes, and processes that die."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from hosts.local_worker import Worker
from servers.queue_kills import kill
from servers.waiting import until

from portable.compute.consume import Consumer
from portable.compute.context import Context
from portable.eventing.deadletters import to
from portable.eventing.message import Message
from portable.eventing.outgoing import prepare
from portable.eventing.queue import Queue
from portable.eventing.topic import Topic
from portable_local.runtime.eventing import SqliteQueue, queue_driver, topic_driver

JOBS = Queue("jobs", delayed=True)


class Local:
    def __init__(self, folder: Path) -> None:
        self.path = str(folder / "queues.sqlite")
        self.now = datetime(2026, 1, 1, tzinfo=UTC)

    def of(self, queue: Queue) -> SqliteQueue:
        return queue_driver(queue, self.path, lambda: self.now)


def test_nothing_is_lost_when_processes_are_killed_at_any_moment(tmp_path: Path) -> None:
    told = kill(tmp_path, 20)
    assert told["sent"] > 20
    assert (told["lost"], told["left"]) == (0, 0), told


def test_a_failing_message_is_tried_again_after_its_backoff_and_then_is_a_dead_letter(tmp_path: Path) -> None:
    local: Any = Local(tmp_path)
    seen: list[int | None] = []

    def fail(message: Message[bytes], context: Context) -> None:
        seen.append(context.attempt)
        raise ValueError("no")

    queue = local.of(JOBS)
    sent = queue.send(prepare("x", None))
    with Worker(Consumer("work", fail, 3, to(JOBS.dead_letters, local), backoff=10), queue) as worker:
        for attempt in (1, 2):
            until(
                lambda: queue.next_due(),
                lambda due, wanted=attempt: due == (local.now + timedelta(seconds=10)).timestamp(),
            )
            assert len(seen) == attempt
            local.now += timedelta(seconds=10)
        worker.drain()
    assert seen == [1, 2, 3]
    [dead] = local.of(JOBS.dead_letters).receive(10, 1)
    assert (dead.message.id, dead.message.attributes["portable-attempts"]) == (sent, "3")
    assert local.of(JOBS).count() == 0


def test_several_workers_share_a_queue_without_handling_a_message_twice(tmp_path: Path) -> None:
    path = str(tmp_path / "queues.sqlite")
    sent = queue_driver(JOBS, path).send_many([prepare(str(n), None) for n in range(400)])
    seen: list[str] = []
    with ExitStack() as stack:
        for _ in range(4):
            consumer = Consumer("work", lambda message, _: seen.append(message.id))
            worker = stack.enter_context(Worker(consumer, queue_driver(JOBS, path)))
        worker.drain()
    assert sorted(seen) == sorted(str(own) for own in sent)


def test_messages_survive_a_restart_with_their_order_delay_and_attempts(tmp_path: Path) -> None:
    local = Local(tmp_path)
    local.of(JOBS).send(prepare("now", {"kind": "a"}))
    local.of(JOBS).send(prepare("later", None, delay=60))
    [first] = local.of(JOBS).receive(10, 5)
    assert (first.message.payload, first.message.attributes) == (b"now", {"kind": "a"})
    assert local.of(JOBS).next_due() == (local.now + timedelta(seconds=5)).timestamp()
    local.now += timedelta(seconds=61)
    again = local.of(JOBS).receive(10, 5)
    assert [(r.message.payload, r.message.attempt) for r in again] == [(b"now", 2), (b"later", 1)]


def test_a_topic_feeds_the_queues_that_listen_by_their_filter(tmp_path: Path) -> None:
    local = Local(tmp_path)
    topic = topic_driver(Topic("news"), local.path)
    assert topic.publish(prepare("nobody listens", None))
    topic.subscribe("every")
    topic.subscribe("some", {"kind": "a"})
    first = topic.publish(prepare("1", {"kind": "a"}))
    second = topic.publish(prepare("2", {"kind": "b"}))
    local.now = datetime.now(UTC)
    ids = {name: [r.message.id for r in local.of(Queue(name)).receive(10, 5)] for name in ("every", "some")}
    assert ids == {"every": [first, second], "some": [first]}
