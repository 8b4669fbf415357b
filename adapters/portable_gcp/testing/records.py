"""Takes a portable Record; returns the request of a Pub/Sub push subscription with message ordering."""

from __future__ import annotations

from portable.eventing.message import Message
from portable.eventing.record import Record
from portable_gcp.testing.messages import encode_message
from portable_gcp.testing.native import Native


def encode_record(record: Record[bytes]) -> Native:
    """Return the request of a record. Its key is the ordering key."""
    fields = (record.attempt, record.attributes, record.sent_at, record.key, record.trace)
    return encode_message(Message(record.id, record.payload, *fields))
