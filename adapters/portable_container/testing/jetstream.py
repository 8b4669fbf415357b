"""A message as JetStream delivers it: takes an address, a body and headers; returns nats-py's `Msg`.

The subject for the acknowledgement tells the place of the message and how often it was delivered
(nats-server, ADR-15: `$JS.ACK.<stream>.<consumer>.<delivered>.<sequence>.<consumer's sequence>.<nanoseconds>.<pending>`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from nats.aio.msg import Msg

from portable_container.runtime.nats_names import Address

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_sequences = count(1)


def delivered(
    at: Address,
    subject: str,
    body: bytes,
    headers: Mapping[str, str] | None,
    *,
    attempt: int | None = None,
    sequence: int | None = None,
    sent_at: datetime | None = None,
) -> Msg:
    """Return the message of a subject as a consumer at an address gets it. Without a sequence it is the next one."""
    place = next(_sequences) if sequence is None else sequence
    consumer = next((name for name, of in at.filters(partitioned=subject != at.subject).items() if of == subject), "")
    told = (attempt or 1, place, place, nanoseconds(sent_at or datetime.now(UTC)), 0)
    reply = ".".join(("$JS.ACK", at.stream, consumer or at.consumer, *map(str, told)))
    client: Any = None  # only what acknowledges needs it
    return Msg(client, subject, reply, body, dict(headers) if headers else None)


def nanoseconds(moment: datetime) -> int:
    """Return a time as the server writes it."""
    return (moment - _EPOCH) // timedelta(microseconds=1) * 1000
