"""Queues in NATS JetStream: takes a declaration and the name of its JetStream stream; returns drivers.

A queue is a stream of its own with work-queue retention, and one consumer that all workers share: see `nats_streams`.
`unwrap(nats.aio.client.Client)` gives the client of nats-py.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from portable.eventing.driver import Received
from portable_container.runtime.eventing_publish import Letter, publish
from portable_container.runtime.eventing_wire import ID, SENT, headers_of, own_id, read
from portable_container.runtime.nats_clients import Nats, again, shared
from portable_container.runtime.nats_names import address_of
from portable_container.runtime.nats_streams import ACK_SECONDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from nats.aio.msg import Msg

    from portable.errors import PortableError
    from portable.eventing.message import Message
    from portable.eventing.outgoing import Outgoing
    from portable.eventing.queue import Queue

LOOK_SECONDS = 20.0
BATCH = 100


def queue_driver(queue: Queue, address: str, nats: Nats | None = None) -> NatsQueue:
    """Return the driver of a queue. The address `<stream>/<consumer>` is what one subscriber of a topic receives."""
    return NatsQueue(queue, address, nats or shared())


class NatsQueue:
    """A `QueueDriver` over one stream of JetStream."""

    def __init__(self, queue: Queue, address: str, nats: Nats) -> None:
        self.queue = queue
        self.at = address_of(address)
        self._nats = nats
        self._what = f'queue "{queue.name}" (JetStream {address})'
        self._filters = list(self.at.filters(partitioned=queue.ordered))
        self._first = 0

    def send(self, message: Outgoing) -> str:  # noqa: D102
        [outcome] = self.send_many([message])
        if not isinstance(outcome, str):
            raise outcome
        return outcome

    def send_many(self, messages: Sequence[Outgoing]) -> list[str | PortableError]:  # noqa: D102
        return publish(self._nats, self.at.stream, self._what, [self._letter(message) for message in messages])

    def count(self) -> int:  # noqa: D102
        found = self._nats.calls.call(lambda: self._nats.api(f"STREAM.INFO.{self.at.stream}"), self._what, again)
        return int(found["state"]["messages"])

    def peek(self, limit: int) -> list[Message[bytes]]:
        """Return up to `limit` messages and release them. JetStream counts this as a delivery.

        Of an ordered queue, it is the first message of each partition.
        """
        taken: list[Received] = []
        while len(taken) < limit and (more := self.receive(min(BATCH, limit - len(taken)), LOOK_SECONDS)):
            taken += more
        self.extend([received.receipt for received in taken], 0)
        return [received.message for received in taken]

    def receive(self, limit: int, seconds: float) -> list[Received]:  # noqa: D102
        found = self._partitions(limit) if self.queue.ordered else self._take([self._filters[0]], limit)
        if found and seconds != ACK_SECONDS:
            self.extend([received.receipt for received in found], seconds)
        return found

    def acknowledge(self, receipts: Sequence[str]) -> None:  # noqa: D102
        self._tell(receipts, b"+ACK")

    def release(self, receipt: str, delay: float) -> None:
        """Make a received message available again after `delay` seconds. An old receipt is not an error."""
        self.extend([receipt], delay)

    def extend(self, receipts: Sequence[str], seconds: float) -> None:
        """Hide received messages for `seconds` from now. They can still be acknowledged."""
        nanoseconds = int(seconds * 1_000_000_000)
        self._tell(receipts, b'-NAK {"delay": %d}' % nanoseconds if nanoseconds > 0 else b"-NAK")

    def unwrap(self, native: type) -> object:  # noqa: D102
        client = self._nats.client()
        return client if isinstance(client, native) else None

    def _letter(self, message: Outgoing) -> Letter:
        unique = message.deduplicate or uuid4().hex
        body, headers = headers_of(message, unique)
        subject = self.at.subject if message.group is None else self.at.partition(message.group)
        if not message.delay:
            deduplicated = self.queue.deduplicated

            def own(sequence: int) -> str:
                return message.id or own_id(self.at.stream, sequence, unique, deduplicated=deduplicated)

            return Letter(subject, body, headers, own)
        mine = message.id or uuid4().hex
        now = datetime.now(UTC)
        due = (now + timedelta(seconds=message.delay)).isoformat(timespec="microseconds").replace("+00:00", "Z")
        headers |= {ID: mine, SENT: now.isoformat(), "Nats-Schedule": f"@at {due}", "Nats-Schedule-Target": subject}
        return Letter(self.at.later(uuid4().hex), body, headers, lambda _: mine)

    def _partitions(self, limit: int) -> list[Received]:
        """Receive the first message of partitions. The next call begins with the partition after the last one."""
        found: list[Received] = []
        order = self._filters[self._first :] + self._filters[: self._first]
        while order and len(found) < limit:
            asked, order = order[: limit - len(found)], order[limit - len(found) :]
            found += self._take(asked, 1)
            self._first = (self._filters.index(asked[-1]) + 1) % len(self._filters)
        return found

    def _take(self, consumers: list[str], limit: int) -> list[Received]:
        stream, deduplicated = self.at.stream, self.queue.deduplicated
        subjects = [f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{name}" for name in consumers]

        def taking() -> list[Msg]:
            try:
                return self._nats.pull(subjects, {"batch": limit, "no_wait": True}, limit)
            except Exception as error:
                self._nats.check(error, f"CONSUMER.INFO.{stream}.{consumers[0]}")
                raise

        found = self._nats.calls.call(taking, self._what, again)
        return [Received(read(message, deduplicated=deduplicated), message.reply) for message in found]

    def _tell(self, receipts: Sequence[str], word: bytes) -> None:
        """Answer received messages, and wait until the server knows. What it does not wait for any more is no error."""
        asked = [(receipt, word, None) for receipt in receipts]

        def telling() -> None:
            from nats.errors import NoRespondersError

            for answer in self._nats.ask_each(asked):
                if isinstance(answer, Exception) and not isinstance(answer, NoRespondersError):
                    raise answer

        self._nats.calls.call(telling, self._what, again)
