"""Messages in a container: takes a message of JetStream or a CloudEvent; returns a Message.

A CloudEvent may have any type but those of other portable events: a Knative broker delivers what anybody sends. Its data is
the payload, `partitionkey` (the partitioning extension) is the group, and its other extensions are attributes.
"""

from __future__ import annotations

from portable.compute.consume import consume
from portable.eventing.envelope import read_event
from portable_container.runtime.cloudevents import OBJECT, TICK
from portable_container.runtime.eventing_wire import read
from portable_container.runtime.taking import UNREADABLE, Taker, attempt_of, not_ours, of_jetstream

TYPE_CHECKING = False
if TYPE_CHECKING:
    from portable.compute.consume import Consumer
    from portable.compute.context import Context
    from portable.eventing.message import Message
    from portable_container.runtime.cloudevents import CloudEvent

EXPECTED = "a message"
OTHERS = (OBJECT, TICK)
"""How the types of CloudEvents begin that are no messages."""
_OWN = ("partitionkey", "portableattempt", "sequence")
"""Extensions that are no attributes of a message."""


def handler(consumer: Consumer, timeout: float, filters: tuple[tuple[str, str], ...] = ()) -> Taker:
    """Return what takes a queue's or topic's messages. A message without the attributes of `filters` is done at once."""

    def run(message: Message[bytes], context: Context) -> bool:
        wanted = all(message.attributes.get(name) == value for name, value in filters)
        return not wanted or consume(consumer, message, context)

    return Taker(consumer.function, timeout, of_jetstream(EXPECTED, read, "queue", "topic"), message_of, run)


def message_of(found: CloudEvent, expected: str = EXPECTED) -> Message[bytes]:
    """Return the message in a CloudEvent. Raises EventError for any other."""
    attributes = found.attributes
    try:
        if not attributes["type"].startswith(OTHERS) and attributes["id"]:
            kept = {name: value for name, value in attributes.items() if name not in _OWN}
            message = read_event(kept, attempt_of(found))
            message.payload, message.group = found.data, attributes.get("partitionkey") or message.group
            return message
    except UNREADABLE:
        pass
    raise not_ours(expected, found)
