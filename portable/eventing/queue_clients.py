"""The clients of a queue, one class per permission: they send messages, or look at waiting messages."""

from __future__ import annotations

from portable.base.client import Client
from portable.errors import InvalidValue

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from portable.eventing.message import Message
    from portable.eventing.outgoing import SendReport

_SENDS: dict[str, str] = dict.fromkeys(("send", "send_many"), "QueueSender")
_READS: dict[str, str] = dict.fromkeys(("count", "peek", "redrive"), "QueueReader")


class QueueSender(Client):
    """Sends messages. bytes and str are sent unchanged, any other value as JSON."""

    __slots__ = ()
    kind = "queue"
    actions = ("send",)
    granted_by = _READS

    def send(
        self,
        payload: Any,
        delay: int = 0,
        group: str | None = None,
        deduplicate: str | None = None,
        attributes: Mapping[str, str] | None = None,
    ) -> str:
        """Send one message and return the id with which it will arrive. The trace of the current call is sent too.

        `delay` is in seconds, at most 900; the queue must be declared `delayed`. `group` keeps the order within the
        group; the queue must be declared `ordered`, and messages without a group form one group. If a `deduplicate` id
        was used in the last five minutes, nothing is sent and the first id is returned; the queue must be declared
        `deduplicated`. `attributes` are text, at most 8.

        Raises DeclarationError for an ability that the queue does not declare, InvalidValue (a ValueError) for an
        option out of range, and TooLarge for more than 48 KiB of payload and attributes. These checks come before
        anything is sent.
        """
        from portable.eventing.outgoing import check_options, prepare

        group = check_options(self.resource, delay, group, deduplicate)
        message = prepare(payload, attributes, delay, group, deduplicate)
        return self._connect().send(message)  # type: ignore[no-any-return]

    def send_many(
        self,
        payloads: Iterable[Any],
        delay: int = 0,
        group: str | None = None,
        attributes: Mapping[str, str] | None = None,
    ) -> SendReport:
        """Send any number of messages in the provider's batches. The options apply to each of them.

        A payload that could not be sent, or is too large, is in `failed` with its index and error.
        """
        from portable.eventing.outgoing import check_options, prepare, prepare_each, report

        group = check_options(self.resource, delay, group, None)
        outcomes, places = prepare_each(payloads, lambda payload: prepare(payload, attributes, delay, group))
        results = self._connect().send_many([outcomes[place] for place in places]) if places else ()
        return report(outcomes, places, results)


class QueueReader(Client):
    """Looks at a queue or its dead letters, and sends dead letters back. It does not handle messages."""

    __slots__ = ()
    kind = "queue"
    actions = ("count", "peek", "redrive")
    granted_by = _SENDS

    def count(self) -> int:
        """Return the approximate number of waiting messages, including delayed ones and ones being handled."""
        return self._connect().count()  # type: ignore[no-any-return]

    def peek(self, limit: int = 10) -> list[Message[bytes]]:
        """Return up to `limit` (at most 100) messages that could be received now. They stay in the queue.

        If the provider has no true peek (SQS), a peek counts as a delivery.
        """
        return self._connect().peek(check_limit(limit))  # type: ignore[no-any-return]

    def redrive(self, limit: int | None = None) -> int:
        """Move dead letters back to their queue with their ids and attributes. Return how many were moved.

        A reader of the source queue moves its dead letters too. Delivery is at least once: if this is interrupted, a
        message may be in both queues.
        """
        from portable.eventing.deadletters import pair, redrive

        source, dead = pair(self.resource)
        return redrive(self._drivers.of(dead), self._drivers.of(source), limit)


def check_limit(limit: int) -> int:
    """Return the limit of a peek. Raises InvalidValue (a ValueError) outside 1 to 100."""
    if not isinstance(limit, int) or not 1 <= limit <= 100:
        raise InvalidValue(f"limit={limit!r} must be a whole number from 1 to 100", limit)
    return limit
