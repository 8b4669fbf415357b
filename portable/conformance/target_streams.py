"""Streams: order by key, attempts, dead letters, batches."""
# ruff: noqa: D102  (the name of a test is its sentence)

from __future__ import annotations

import pytest

from portable.conformance.queue_cases import PAYLOADS, check_payload
from portable.conformance.target_cases import TargetTests, World
from portable.eventing.stream import Stream

CLICKS = Stream("clicks", key="user")
PAGES = Stream("pages")
SEE = "see-pages"


class StreamTests(TargetTests):
    """A record arrives as it was written, in the order of its key, is retried while it fails, and ends as a dead letter."""

    kind = "stream"
    about = "records of a stream"
    modules = "target_streams"

    @pytest.mark.parametrize("name", PAYLOADS)
    def test_what_is_written_arrives(self, world: World, name: str) -> None:
        payload = PAYLOADS[name]
        sent = world.cloud.stream(PAGES).send(payload, key="grüße 世界")
        now = world.cloud.clock.now
        world.cloud.settle()
        (call,) = world.cloud.function(SEE).calls
        found = call.event
        check_payload(found.payload, payload)
        assert (found.id, found.key, found.attributes, found.attempt) == (sent, "grüße 世界", {}, 1)
        assert abs((found.sent_at - now).total_seconds()) < 1

    def test_every_function_that_reads_a_stream_sees_every_record(self, world: World) -> None:
        world.cloud.stream(CLICKS).send_many([{"user": "ann"}, {"user": "bob", "weight": 100}, {"user": "ann"}])
        world.cloud.settle()
        assert [call.event.payload.user for call in world.cloud.function("follow").calls].count("ann") == 2
        tallied = [record.payload.weight for call in world.cloud.function("tally").calls for record in call.event]
        assert sorted(tallied) == [1, 1, 100]
        (call,) = world.cloud.function(SEE).calls
        assert (call.event.payload, call.event.key) == (b"\x00\xff", "heavy")

    def test_a_record_that_fails_holds_back_its_key_and_then_is_a_dead_letter(self, world: World) -> None:
        bad = world.cloud.stream(CLICKS).send({"user": "ann", "weight": -1}, attributes={"k": "v"})
        world.cloud.stream(CLICKS).send_many([{"user": "ann", "weight": 2}, {"user": "bob", "weight": 3}])
        world.cloud.settle()
        attempts = [(call.event.payload.weight, call.attempt) for call in world.cloud.function("follow").calls]
        assert [one for one in attempts if one[0] != 3] == [(-1, 1), (-1, 2), (-1, 3), (2, 1)]
        assert attempts.index((3, 1)) < attempts.index((-1, 2))
        (dead,) = world.cloud.function("follow").dead_letters
        assert (dead.id, dead.json()) == (bad, {"user": "ann", "weight": -1})
        assert dead.attributes == {
            "k": "v",
            "portable-attempts": "3",
            "portable-error-type": "ValueError",
            "portable-error": "less than nothing",
        }

    @pytest.mark.parametrize("payload", [b"{", b"\xff\x00", b"", b'{"user": 1}', b"[]"])
    def test_a_records_payload_that_does_not_fit_is_a_failed_attempt_and_then_a_dead_letter(
        self, world: World, payload: bytes
    ) -> None:
        sent = world.cloud.stream(CLICKS).send(payload, key="ann")
        world.cloud.settle()
        (dead,) = world.cloud.function("follow").dead_letters
        assert (dead.id, dead.payload, dead.attributes["portable-attempts"]) == (sent, payload, "3")
        assert world.cloud.stream(CLICKS).pending == {"follow": [], "tally": []}

    def test_a_batch_says_which_of_its_records_failed(self, world: World) -> None:
        world.cloud.stream(CLICKS).send_many([{"user": "ann", "weight": -1}, {"user": "bob"}, {"user": "eve"}])
        world.cloud.settle()
        users = [record.payload.user for call in world.cloud.function("tally").calls for record in call.event]
        assert sorted(users) == ["ann", "ann", "bob", "eve"]
        assert world.cloud.stream(CLICKS).pending["tally"] == []
