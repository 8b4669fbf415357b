"""Queues and topics: payloads, attempts, dead letters, batches, filters."""
# ruff: noqa: D102  (the name of a test is its sentence)

from __future__ import annotations

import json

import pytest

from portable.conformance.queue_cases import PAYLOADS, check_payload
from portable.conformance.target_cases import TargetTests, World, needs
from portable.eventing.message import Message
from portable.eventing.queue import Queue
from portable.eventing.topic import Topic

LISTEN = "listen-to-news-of-which-the-level-is-hi"
IMPORT = "import-all"
JOBS = Queue("jobs")
ORDERS = Queue("orders")
WISHES = Queue("wishes")
BLOBS = Queue("blobs")
NEWS = Topic("news")


class QueueTests(TargetTests):
    """A message arrives as it was sent, and again while it fails."""

    kind = "queue"
    about = "messages of a queue"
    modules = "target_queues target_shared_work"

    @pytest.mark.parametrize("name", PAYLOADS)
    def test_what_is_sent_arrives(self, world: World, name: str) -> None:
        payload = PAYLOADS[name]
        sent = world.cloud.queue(BLOBS).send(payload)
        world.cloud.settle()
        (call,) = world.cloud.function(IMPORT).calls
        check_payload(call.event.payload, payload)
        assert (call.event.id, call.event.attributes) == (sent, {})

    @needs("attribute names")
    def test_names_of_attributes_stay_as_they_were_written(self, world: World) -> None:
        attributes = {"Kind-2": "grüße 世界", "under_score": "a b"}
        world.cloud.queue(BLOBS).send(b"x", attributes=attributes)
        world.cloud.settle()
        (call,) = world.cloud.function(IMPORT).calls
        assert call.event.attributes == attributes

    def test_attributes_arrive_and_the_time_of_sending(self, world: World) -> None:
        attributes = {"kind": "order", "greeting": "grüße 世界", "words": "a b", "type": "t"}
        now = world.cloud.clock.now
        world.cloud.queue(BLOBS).send(b"x", attributes=attributes)
        world.cloud.settle()
        (call,) = world.cloud.function(IMPORT).calls
        assert call.event.attributes == attributes
        assert abs((call.event.sent_at - now).total_seconds()) < 1

    def test_a_typed_payload_is_decoded(self, world: World) -> None:
        world.cloud.queue(JOBS).send({"sku": "a", "count": 2})
        world.cloud.settle()
        (call,) = world.cloud.function("work").calls
        assert (call.event.payload.sku, call.event.payload.count) == ("a", 2)
        assert type(call.event.payload).__name__ == "Job"

    @needs("attempt count")
    def test_attempts_are_counted_and_the_id_stays(self, world: World) -> None:
        sent = world.cloud.queue(JOBS).send({"sku": "a", "count": -1}, attributes={"k": "v"})
        world.cloud.settle()
        calls = world.cloud.function("work").calls
        assert [(call.event.attempt, call.attempt) for call in calls] == [(1, 1), (2, 2), (3, 3)]
        assert {call.event.id for call in calls} == {sent}
        assert all(call.event.attributes == {"k": "v"} for call in calls)

    @pytest.mark.parametrize("payload", [b"{", b'{"sku": 1}'])
    def test_a_payload_that_does_not_fit_is_a_failed_attempt(self, world: World, payload: bytes) -> None:
        sent = world.cloud.queue(JOBS).send(payload)
        world.cloud.settle()
        calls = world.cloud.function("work").calls
        assert [(call.event.id, call.event.payload) for call in calls] == [(sent, payload)] * 3
        assert all(call.error is not None for call in calls)

    def test_one_message_that_fails_does_not_bring_back_the_others(self, world: World) -> None:
        payloads = [b"1", b"bad 2", b"3", b"bad 4", b"5"]
        for payload in payloads:
            world.cloud.queue(BLOBS).send(payload)
        world.cloud.settle()
        calls = [call.event.payload for call in world.cloud.function(IMPORT).calls]
        assert sorted(calls) == sorted([*payloads, b"bad 2", b"bad 4"])
        assert world.cloud.queue(BLOBS).pending == []

    def test_a_line_of_the_log_tells_its_function(self, world: World) -> None:
        if world.artifacts is None:
            pytest.skip("the host process writes the log: the same test on the package covers it")
        world.cloud.queue(JOBS).send({"sku": "a sku to look for"})
        world.cloud.settle()
        (line,) = [line for line in world.log().splitlines() if "a sku to look for" in line]
        found = json.loads(line)
        assert (found["message"], found["sku"], found["function"]) == ("working", "a sku to look for", "work")
        assert found["counted"] == (None if "attempt count" in world.lacks else 1)


