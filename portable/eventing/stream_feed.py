"""The queue that brings a stream's records to one function, where the host is ours (memory, SQLite).

A record on its way to an ordered queue in, an `Outgoing` out; and a message of that queue in, the `Record` out. The
group of the message is the record's key after a mark, so that no key is one of the groups that queues reserve.
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
"""The attribute that carries the place of a record in its stream. A sender may not use the name."""
_MARK = "="


def to_queue(message: Outgoing, sequence: str) -> Outgoing:
    """Return what is sent to the queue of a function for a record of its stream."""
    attributes = {**message.attributes, SEQUENCE: sequence}
    found: Outgoing = replace(message, attributes=attributes, group=f"{_MARK}{message.group}")
    return found


def from_queue(message: Message[bytes]) -> Record[bytes]:
    """Return the record that a message of a function's queue brings; the message stays as it is."""
    record = of_message(message, None if message.group is None else message.group.removeprefix(_MARK))
    record.attributes = {name: value for name, value in message.attributes.items() if name != SEQUENCE}
    record.sequence = message.attributes.get(SEQUENCE)
    return record
