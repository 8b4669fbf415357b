"""What the encoders of adapters share: takes what a function received; returns it as it was sent."""

from __future__ import annotations

from portable.eventing.message import Message
from portable.eventing.outgoing import Outgoing, is_text
from portable.eventing.record import Record


def outgoing(received: Message[bytes] | Record[bytes]) -> Outgoing:
    """Return a message or record with its id as it was sent: as text if its bytes are UTF-8."""
    body = received.payload
    return Outgoing(body, is_text(body), received.attributes, received.trace, id=received.id)
