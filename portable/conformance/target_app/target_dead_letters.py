"""Queues: what failed for good."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from portable import Message, Queue, Retry, function

orders = Queue("orders")


@dataclass
class Order:
    """A typed payload."""

    sku: str
    count: int = 1


@function(orders.messages(), retry=Retry(attempts=3), dead_letter=True)
def serve(message: Message[Order]) -> None:
    """Take a typed message."""
    if message.payload.count < 0:
        raise ValueError("less than nothing")


@function(orders.dead_letters.messages(), retry=Retry(attempts=2))
async def bury(message: Message[dict[str, Any]]) -> None:
    """Take the dead letters."""
    if message.payload.get("sku") == "immortal":
        raise ValueError("it cannot be buried")