class SendingTests(TargetTests):
    """A handler sends messages."""

    kind = "sending"
    about = "handlers that send messages to a queue"
    modules = "target_sending"
    within = "queue"

    def test_what_a_handler_sends_arrives(self, world: World) -> None:
        sent = world.cloud.queue(WISHES).send({"sku": "a", "count": 100})
        world.cloud.settle()
        (call,) = world.cloud.function("see-granted").calls
        assert (call.event.payload, call.event.attributes) == (b"\x00\xff", {"from": sent})


class DeadLetterTests(TargetTests):
    """What failed for good is kept in a queue of its own."""

    kind = "dead letters"
    about = "messages that failed for good are kept in a queue of their own"
    modules = "target_dead_letters"
    within = "queue"

    def test_a_message_whose_attempts_are_used_up_is_a_dead_letter(self, world: World) -> None:
        sent = world.cloud.queue(ORDERS).send({"sku": "a", "count": -1}, attributes={"k": "v"})
        world.cloud.settle()
        (dead,) = [call.event for call in world.cloud.function("bury").calls]
        assert (dead.id, dead.payload, dead.attempt) == (sent, {"sku": "a", "count": -1}, 1)
        assert dead.attributes == {
            "k": "v",
            "portable-attempts": "3",
            "portable-error-type": "ValueError",
            "portable-error": "less than nothing",
        }
        assert "less than nothing" in world.log()

    @pytest.mark.parametrize("payload", [b"{", b"\xff\x00", b"", b'{"sku": 1}', b"[]"])
    def test_a_payload_that_does_not_fit_is_a_failed_attempt_and_then_a_dead_letter(
        self, world: World, payload: bytes
    ) -> None:
        sent = world.cloud.queue(ORDERS).send(payload)
        world.cloud.settle()
        calls = world.cloud.function("serve").calls
        assert [(call.event.id, call.event.payload) for call in calls] == [(sent, payload)] * 3
        assert all(call.error is not None and call.resource_calls == [] for call in calls)
        found = world.cloud.function("bury").calls[0].event
        assert found.id == sent
        assert found.attributes["portable-error-type"]
        assert found.attributes["portable-attempts"] == "3"

    @needs("attempt count")
    def test_a_message_whose_last_try_died_is_a_dead_letter_without_a_further_call(self, world: World) -> None:
        message = Message("m-1", b'{"sku": "a"}', 4)
        assert world.host.deliver(world.app.functions["serve"], [("m-1", message, 4)]) == []
        assert world.cloud.function("serve").calls == []
        (dead,) = world.cloud.queue(ORDERS).dead_letters
        assert (dead.id, dead.payload, dead.attributes) == ("m-1", b'{"sku": "a"}', {"portable-attempts": "3"})

    def test_a_dead_letter_that_fails_ends(self, world: World) -> None:
        world.cloud.queue(ORDERS).send({"sku": "immortal", "count": -1})
        world.cloud.settle()
        assert len(world.cloud.function("bury").calls) == 2
        assert world.cloud.queue(ORDERS).dead_letters == []


class TopicTests(TargetTests):
    """Published messages reach their functions."""

    kind = "topic"
    about = "messages of a topic"
    modules = "target_topics"

    def test_what_is_published_is_heard_once_and_through_the_filter(self, world: World) -> None:
        topic = world.cloud.topic(NEWS)
        sent = topic.publish("grüße", {"level": "high", "more": "x"})
        topic.publish("quiet", {"level": "low"})
        topic.publish("none")
        world.cloud.settle()
        (call,) = world.cloud.function(LISTEN).calls
        assert (call.event.payload, call.event.id) == ("grüße", sent)
        assert call.event.attributes == {"level": "high", "more": "x"}

    @needs("filtered again")
    def test_what_the_filter_should_have_kept_back_is_taken_without_a_call(self, world: World) -> None:
        message = Message("m-1", b"quiet", 1, {"level": "low"})
        assert world.host.deliver(world.app.functions[LISTEN], [("m-1", message, 1)]) == []
        assert world.cloud.calls == []

    @needs("attempt count")
    def test_a_listener_that_fails_hears_it_again_until_its_attempts_are_used_up(self, world: World) -> None:
        sent = world.cloud.topic(NEWS).publish("bad news", {"level": "high"})
        world.cloud.settle()
        calls = world.cloud.function(LISTEN).calls
        assert [call.attempt for call in calls] == [1, 2]
        assert {call.event.id for call in calls} == {sent}
        assert "bad news" in world.log()
