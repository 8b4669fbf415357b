"""Payments with an idempotency record: what cannot be done twice is done once, and order does not matter."""

from __future__ import annotations

from typing import Annotated

from portable import (
    AsyncTableReadWriter,
    Conflict,
    Idempotent,
    Message,
    Queue,
    Retry,
    Table,
    TableReadWriter,
    Topic,
    TopicPublisher,
    field,
    function,
)

seen = Table("seen", key="id", ttl="ends")
ledger = Table("ledger", key="account", sort="entry")
states = Table("states", key="order")
payments = Queue("payments")
steps = Queue("steps")
news = Topic("news")


@function(payments.messages(), idempotent=Idempotent(seen), retry=Retry(attempts=4))
def pay(message: Message[str], rows: Annotated[TableReadWriter, ledger], out: Annotated[TopicPublisher, news]) -> None:
    with rows.transaction("cash") as changes:
        changes.put({"account": "cash", "entry": message.id, "what": message.payload})
    out.publish(message.payload)


@function(news.messages())
async def heard(message: Message[str], rows: Annotated[AsyncTableReadWriter, ledger]) -> None:
    await rows.put({"account": "heard", "entry": message.payload})


@function(steps.messages(), retry=Retry(attempts=5))
def step(message: Message[int], rows: Annotated[TableReadWriter, states]) -> None:
    newer = ~field("version").exists() | (field("version") < message.payload)
    try:
        rows.update("o-1", set={"version": message.payload}, condition=newer)
    except Conflict:
        return
