"""How much waits in JetStream, and for how long: an address in, the number of messages and the age of the oldest out."""

from __future__ import annotations

from datetime import UTC, datetime

from portable.errors import PortableError
from portable_container.runtime.nats_clients import read

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from portable_container.runtime.nats_clients import Nats
    from portable_container.runtime.nats_names import Address


class Depth:
    """What waits for the consumers at one address."""

    def __init__(self, nats: Nats, at: Address, *, partitioned: bool) -> None:
        self._nats = nats
        self._stream = f"$JS.API.STREAM.INFO.{at.stream}"
        names = at.filters(partitioned=partitioned)
        self._consumers = [f"$JS.API.CONSUMER.INFO.{at.stream}.{name}" for name in names]

    def look(self) -> tuple[int, float] | None:
        """Return how many messages are not done, and the age of the oldest in seconds. None if the server does not say.

        A topic's oldest message may wait for another function. A stream keeps what is done, and a queue with delays what is
        not due, so there it is the time since the last one was done.
        """
        found = self._ask(self._stream, *self._consumers)
        if found is None:
            return None
        stream, *readers = found
        waiting = sum(reader["num_pending"] + reader["num_ack_pending"] for reader in readers)
        if not waiting:
            return 0, 0.0
        config = stream["config"]
        if config["retention"] != "limits" and not config.get("allow_msg_schedules"):
            return waiting, _age(stream, stream["state"]["first_ts"])
        behind = [reader for reader in readers if reader["num_pending"] + reader["num_ack_pending"]]
        return waiting, max(
            _age(stream, reader["ack_floor"].get("last_active", reader["created"])) for reader in behind
        )

    def look_at_all(self) -> tuple[int, float] | None:
        """Return how many messages lie in the stream, whoever they are for, and the age of the oldest."""
        found = self._ask(self._stream)
        if found is None:
            return None
        state = found[0]["state"]
        return state["messages"], _age(found[0], state["first_ts"]) if state["messages"] else 0.0

    def _ask(self, *subjects: str) -> list[dict[str, Any]] | None:
        def asking() -> list[dict[str, Any]]:
            answers = self._nats.ask_each([(subject, b"", None) for subject in subjects])
            for answer in answers:
                if isinstance(answer, Exception):
                    raise answer
            return [read(answer) for answer in answers if not isinstance(answer, Exception)]

        try:
            return self._nats.calls.once(asking, "what waits (JetStream)")
        except PortableError:
            return None


def _age(stream: dict[str, Any], since: str) -> float:
    """Return the seconds from a moment until the server's answer, by the server's clock."""
    now = _moment(stream["ts"]) if "ts" in stream else datetime.now(UTC)
    return max(0.0, (now - _moment(since)).total_seconds())


def _moment(text: str) -> datetime:
    """Return a time of Go, which has up to nine digits of a second."""
    return datetime.fromisoformat(text)
