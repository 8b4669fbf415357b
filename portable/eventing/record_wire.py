"""The wire format of streams whose records are only bytes (Kinesis): writes an `Outgoing`.

The body is the payload. A record with attributes, a trace or a given id is a CloudEvents 1.0 object, as in queues
without attributes (`portable.eventing.envelope`), which also reads it. A foreign body is taken as raw.
"""

from __future__ import annotations

from portable.eventing.envelope import TYPE, as_event, write

TYPE_CHECKING = False
if TYPE_CHECKING:
    from portable.eventing.outgoing import Outgoing


def as_body(message: Outgoing, source: str) -> tuple[bytes, str | None]:
    """Return the body of a record and its id. The id is None if the stream will make it."""
    plain = not (message.attributes or message.trace or message.id or message.marks)
    if plain and message.body and TYPE.encode() not in message.body:
        return message.body, None
    event = as_event(message, source)
    return write(event).encode(), event["id"]
