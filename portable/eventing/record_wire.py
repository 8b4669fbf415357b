"""The wire of streams whose records are bytes alone (Kinesis): an `Outgoing` in, a body out, and back to a raw `Message`.

A payload travels as itself. A record with attributes, a trace or an id of its own is a CloudEvents 1.0 object, as in
queues without attributes: see `portable.eventing.envelope`. A foreign body is a raw body.
"""

from __future__ import annotations

from portable.eventing.envelope import TYPE, as_event, read_queue_text, write

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime

    from portable.eventing.message import Message
    from portable.eventing.outgoing import Outgoing


def as_body(message: Outgoing, source: str) -> tuple[bytes, str | None]:
    """Return the body of a record, and the id it will arrive with: None when the stream gives it one."""
    plain = not (message.attributes or message.trace or message.id or message.marks)
    if plain and message.body and not _may_be_ours(message.body):
        return message.body, None
    event = as_event(message, source)
    return write(event).encode(), event["id"]


def read_body(id: str, body: bytes, sent_at: datetime | None) -> Message[bytes]:  # noqa: A002
    """Return the raw message of a record's body; `id` is the stream's, unless the body tells ours."""
    return read_queue_text(id, body, None, sent_at)


def _may_be_ours(body: bytes) -> bool:
    return f'"{TYPE}"'.encode() in body and body.lstrip()[:1] == b"{"
