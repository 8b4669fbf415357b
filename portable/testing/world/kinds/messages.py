"""What queues and topics have in common for the kit: messages, sent and watched."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from portable.base.values import replace
from portable.errors import UnsupportedError
from portable.eventing.message import Message
from portable.eventing.outgoing import Outgoing, prepare
from portable.eventing.queue import Queue
from portable.testing.world.kinds.kind import Items

if TYPE_CHECKING:
    from portable.base.drivers import Drivers
    from portable.base.generic import U


class Waiting(Message[bytes]):
    """A message that waits, raw; `json()` and `text()` read its payload."""

    __slots__ = ()

    def json(self) -> Any:
        """Return the payload decoded from JSON."""
        import json

        return json.loads(self.payload)

    def text(self) -> str:
        """Return the payload as text."""
        return self.payload.decode()


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


def label(message: Message[bytes]) -> str:
    """Return what tells one message from another, whatever its id."""
    return f"{message.payload!r} {sorted(message.attributes.items())} {message.group or ''}".rstrip()


def unread(snapshot: Any) -> Items:
    """Return the messages in the snapshot of a queue."""
    return ((label(entry.message(None)), None) for entry in snapshot[0])


def published(snapshot: Any) -> Items:
    """Return the messages in the snapshot of a topic."""
    return ((label(message), None) for message in snapshot)


def waiting(drivers: Drivers, queue: Queue) -> list[Waiting]:
    """Return every message of a queue, raw, as they are now."""
    driver: Any = drivers.of(queue)
    entries, _ = driver.snapshot()
    return [shown(entry.message(entry.tries or None)) for entry in entries]


def shown(message: Message[bytes]) -> Waiting:
    """Return a message as a test looks at it."""
    attributes: Mapping[str, str] = message.attributes
    shown = Waiting(message.id, message.payload, message.attempt, dict(attributes), message.sent_at, message.group)
    shown.trace = message.trace
    return shown
