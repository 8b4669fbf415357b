# Made from portable/eventing/queue_clients.py by tools/twins.py: change that file, then run the tool.
"""The clients of a queue, one class per permission: payloads in, ids and reports out; or a look at what waits."""

from __future__ import annotations

from portable.base.client import Client
from portable.eventing.queue_clients import check_limit, prepare_many

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from portable.eventing.message import Message
    from portable.eventing.outgoing import SendReport

_SENDS: dict[str, str] = dict.fromkeys(("send", "send_many"), "AsyncQueueSender")
_READS: dict[str, str] = dict.fromkeys(("count", "peek", "redrive"), "AsyncQueueReader")


class AsyncQueueSender(Client):
    """Sends messages. bytes and str travel as themselves, anything else as JSON."""

    __slots__ = ()
    kind = "queue"
    asynchronous = True
    actions = ("send",)
    granted_by = _READS

    async def send(
        self,
        payload: Any,
        delay: int = 0,
        group: str | None = None,
        deduplicate: str | None = None,
        attributes: Mapping[str, str] | None = None,
    ) -> str:
        """Send one message and return the id it will arrive with; the trace of the current call goes with it.

        `delay` is in seconds, at most 900, for a queue declared `delayed`. `group` keeps order within it, for an
        `ordered` queue; without a group the whole queue is one. A `deduplicate` id that was used in the last five
        minutes sends nothing and returns the first id, for a `deduplicated` queue. `attributes` are at most 8, text.
        Raises DeclarationError for an ability the queue does not declare, InvalidValue (a ValueError) for an option
        out of range, TooLarge over 48 KiB of payload and attributes: all before anything is sent.
        """
        from portable.eventing.outgoing import check_options, prepare

        group = check_options(self.resource, delay, group, deduplicate)
        message = prepare(payload, attributes, delay, group, deduplicate)
        return await self._connect().send(message)  # type: ignore[no-any-return]

    async def send_many(
        self,
        payloads: Iterable[Any],
        delay: int = 0,
        group: str | None = None,
        attributes: Mapping[str, str] | None = None,
    ) -> SendReport:
        """Send any number of messages, in the provider's batches; the options hold for each of them.

        What could not be sent is in `failed` with its index and error, also a payload that is too large.
        """
        from portable.eventing.outgoing import check_options, report

        group = check_options(self.resource, delay, group, None)
        outcomes, places = prepare_many(payloads, delay, group, attributes)
        if places:
            sent = await self._connect().send_many([outcomes[place] for place in places])
            for place, outcome in zip(places, sent, strict=True):
                outcomes[place] = outcome
        return report(outcomes)


class AsyncQueueReader(Client):
    """Looks at a queue or its dead letters, and sends dead letters back. Takes part in no handling."""

    __slots__ = ()
    kind = "queue"
    asynchronous = True
    actions = ("count", "peek", "redrive")
    granted_by = _SENDS

    async def count(self) -> int:
        """Return about how many messages wait, with those that are delayed or being handled."""
        return await self._connect().count()  # type: ignore[no-any-return]

    async def peek(self, limit: int = 10) -> list[Message[bytes]]:
        """Return up to `limit` (at most 100) messages that could be received now; they stay in the queue.

        Where the provider has no true peek (SQS), a look counts as a delivery.
        """
        return await self._connect().peek(check_limit(limit))  # type: ignore[no-any-return]

    async def redrive(self, limit: int | None = None) -> int:
        """Send dead letters back to their queue, each with its id and attributes; return how many were moved.

        A reader of the queue itself moves its dead letters, too. Delivery is at least once: a message may be in both
        queues when this is interrupted.
        """
        from portable.eventing.deadletters import pair, redrive_async

        source, dead = pair(self.resource)
        return await redrive_async(self._drivers.async_of(dead), self._drivers.async_of(source), limit)
