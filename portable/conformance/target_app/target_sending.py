"""Queues: a handler that sends messages."""

from __future__ import annotations

from typing import Annotated

from portable import Message, Queue, QueueSender, function

wishes = Queue("wishes")
granted = Queue("granted")


@function(wishes.messages())
def grant(message: Message[bytes], onward: Annotated[QueueSender, granted]) -> None:
    """Send one on."""
    onward.send(b"\x00\xff", attributes={"from": message.id})


@function(granted.messages(), name="see-granted")
def see_granted(message: Message[bytes]) -> None:
    """Take what was sent on."""
