"""What each identity may do in NATS, by the server itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from nats.aio.msg import Msg
from nats.errors import TimeoutError as NatsTimeout
from servers.nats import accounts, serving
from servers.process import free_port
from servers.waiting import until

from portable.errors import ConfigurationError, NotFound, PermissionDenied
from portable.eventing.outgoing import Outgoing
from portable.eventing.queue import Queue
from portable.eventing.stream import Stream
from portable.eventing.topic import Topic
from portable.tooling.app.model import Grant, ResourceModel
from portable.tooling.infra.blueprint import DeployedFunction
from portable_container.deploy.broker import accounts_text
from portable_container.deploy.image import image_of
from portable_container.runtime.eventing import queue_driver, stream_driver, topic_driver
from portable_container.runtime.eventing_wire import read_record
from portable_container.runtime.image_engines import notes_of, streams
from portable_container.runtime.nats_clients import Nats
from portable_container.runtime.nats_consuming import Consuming
from portable_container.runtime.nats_names import address_of
from portable_container.runtime.nats_streams import consumers, make, make_queue, of_topic, prune
from portable_container.runtime.work import Worker
from portable_container.runtime.work_alone import Alone
from portable_container.runtime.work_depth import Depth

PREFIX = "my-shop_live"
JOBS, STEPS = Queue("jobs"), Queue("steps", ordered=True)
RESOURCES = [
    ResourceModel("queue", "jobs", {}),
    ResourceModel("queue", "jobs-poison", {"dead_letters_of": "jobs"}),
    ResourceModel("queue", "steps", {"ordered": True, "delayed": True}),
    ResourceModel("topic", "news", {}),
    ResourceModel("stream", "clicks", {"key": "user"}),
    ResourceModel("bucket", "photos", {}),
]


def function(name: str, trigger: dict[str, Any], *grants: Grant) -> DeployedFunction:
    return DeployedFunction(name, trigger, name, 256, 30, name, grants)


HTTP = {"kind": "http"}
FUNCTIONS = [
    function("send", HTTP, Grant("jobs", "queue", ("send",)), Grant("steps", "queue", ("send",))),
    function("tell", HTTP, Grant("news", "topic", ("publish",)), Grant("clicks", "stream", ("send",))),
    function("work", {"kind": "queue", "queue": "jobs"}, Grant("jobs-poison", "queue", ("send",))),
    function("step", {"kind": "queue", "queue": "steps"}),
    function("mail", {"kind": "topic", "topic": "news", "filter": None}),
    function("sum", {"kind": "stream", "stream": "clicks", "start": "oldest"}),
    function("look", HTTP, Grant("jobs", "queue", ("count", "peek", "redrive"))),
    function("none", HTTP, Grant("photos", "bucket", ("get",))),
    function("tick", {"kind": "schedule", "expression": "* * * * *", "timezone": "UTC", "days": 1}),
]
IMAGE = image_of("my-shop", FUNCTIONS, RESOURCES)


@contextmanager
def signed_in(folder: Path) -> Iterator[dict[str, Nats]]:
    """Run a server with the users of the app; yield the connection of each identity."""
    names = [found.name for found in FUNCTIONS] + ["deploy", "schedule"]
    config, passwords = accounts(folder, accounts_text(IMAGE, PREFIX))
    port = free_port()
    with serving(folder, port, config, passwords):
        found = {
            name: Nats(f"nats://{PREFIX}_{name}:p{PREFIX}_{name}@127.0.0.1:{port}", remaining=lambda: 0.3)
            for name in names
        }
        found["nobody"] = Nats(f"nats://{PREFIX}_send:wrong@127.0.0.1:{port}", remaining=lambda: 0.3)
        yield found
        for nats in found.values():
            nats.close()


@pytest.fixture(scope="module")
def identities(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Nats]]:
    with signed_in(tmp_path_factory.mktemp("nats")) as found:
        for _ in range(2):  # as often as the app is deployed
            for config, readers in streams(IMAGE, PREFIX):
                make(found["deploy"], config, readers)
        yield found


def message(body: bytes, group: str | None = None, delay: int = 0) -> Outgoing:
    return Outgoing(body, False, {}, group=group, delay=delay)


def test_each_identity_does_what_its_functions_declare(identities: dict[str, Nats]) -> None:
    def queue(name: str, who: str) -> Any:
        found = Queue(name, ordered=name == "steps", delayed=name == "steps")
        return queue_driver(found, f"{PREFIX}_queue_{name}", identities[who])

    queue("jobs", "send").send(message(b"job"))
    assert queue("jobs", "look").count() == 1
    assert [found.payload for found in queue("jobs", "look").peek(10)] == [b"job"]
    [received] = queue("jobs", "work").receive(10, 5)
    queue("jobs-poison", "work").send(message(b"job", "g"))  # a dead letter keeps its group
    queue("jobs", "work").acknowledge([received.receipt])
    [dead] = queue("jobs-poison", "look").receive(10, 5)
    queue("jobs", "look").send(message(dead.message.payload))
    queue("jobs-poison", "look").acknowledge([dead.receipt])

    queue("steps", "send").send(message(b"step", "g"))
    queue("steps", "send").send(message(b"later", "g", 1))
    assert [received.message.payload for received in queue("steps", "step").receive(10, 5)] == [b"step"]

    topic_driver(Topic("news"), f"{PREFIX}_topic_news", identities["tell"]).publish(message(b"news"))
    mail = queue_driver(Queue("mail"), f"{PREFIX}_topic_news/mail", identities["mail"])
    assert [received.message.payload for received in mail.receive(10, 5)] == [b"news"]

    stream_driver(Stream("clicks"), f"{PREFIX}_stream_clicks", identities["tell"]).send(message(b"click", "ada"))
    at = address_of(f"{PREFIX}_stream_clicks/sum")
    reader = Consuming(identities["sum"], at, "clicks", partitioned=True)
    assert [read_record(found).payload for found in reader.take(20)] == [b"click"]


def test_a_due_moment_is_published_by_the_schedule_role_alone_and_taken_by_its_function(
    identities: dict[str, Nats],
) -> None:
    at = address_of(f"{PREFIX}_ticks_tick")
    with pytest.raises(PermissionDenied):
        identities["tick"].calls.once(lambda: identities["tick"].ask(at.subject, b"now"), "ticks")
    identities["schedule"].ask(at.subject, b"now")
    with pytest.raises(PermissionDenied):
        Consuming(identities["schedule"], at, "ticks", partitioned=False).take(1)
    told, handled = list[str](), list[bytes]()
    worker = Worker(identities["tick"], at, lambda found: not handled.append(found.data), told.append)
    worker.start()
    until(lambda: handled, lambda found: found == [b"now"], 5)
    assert worker.stop(5)
    assert told == []


def test_who_takes_messages_may_note_what_it_handles_alone_and_does_so_once(
    identities: dict[str, Nats], monkeypatch: pytest.MonkeyPatch
) -> None:
    [work] = [event for event in image_of("my-shop", FUNCTIONS, RESOURCES).functions if event.name == "work"]
    receipt = f"$JS.ACK.{PREFIX}_queue_jobs.work.4.7.1.1700000000000000000.0"
    found, handled = Msg(None, "jobs", receipt), list[int | None]()  # type: ignore[arg-type]

    def alone(who: str) -> Alone:
        return Alone(identities[who], notes_of(PREFIX, work), 3, lambda _, attempt: not handled.append(attempt))

    assert alone("work").handle(found)
    assert alone("work").handle(found)
    assert handled == [3, None], "the second time it is given up, by its own count"
    with pytest.raises(PermissionDenied):
        alone("step").handle(found)
    handled.clear()
    ask, lost = identities["work"].ask, iter([True])

    def asking(*question: Any) -> Any:
        answer = ask(*question)
        if next(lost, False):
            raise NatsTimeout
        return answer

    monkeypatch.setattr(identities["work"], "ask", asking)
    other = Msg(None, "jobs", receipt.replace(".7.", ".8."))  # type: ignore[arg-type]
    assert alone("work").handle(other)
    assert alone("work").handle(other)
    assert handled == [3, None], "a note whose answer was lost is the first one all the same"


def test_who_takes_messages_may_look_how_much_waits(identities: dict[str, Nats]) -> None:
    for who, kind, name, partitioned in (
        ("work", "queue", "jobs", False),
        ("step", "queue", "steps", True),
        ("mail", "topic", "news/mail", False),
        ("sum", "stream", "clicks/sum", True),
        ("tick", "ticks", "tick", False),
    ):
        at = address_of(f"{PREFIX}_{kind}_{name}")
        assert Depth(identities[who], at, partitioned=partitioned).look() is not None, who
        assert Depth(identities["none"], at, partitioned=partitioned).look() is None


@pytest.mark.parametrize("who", ["work", "look", "mail", "none", "nobody", "tell"])
def test_who_may_not_send_is_denied(identities: dict[str, Nats], who: str) -> None:
    steps = queue_driver(STEPS, f"{PREFIX}_queue_steps", identities[who])
    with pytest.raises(PermissionDenied, match="steps"):
        steps.send(message(b"x", "g"))


@pytest.mark.parametrize("who", ["send", "tell", "step", "none"])
def test_who_may_not_receive_is_denied(identities: dict[str, Nats], who: str) -> None:
    jobs = queue_driver(JOBS, f"{PREFIX}_queue_jobs", identities[who])
    with pytest.raises(PermissionDenied, match="jobs"):
        jobs.receive(1, 5)
    with pytest.raises(PermissionDenied):
        jobs.acknowledge([f"$JS.ACK.{PREFIX}_queue_jobs.work.1.1.1.1.0"])


def test_nobody_but_the_administrator_makes_changes_or_empties_a_stream(identities: dict[str, Nats]) -> None:
    for name in FUNCTIONS:
        nats = identities[name.name]
        for question in ("STREAM.PURGE", "STREAM.DELETE", "STREAM.UPDATE", "STREAM.MSG.GET"):
            with pytest.raises(PermissionDenied):
                nats.calls.once(lambda n=nats, q=question: n.api(f"{q}.{PREFIX}_queue_jobs"), "jobs")  # type: ignore[misc]
    assert identities["deploy"].api(f"STREAM.PURGE.{PREFIX}_queue_jobs")["success"]


def test_the_answers_of_another_identity_cannot_be_read(identities: dict[str, Nats]) -> None:
    nats = identities["send"]
    nats.inbox, before = f"_ANSWERS.{PREFIX}_work", nats.inbox
    nats.close()
    with pytest.raises(PermissionDenied):
        queue_driver(JOBS, f"{PREFIX}_queue_jobs", nats).send(message(b"x"))
    nats.inbox = before
    nats.close()


def test_what_exists_is_changed_and_what_cannot_be_is_refused(identities: dict[str, Nats]) -> None:
    nats, address = identities["deploy"], "my-shop_live_queue_plain"
    make_queue(nats, Queue("plain", delayed=True), address)
    make_queue(nats, Queue("plain", deduplicated=True), address)
    found = nats.api(f"STREAM.INFO.{address}")["config"]
    assert (found["duplicate_window"], found["allow_msg_schedules"]) == (300_000_000_000, True)
    assert found["discard"] == "old", "nats-server 2.14.5 takes delays only so"
    with pytest.raises(ConfigurationError, match="ordered="):
        make_queue(nats, Queue("plain", ordered=True), address)


def test_a_function_goes_on_where_it_is_and_one_that_is_gone_is_pruned(identities: dict[str, Nats]) -> None:
    nats, address = identities["deploy"], "my-shop_live_topic_moves"
    old, new = (consumers(f"{address}/{name}", partitioned=False, start="new") for name in ("old", "new"))
    make(nats, of_topic(address), old + new)
    topic_driver(Topic("moves"), address, nats).publish(message(b"x"))
    make(nats, of_topic(address), consumers(f"{address}/new", partitioned=False, start="all"))
    driver = queue_driver(Queue("moves"), f"{address}/new", nats)
    [received] = driver.receive(10, 5)
    driver.acknowledge([received.receipt])
    assert driver.count() == 1, "the other consumer has not read it"
    assert (prune(nats, address, new), prune(nats, address, new)) == (["old"], [])
    assert driver.count() == 0


def test_a_sender_is_told_that_its_queue_is_missing(identities: dict[str, Nats]) -> None:
    identities["deploy"].api(f"STREAM.DELETE.{PREFIX}_topic_news")
    with pytest.raises(NotFound, match="news"):
        topic_driver(Topic("news"), f"{PREFIX}_topic_news", identities["tell"]).publish(message(b"x"))
