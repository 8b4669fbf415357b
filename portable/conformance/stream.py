"""The stream suite: it defines what a stream is. A driver that passes it is correct.

A harness is a fixture and a subclass:

    from portable.conformance.stream import Streams, StreamSuite

    @pytest.fixture(scope="module")
    def streams():
        return Streams(open=lambda stream: my_driver(stream, address), read=what_comes_next)

    class TestMyStreams(StreamSuite):
        pass
"""
# ruff: noqa: D102  (the name of a test is its sentence)

from __future__ import annotations

import asyncio
import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from portable.conformance.guard import Unweakened
from portable.conformance.queue_cases import TRACE, check_payload, traced
from portable.conformance.shared import check_is_now, check_native, in_a_loop, unique
from portable.conformance.stream_cases import CLICKS, PAYLOADS, Streams
from portable.errors import InvalidValue, NotFound, TooLarge
from portable.eventing.record import Record

__all__ = ["CLICKS", "StreamSuite", "Streams"]

KEYS = ("k", "portable", "portable-x", "with space", "grüße 世界 🎉", '"<&>"', "x" * 128, "0", "/", "=")


class StreamSuite(Unweakened):
    """Everything a stream driver promises; see `portable.eventing.stream_driver`."""

    @pytest.mark.parametrize("name", PAYLOADS)
    def test_what_is_sent_arrives(self, streams: Streams, name: str) -> None:
        payload, key = PAYLOADS[name], unique()
        record = streams.take_one(streams.writer().send(payload, key=key))
        check_payload(record.payload, payload)
        assert (record.key, record.attributes, record.trace) == (key, {}, None)

    @pytest.mark.parametrize("key", KEYS)
    def test_any_key_arrives_as_it_was_given(self, streams: Streams, key: str) -> None:
        assert streams.take_one(streams.writer().send({"a": 1}, key=key)).key == key
        assert streams.take_one(streams.writer().send({"user": key})).key == key

    def test_the_time_of_sending_is_told_in_utc(self, streams: Streams) -> None:
        check_is_now(streams.take_one(streams.writer().send("x", key="k")).sent_at)

    def test_attributes_and_trace_arrive(self, streams: Streams) -> None:
        attributes = {"kind": "order", "Kind-2": "grüße 世界", "under_score": "a b", "time": "now", "id": '"<&>"'}
        attributes |= {"longername" * 6: "x" * 1024, "subject": "s"}
        with traced():
            sent = [streams.writer().send(payload, "k", attributes) for payload in ("text", b"\x00", {"a": 1})]
        for record in streams.take(sent):
            assert (record.attributes, record.trace) == (attributes, TRACE)

    def test_records_of_a_key_keep_their_order(self, streams: Streams) -> None:
        first, second = unique(), unique()
        sent = [streams.writer().send({"user": first if n % 2 else second, "n": n}) for n in range(12)]
        assert numbers(streams.take(sent)) == {second: list(range(0, 12, 2)), first: list(range(1, 12, 2))}

    def test_many_are_sent_in_batches_and_each_key_keeps_its_order(self, streams: Streams) -> None:
        keys = [unique() for _ in range(7)]
        payloads = [{"user": keys[n % 7], "n": n, "padding": "x" * (n % 3 * 1000)} for n in range(150)]
        report = streams.writer().send_many(payloads)
        assert report.failed == ()
        assert len(set(report.sent)) == 150
        records = streams.take(report.sent)
        assert numbers(records) == {key: list(range(place, 150, 7)) for place, key in enumerate(keys)}
        arrived = {record.id: json.loads(record.payload)["n"] for record in records}
        assert [arrived[sent] for sent in report.sent] == list(range(150))

    def test_large_records_are_sent_in_batches_too(self, streams: Streams) -> None:
        report = streams.writer().send_many([b"\xff" * 48_000] * 25, key="k")
        assert (len(report.sent), report.failed) == (25, ())
        assert len(streams.take(report.sent)) == 25

    def test_a_payload_that_cannot_be_sent_is_reported_and_the_others_are_sent(self, streams: Streams) -> None:
        report = streams.writer().send_many([{"user": "a"}, {"user": "a", "x": "x" * 50_000}, {}, {"user": "b"}])
        assert [(failure.index, type(failure.error)) for failure in report.failed] == [(1, TooLarge), (2, InvalidValue)]
        assert sorted(str(record.key) for record in streams.take(report.sent)) == ["a", "b"]

    def test_limits_are_refused_by_name_before_anything_is_sent(self, streams: Streams) -> None:
        writer = streams.writer()
        with pytest.raises(TooLarge, match="48 KiB"):
            writer.send("x" * 49_153, key="k")
        with pytest.raises(ValueError, match="attribute"):
            writer.send("x", key="k", attributes={"a": ""})
        for key in ("", "x" * 129, "a\nb"):
            with pytest.raises(ValueError, match="128"):
                writer.send("x", key=key)
        with pytest.raises(ValueError, match="user"):
            writer.send({"a": 1})

    def test_the_place_in_the_stream_is_told(self, streams: Streams) -> None:
        streams.need("sequence")
        sent = [streams.writer().send("x", key="k") for _ in range(3)]
        places = [record.sequence for record in streams.take(sent)]
        assert all(places)
        assert len(set(places)) == 3

    def test_a_new_function_may_begin_at_the_oldest_record(self, streams: Streams) -> None:
        streams.need("start")
        assert streams.late is not None, "the harness has no late reader: set `late`"
        sent = streams.writer().send("early", key="k")
        assert [record.payload for record in streams.late() if record.id == sent] == [b"early"]

    def test_a_foreign_record_is_its_raw_body(self, streams: Streams) -> None:
        if streams.foreign is None:
            pytest.skip("the harness writes no foreign records")
        marker, key = unique().encode(), unique()
        bodies = [b'{"n": 1, "m": "' + marker + b'"}', b"\xff\x00" + marker]
        for body in bodies:
            streams.foreign(body, key)
        found: list[Record[bytes]] = []
        end = time.monotonic() + streams.patience
        while len(found) < 2 and time.monotonic() < end:
            found += [record for record in streams.read() if marker in record.payload]
        assert [(record.payload, record.key, bool(record.id)) for record in found] == [
            (body, key, True) for body in bodies
        ]

    def test_a_missing_stream_is_not_found(self, streams: Streams) -> None:
        if streams.missing is None:
            pytest.skip("the harness names no missing stream")
        gone = Streams(open=lambda _: streams.missing(), read=streams.read)  # type: ignore[misc]
        with pytest.raises(NotFound) as caught:
            gone.writer().send("x", key="k")
        assert caught.value.__cause__ is not None
        report = gone.writer().send_many(["x", "y"], key="k")
        assert [failure.index for failure in report.failed] == [0, 1]

    def test_the_native_client_can_be_unwrapped(self, streams: Streams) -> None:
        check_native(streams.writer(), streams.native)

    def test_a_driver_may_be_used_by_several_threads(self, streams: Streams) -> None:
        writer = streams.writer()
        with ThreadPoolExecutor(8) as pool:
            sent = list(pool.map(lambda n: writer.send({"user": f"u{n % 3}", "n": n}), range(24)))
        assert len(streams.take(sent)) == 24

    @in_a_loop
    async def test_asynchronous_clients_send_at_the_same_time(self, streams: Streams) -> None:
        writer = streams.async_writer()
        one = await asyncio.gather(*(writer.send({"user": "u", "n": n}) for n in range(10)))
        many = await writer.send_many({"user": "u", "n": n} for n in range(10))
        assert len(streams.take([*one, *many.sent])) == 20


def numbers(records: list[Record[bytes]]) -> dict[str | None, list[int]]:
    """Return the numbers of records by key, in order of arrival."""
    found: dict[str | None, list[int]] = {}
    for record in records:
        found.setdefault(record.key, []).append(json.loads(record.payload)["n"])
    return found
