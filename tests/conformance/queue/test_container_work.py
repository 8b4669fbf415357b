"""The role `work`: what it takes for each kind of function, what it tells, and how it ends."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event as Flag
from threading import Lock
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest
from hosts import container_poison
from hosts.container_work import made as made_queue
from hosts.container_work import until
from hosts.container_work import working as one

from portable.compute.consume import Consumer
from portable.eventing.outgoing import Outgoing
from portable.eventing.queue import Queue
from portable.eventing.stream import Stream
from portable.eventing.topic import Topic
from portable_container.runtime import messages, nats_streams, records, schedule, work, work_alone
from portable_container.runtime.chosen import Chosen
from portable_container.runtime.eventing import queue_driver, stream_driver, topic_driver
from portable_container.runtime.image import Event, Image
from portable_container.runtime.image_engines import streams
from portable_container.runtime.measures import Measures
from portable_container.runtime.nats_clients import Nats
from portable_container.runtime.taking import Taker
from portable_container.runtime.work_pool import Pool
from portable_container.runtime.working import Work, role

if TYPE_CHECKING:
    from nats.aio.msg import Msg

PREFIX = "roles_dev"


class Handler:
    """A handler of any event: it notes what came, and raises as often as it is told to for each."""

    def __init__(self, failures: int = 0) -> None:
        self.failures = failures
        self.came: list[tuple[Any, Any]] = []
        self._lock = Lock()

    def __call__(self, event: Any, context: Any) -> None:
        with self._lock:
            self.came.append((event, context))
        if context.attempt <= self.failures:
            raise ValueError("not yet")


@pytest.fixture(scope="module")
def nats(nats_url: str) -> Iterator[Nats]:
    found = Nats(nats_url)
    yield found
    found.close()


@pytest.fixture
def entry(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Taker], None]:
    """Put a taker where the generated module of a function would be."""

    def put(module: str, taker: Taker) -> None:
        made = ModuleType(module)
        made.handler = taker  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, module, made)

    return put


def made(nats: Nats, image: Image) -> None:
    for stream, readers in streams(image, PREFIX):
        nats_streams.make(nats, stream, readers)


@contextmanager
def working(nats: Nats, image: Image, measures: Measures) -> Iterator[Work]:
    role = Work(nats, image.functions, PREFIX, measures, 4)
    assert role.ready() == "it has not started"
    role.start()
    yield role
    assert role.stop(5)
    assert role.ready() == "it is stopping"


def function(name: str, kind: str, resource: str, **more: Any) -> Event:
    return Event(name, kind, f"entry_{name}", resource, "work", 30, 2, **more)


def test_each_kind_of_function_gets_its_events_and_what_fails_comes_again_or_is_buried(
    nats: Nats, entry: Callable[[str, Taker], None]
) -> None:
    jobs, steps = Queue("jobs"), Queue("steps", ordered=True)
    news, clicks = Topic("news"), Stream("clicks")
    image = Image(
        "roles",
        functions=(
            function("job", "queue", "jobs", backoff=0.05, dead_letters="jobs-poison"),
            function("step", "queue", "steps", ordered=True, backoff=0.05),
            function("reader", "topic", "news"),
            function("click", "stream", "clicks", concurrency=1),
            function("tick", "schedule", "", backoff=0.0),
        ),
        queues=(jobs, jobs.dead_letters, steps),
        topics=("news",),
        streams=("clicks",),
    )
    made(nats, image)
    dead = queue_driver(jobs.dead_letters, f"{PREFIX}_queue_jobs-poison", nats)

    def bury(message: Any, attempts: int, error: BaseException | None) -> None:
        dead.send(Outgoing(message.payload, False, {}, id=message.id))

    job, step, reader, click, tick = Handler(9), Handler(1), Handler(), Handler(), Handler(1)
    entry("entry_job", messages.handler(Consumer("job", job, 2, bury), 30))
    entry("entry_step", messages.handler(Consumer("step", step, 2, ordered=True), 30))
    entry("entry_reader", messages.handler(Consumer("reader", reader), 30, (("kind", "a"),)))
    entry("entry_click", records.handler(Consumer("click", click, ordered=True), 30))
    entry("entry_tick", schedule.handler(tick, "tick", 30, 2))
    measures = Measures()
    with working(nats, image, measures) as role:
        until(lambda: role.ready() is None)
        sent = queue_driver(jobs, f"{PREFIX}_queue_jobs", nats).send(Outgoing(b"j", False, {}))
        ordered = queue_driver(steps, f"{PREFIX}_queue_steps", nats)
        ordered.send_many([Outgoing(b"%d" % number, False, {}, group="g") for number in range(3)])
        topic = topic_driver(news, f"{PREFIX}_topic_news", nats)
        for kind in ("b", "a"):
            topic.publish(Outgoing(kind.encode(), False, {"kind": kind}))
        stream = stream_driver(clicks, f"{PREFIX}_stream_clicks", nats)
        stream.send_many([Outgoing(b"%d" % number, False, {}, group="k") for number in range(3)])
        nats.ask(f"{PREFIX.replace('_', '.')}.ticks.tick", b"2026-01-02T03:04:00+00:00", {"Nats-Msg-Id": "t"})
        until(lambda: dead.count() == 1)
        until(lambda: (len(step.came), len(reader.came), len(click.came), len(tick.came)) == (6, 1, 3, 2))
    assert [(event.id, context.attempt) for event, context in job.came] == [(sent, 1), (sent, 2)]
    assert [event.payload for event, _ in step.came] == [b"0", b"0", b"1", b"1", b"2", b"2"]
    assert [event.payload for event, _ in reader.came] == [b"a"]
    assert [(event.payload, event.key) for event, _ in click.came] == [(b"0", "k"), (b"1", "k"), (b"2", "k")]
    assert [(event.scheduled_at.minute, context.attempt) for event, context in tick.came] == [(4, 1), (4, 2)]
    told = {
        (family.name, *(value for _, value in sample.labels)): sample.value
        for family in measures.families()
        for sample in family.samples
    }
    assert told["portable_calls_total", "step", "failed"] == 3
    assert told["portable_calls_total", "job", "done"] == 1, "a buried message is done"
    assert told["portable_queue_waiting", "jobs-poison"] == 1
    waiting = {name: value for (family, name, *_), value in told.items() if family == "portable_queue_waiting"}
    assert waiting == {"jobs": 0, "jobs-poison": 1, "steps": 0, "reader": 0, "click": 0, "tick": 0}
    assert told["portable_queue_oldest_seconds", "jobs-poison"] > 0


def test_a_role_whose_streams_are_not_there_yet_waits_for_them(
    nats: Nats, entry: Callable[[str, Taker], None], caplog: pytest.LogCaptureFixture
) -> None:
    image = Image("roles", functions=(function("soon", "queue", "later"),), queues=(Queue("later"),))
    handler = Handler()
    entry("entry_soon", messages.handler(Consumer("soon", handler), 30))
    with working(nats, image, Measures()) as role:
        until(
            lambda: (
                role.ready() == "roles_dev_queue_later.work: there is no such consumer. Run `migrate`, which makes it"
            )
        )
        made(nats, image)
        queue_driver(Queue("later"), f"{PREFIX}_queue_later", nats).send(Outgoing(b"x", False, {}))
        until(lambda: len(handler.came) == 1)
        until(lambda: role.ready() is None)
    assert caplog.text.count("there is no such consumer") == 1


@pytest.mark.parametrize(("said", "taken"), [(None, {"one", "two"}), (("two", "page"), {"two"}), ((), set())])
def test_a_role_works_for_the_functions_that_were_chosen(
    nats: Nats,
    nats_url: str,
    entry: Callable[[str, Taker], None],
    monkeypatch: pytest.MonkeyPatch,
    said: tuple[str, ...] | None,
    taken: set[str],
) -> None:
    monkeypatch.setenv("PORTABLE_NATS", nats_url)
    monkeypatch.setenv("PORTABLE_QUEUE_ELSEWHERE", f"{PREFIX}_queue_of-two")
    queues = Queue("of-one"), Queue("of-two")
    functions = function("one", "queue", "of-one"), function("two", "queue", "elsewhere")
    image = Image("roles", "entry_http", ("page",), functions, queues=queues)
    made(nats, image)
    handlers = {name: Handler() for name in ("one", "two")}
    for name, handler in handlers.items():
        entry(f"entry_{name}", messages.handler(Consumer(name, handler), 30))
    found = role(image, Chosen(None, ("work",), said, "", 0, 0, False, None, 1.0, "dev", PREFIX), Measures())
    found.start()
    for queue in queues:
        nats.ask(f"roles.dev.queue.{queue.name}", b"x")
    until(lambda: {name for name, handler in handlers.items() if handler.came} == taken)
    assert found.stop(5)
    for queue in queues:
        nats.api(f"STREAM.PURGE.{PREFIX}_queue_{queue.name}")


def test_a_message_that_kills_its_worker_becomes_a_dead_letter_and_its_neighbours_are_handled(nats: Nats) -> None:
    source, dead = made_queue(nats, "neighbours"), made_queue(nats, "neighbours-poison")
    nats_streams.make(nats, nats_streams.of_notes("of_work_tried_alone"))
    calm = [b"%d" % number for number in range(30)]
    source.send_many([Outgoing(body, False, {}) for body in (b"poison", *calm)])
    command = [sys.executable, container_poison.__file__, nats.servers[0], source.at.stream, dead.at.stream]
    said: list[str] = []
    while source.count():
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            until(lambda: process.poll() is not None or source.count() == 0)
            process.terminate()
            said += process.communicate(timeout=20)[0].decode().splitlines()
    [letter] = dead.receive(50, 30)
    assert letter.message.payload == b"poison"
    assert letter.message.attributes == {"portable-attempts": "3"}, "its last attempt never ended"
    assert {line for line in said if line.startswith("done ")} == {f"done {body.decode()}" for body in calm}
    assert [line for line in said if line.endswith("poison")] == [f"{count} poison" for count in (1, 2, 3, 3)]


def test_what_waits_to_be_alone_holds_up_others_for_a_time_only(nats: Nats, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work_alone, "PATIENCE_SECONDS", 0.3)
    monkeypatch.setattr(work, "AGAIN", b'-NAK {"delay": 1000000000}')
    slow, other, tired = made_queue(nats, "slow"), made_queue(nats, "other"), made_queue(nats, "tired")
    began, may_end, came, last = Flag(), Flag(), list[bytes](), list[int | None]()

    def wait(_: Msg) -> bool:
        began.set()
        return may_end.wait(20)

    nats_streams.make(nats, nats_streams.of_notes("of_held_tried_alone"), [])
    alone = work_alone.Alone(nats, "of.held.tried.alone.f", 1, lambda _, attempt: not last.append(attempt))
    tired.send(Outgoing(b"0", False, {}))
    until(lambda: any(tired.release(found.receipt, 0) is None for found in tired.receive(1, 30)))  # its attempt is over
    pool = Pool(nats, 4)
    with one(nats, slow, wait, pool):
        slow.send(Outgoing(b"0", False, {}))
        assert began.wait(10)
        with one(nats, tired, lambda _: True, pool, alone=alone):
            until(lambda: any(True for _ in pool._alone))
            with one(nats, other, lambda found: not came.append(found.data), pool):
                other.send(Outgoing(b"0", False, {}))
                until(lambda: came == [b"0"])
            assert not last, "a handler runs beside it"
            may_end.set()
            until(lambda: last == [1] and tired.count() == 0)
