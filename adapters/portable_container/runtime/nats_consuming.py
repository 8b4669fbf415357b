"""Receives from the consumers of a stream: takes a limit, returns messages of nats-py that are hidden from others.

A consumer gives a message out again when it was not acknowledged in time. A negative acknowledgement with a delay sets
that time anew, and the message can still be acknowledged: this is how a message is hidden for any number of seconds.
"""

from __future__ import annotations

from portable_container.runtime.nats_clients import again

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from nats.aio.msg import Msg

    from portable_container.runtime.nats_clients import Nats
    from portable_container.runtime.nats_names import Address


class Consuming:
    """The consumers at one address. It is safe to use from several threads at once."""

    def __init__(self, nats: Nats, at: Address, what: str, *, partitioned: bool) -> None:
        """`what` names the resource in errors. With `partitioned` there is a consumer for each partition."""
        self._nats = nats
        self._what = what
        self._stream = at.stream
        self._partitioned = partitioned
        self._names = list(at.filters(partitioned=partitioned))
        self._first = 0

    def take(self, limit: int) -> list[Msg]:
        """Return up to `limit` messages, of partitions only the first one each. It does not wait for messages.

        The next call begins with the partition after the last one that was asked.
        """
        if not self._partitioned:
            return self._pull(self._names, limit)
        found: list[Msg] = []
        first = self._first
        order = self._names[first:] + self._names[:first]
        while order and len(found) < limit:
            asked, order = order[: limit - len(found)], order[limit - len(found) :]
            found += self._pull(asked, 1)
            self._first = (self._names.index(asked[-1]) + 1) % len(self._names)
        return found

    def acknowledge(self, receipts: Sequence[str]) -> None:
        """Delete received messages. `reply` of a message is its receipt; one that is no longer valid is not an error."""
        self._tell(receipts, b"+ACK")

    def hide(self, receipts: Sequence[str], seconds: float) -> None:
        """Hide received messages for `seconds` from now; 0 makes them available at once."""
        nanoseconds = int(seconds * 1_000_000_000)
        self._tell(receipts, b'-NAK {"delay": %d}' % nanoseconds if nanoseconds > 0 else b"-NAK")

    def _pull(self, names: list[str], limit: int) -> list[Msg]:
        subjects = [f"$JS.API.CONSUMER.MSG.NEXT.{self._stream}.{name}" for name in names]

        def pulling() -> list[Msg]:
            try:
                return self._nats.pull(subjects, {"batch": limit, "no_wait": True}, limit)
            except Exception as error:
                self._nats.check(error, f"CONSUMER.INFO.{self._stream}.{names[0]}")
                raise

        return self._nats.calls.call(pulling, self._what, again)

    def _tell(self, receipts: Sequence[str], word: bytes) -> None:
        """Answer received messages, and wait until the server knows."""
        asked = [(receipt, word, None) for receipt in receipts]

        def telling() -> None:
            from nats.errors import NoRespondersError

            for answer in self._nats.ask_each(asked):
                if isinstance(answer, Exception) and not isinstance(answer, NoRespondersError):
                    raise answer

        self._nats.calls.call(telling, self._what, again)
