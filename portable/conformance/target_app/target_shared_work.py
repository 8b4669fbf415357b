"""A function of a queue whose wrapper, handler and provider each fail an attempt."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from portable import Call, Context, Depends, Message, Queue, function

parcels = Queue("parcels")


def box(message: Message[str], context: Context) -> Iterator[list[str]]:
    """Give a list, and look at it when the handler has ended."""
    kept: list[str] = []
    yield kept
    if kept == ["closing 1"]:
        raise RuntimeError("a provider failed")


def counted(call: Call[None], context: Context, message: Message[str]) -> None:
    """Fail the first attempt before the handler is called."""
    if message.payload == "early" and context.attempt == 1:
        raise RuntimeError("a wrapper failed")
    call()


@function(parcels.messages(), around=[counted])
def pack(message: Message[str], context: Context, kept: Annotated[list[str], Depends(box)]) -> None:
    """Fill the list, or fail."""
    kept.append(f"{message.payload} {context.attempt}")
    if message.payload == "late" and context.attempt == 1:
        raise RuntimeError("the handler failed")
