"""Takes a portable Message or Record of a function; returns the message of JetStream that our sender and the server make."""

from __future__ import annotations

from typing import Any

from nats.aio.msg import Msg

from portable.base.values import replace
from portable.eventing.message import Message
from portable.eventing.record import Record
from portable.testing.encoding import outgoing
from portable.tooling.app.kinds.registry import source
from portable.tooling.app.model import FunctionModel
from portable_container.runtime.eventing_wire import headers_of
from portable_container.runtime.image_engines import address_of_trigger
from portable_container.runtime.nats_names import Address, address_of
from portable_container.testing.jetstream import delivered

PREFIX = "app_test"
"""`<app>_<stage>` of the streams in the tests."""


def address(function: FunctionModel) -> Address:
    """Return what the function receives from: the consumer of its queue, or its own of a topic, stream or bucket."""
    trigger = function.trigger
    return address_of(address_of_trigger(PREFIX, trigger["kind"], source(trigger), function.name))


def encode_message(message: Message[bytes], at: Address) -> Msg:
    """Return the message of a queue or topic. Its id is the one by which the server stores it once."""
    sent: Any = replace(outgoing(message), id=None, group=message.group)
    body, headers = headers_of(sent, message.id)
    subject = at.subject if message.group is None else at.partition(message.group)
    return delivered(at, subject, body, headers, attempt=message.attempt, sent_at=message.sent_at)


def encode_record(record: Record[bytes], at: Address) -> Msg:
    """Return the record of a stream, at its place there."""
    sent: Any = replace(outgoing(record), id=None, group=record.key)
    body, headers = headers_of(sent, record.id)
    place = None if record.sequence is None else int(record.sequence)
    subject = at.partition(record.key or "")
    return delivered(at, subject, body, headers, attempt=record.attempt, sequence=place, sent_at=record.sent_at)
