"""Functions that count, for the tests of metrics in the kit."""

from __future__ import annotations

import logging
from typing import Annotated

from portable import AsyncQueueSender, Context, Message, Queue, function, http

parcels = Queue("parcels")


@function(http.post("/parcels"))
async def take(context: Context, queue: Annotated[AsyncQueueSender, parcels]) -> None:
    context.metric("parcels", 2, unit="Count", shop="x")
    await queue.send("p-1")


@function(parcels.messages())
def carry(message: Message[str], context: Context) -> None:
    logging.getLogger(__name__).info("carried")
    context.metric("weight", 1.5, unit="Kilobytes", attempt=context.attempt or 0)
    if context.attempt == 1:
        raise RuntimeError("again")
