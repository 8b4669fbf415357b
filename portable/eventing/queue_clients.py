"""The clients of a queue, one class per permission: payloads in, ids and reports out; or a look at what waits."""

from __future__ import annotations

from portable.base.client import Client
from portable.errors import InvalidValue, PortableError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from portable.eventing.message import Message
    from portable.eventing.outgoing import SendReport

_SENDS: dict[str, str] = dict.fromkeys(("send", "send_many"), "QueueSender")
_READS: dict[str, str] = dict.fromkeys(("count", "peek", "redrive"), "QueueReader")


class QueueSender(Client):
    """Sends messages. bytes and str travel as themselves, anything else as JSON."""

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
        return self._connect().send(message)  # type: ignore[no-any-return]

    def send_many(
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
            sent = self._connect().send_many([outcomes[place] for place in places])
            for place, outcome in zip(places, sent, strict=True):
                outcomes[place] = outcome
        return report(outcomes)


class QueueReader(Client):
    """Looks at a queue or its dead letters, and sends dead letters back. Takes part in no handling."""

    __slots__ = ()
    kind = "queue"
    actions = ("count", "peek", "redrive")
    granted_by = _SENDS

    def count(self) -> int:
        """Return about how many messages wait, with those that are delayed or being handled."""
        return self._connect().count()  # type: ignore[no-any-return]

    def peek(self, limit: int = 10) -> list[Message[bytes]]:
        """Return up to `limit` (at most 100) messages that could be received now; they stay in the queue.

        Where the provider has no true peek (SQS), a look counts as a delivery.
        """
        return self._connect().peek(check_limit(limit))  # type: ignore[no-any-return]

    def redrive(self, limit: int | None = None) -> int:
        """Send dead letters back to their queue, each with its id and attributes; return how many were moved.

        A reader of the queue itself moves its dead letters, too. Delivery is at least once: a message may be in both
        queues when this is interrupted.
        """
        from portable.eventing.deadletters import pair, redrive

        source, dead = pair(self.resource)
        return redrive(self._drivers.of(dead), self._drivers.of(source), limit)


def check_limit(limit: int) -> int:
    """Return a limit of messages to look at. Raises InvalidValue (a ValueError) outside 1 to 100."""
    if not isinstance(limit, int) or not 1 <= limit <= 100:
        raise InvalidValue(f"limit={limit!r} must be a whole number from 1 to 100", limit)
    return limit


def prepare_many(
    payloads: Iterable[Any], delay: int, group: str | None, attributes: Mapping[str, str] | None
) -> tuple[list[Any], list[int]]:
    """Return a prepared message or an error for each payload, and the places of the messages."""
    from portable.eventing.outgoing import prepare

    outcomes: list[Any] = []
    places: list[int] = []
    for payload in payloads:
        try:
            outcomes.append(prepare(payload, attributes, delay, group))
            places.append(len(outcomes) - 1)
        except PortableError as error:
            outcomes.append(error)
    return outcomes, places
