"""A function of a queue whose wrapper and provider fail an attempt, and whose provider sends."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from portable import Call, Context, Depends, Message, Queue, QueueSender, function

parcels = Queue("parcels")
labels = Queue("labels")


def label(message: Message[str], queue: Annotated[QueueSender, labels]) -> Iterator[list[str]]:
    """Send the labels of a parcel when its handler has succeeded."""
    kept: list[str] = []
    yield kept
    for text in kept:
        queue.send(text)


def counted(call: Call[None], context: Context, message: Message[str]) -> None:
    """Fail the first attempt before the handler is called."""
    if message.payload == "early" and context.attempt == 1:
        raise RuntimeError("a wrapper failed")
    call()


@function(parcels.messages(), around=[counted])
def pack(message: Message[str], context: Context, kept: Annotated[list[str], Depends(label)]) -> None:
    """Keep a label. The second attempt fails after that, so that it is not sent."""
    kept.append(f"{message.payload} {context.attempt}")
    if message.payload == "late" and context.attempt == 1:
        raise RuntimeError("the handler failed")


@function(labels.messages())
def stick(message: Message[bytes]) -> None:
    """Get a label."""
