"""The wire format of streams whose records are only bytes (Kinesis): writes an `Outgoing`, reads a raw `Message`.

The body is the payload. A record with attributes, a trace or a given id is a CloudEvents 1.0 object, as in queues
without attributes (`portable.eventing.envelope`). A foreign body is taken as raw.
"""

from __future__ import annotations

from portable.eventing.envelope import TYPE, as_event, read_queue_text, write

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime

    from portable.eventing.message import Message
    from portable.eventing.outgoing import Outgoing


def as_body(message: Outgoing, source: str) -> tuple[bytes, str | None]:
    """Return the body of a record and its id. The id is None if the stream will make it."""
    plain = not (message.attributes or message.trace or message.id or message.marks)
    if plain and message.body and not _may_be_ours(message.body):
        return message.body, None
    event = as_event(message, source)
    return write(event).encode(), event["id"]


def read_body(id: str, body: bytes, sent_at: datetime | None) -> Message[bytes]:  # noqa: A002
    """Return the raw message of a record's body. `id` is the stream's; an id in the body replaces it."""
    return read_queue_text(id, body, None, sent_at)


def _may_be_ours(body: bytes) -> bool:
    return f'"{TYPE}"'.encode() in body and body.lstrip()[:1] == b"{"
