"""The topic suite: it defines what a topic is. The harness is that of queues, with `open_topic` and `listener`.

`listener` returns the driver of a queue that is subscribed to NEWS, without a filter, before the first test.
"""
# ruff: noqa: D102  (the name of a test is its sentence)

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from portable.conformance.guard import Unweakened
from portable.conformance.queue_cases import NEWS, PAYLOADS, TRACE, Queues, check_payload, traced
from portable.conformance.shared import check_native, in_a_loop
from portable.errors import TooLarge

if TYPE_CHECKING:
    from portable.eventing.driver import QueueDriver

__all__ = ["ABILITIES", "NEWS", "Queues", "TopicSuite"]

ABILITIES = {"largest": "messages of 48 KiB in any form"}
"""The abilities that a provider may lack. `lacks` of the harness gives the reason."""


class TopicSuite(Unweakened):
    """Everything a topic driver promises; see `portable.eventing.driver`."""

    def _listener(self, queues: Queues) -> QueueDriver:
        assert queues.listener is not None, "the harness has no listener: set `listener`"
        return queues.listener()

    @pytest.mark.parametrize("name", PAYLOADS)
    def test_what_is_published_arrives(self, queues: Queues, name: str) -> None:
        if name.startswith("48 KiB"):
            queues.need("largest")
        payload = PAYLOADS[name]
        message = queues.take_one(self._listener(queues), queues.publisher().publish(payload)).message
        check_payload(message.payload, payload)
        assert (message.attributes, message.trace) == ({}, None)

    def test_attributes_and_trace_arrive(self, queues: Queues) -> None:
        attributes = {"kind": "order", "Kind-2": "grüße 世界", "under_score": "a b", "type": "t", "longername" * 6: "x"}
        with traced():
            sent = queues.publisher().publish({"a": 1}, attributes)
        message = queues.take_one(self._listener(queues), sent).message
        assert (message.attributes, message.trace, message.attempt) == (attributes, TRACE, message.attempt)

    def test_limits_are_refused_before_anything_is_published(self, queues: Queues) -> None:
        with pytest.raises(TooLarge, match="48 KiB"):
            queues.publisher().publish("x" * 49_153)
        with pytest.raises(ValueError, match="attribute"):
            queues.publisher().publish("x", {"a": ""})

    def test_the_native_client_can_be_unwrapped(self, queues: Queues) -> None:
        check_native(queues.publisher(), queues.native)

    @in_a_loop
    async def test_asynchronous_clients_publish_at_the_same_time(self, queues: Queues) -> None:
        publisher = queues.async_publisher()
        sent = await asyncio.gather(*(publisher.publish({"n": n}) for n in range(20)))
        assert len(queues.take(self._listener(queues), sent)) == 20
