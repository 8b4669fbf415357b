"""What queues and topics have in common for the kit: messages, sent and watched."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from portable.base.values import replace
from portable.errors import UnsupportedError
from portable.eventing.message import Message
from portable.eventing.outgoing import Outgoing, prepare
from portable.testing.world.kinds.kind import Items

if TYPE_CHECKING:
    from portable.base.generic import U


class Watched(Message[bytes]):
    """A message that tells what it was decoded as."""

    __slots__ = ("_saw",)

    def __init__(self, message: Message[bytes], saw: Callable[[Any], None]) -> None:
        sent = (message.payload, message.attempt, message.attributes, message.sent_at, message.group, message.trace)
        super().__init__(message.id, *sent)
        self._saw = saw

    def decoded(self, decode: Callable[[bytes], U]) -> Message[U]:
        """Return the message with its payload decoded. Raises whatever `decode` raises."""
        found = super().decoded(decode)
        self._saw(found)
        return found


def outgoing(found: Any) -> Outgoing:
    """Return a message as it is sent. Raises UnsupportedError for what is no message."""
    if not isinstance(found, Message):
        raise UnsupportedError(f"{type(found).__name__} cannot be sent: use events.message or events.object_created")
    sent: Outgoing = replace(prepare(found.payload, found.attributes), id=found.id, group=found.group)
    return sent


def same(message: Message[bytes]) -> Message[bytes]:
    """Return the event of a message: itself."""
    return message


def label(message: Message[bytes]) -> str:
    """Return what tells one message from another, whatever its id."""
    return f"{message.payload!r} {sorted(message.attributes.items())} {message.group or ''}".rstrip()


def waiting(snapshot: Any) -> Items:
    """Return the messages in the snapshot of a queue."""
    return ((label(entry.message(None)), None) for entry in snapshot[0])


def published(snapshot: Any) -> Items:
    """Return the messages in the snapshot of a topic."""
    return ((label(message), None) for message in snapshot)
