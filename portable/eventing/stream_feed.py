"""The queue that brings the records of a stream to one function, on a host of ours (memory, SQLite).

It converts a record to an `Outgoing` for an ordered queue, and a message of that queue to the `Record`. The group of
the message is a mark and the key of the record, so a key never equals a reserved group.
"""

from __future__ import annotations

from portable.base.values import replace
from portable.eventing.record import of_message

TYPE_CHECKING = False
if TYPE_CHECKING:
    from portable.eventing.message import Message
    from portable.eventing.outgoing import Outgoing
    from portable.eventing.record import Record

SEQUENCE = "portable-sequence"
"""The attribute with the position of a record in its stream. A sender may not use this name."""
_MARK = "="


def to_queue(message: Outgoing, sequence: str) -> Outgoing:
    """Return the message for the queue of a function, from a record of its stream."""
    attributes = {**message.attributes, SEQUENCE: sequence}
    found: Outgoing = replace(message, attributes=attributes, group=f"{_MARK}{message.group}")
    return found


def from_queue(message: Message[bytes]) -> Record[bytes]:
    """Return the record of a message of a function's queue. The message is not changed."""
    record = of_message(message, None if message.group is None else message.group.removeprefix(_MARK))
    record.attributes = {name: value for name, value in message.attributes.items() if name != SEQUENCE}
    record.sequence = message.attributes.get(SEQUENCE)
    return record
