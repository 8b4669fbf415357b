"""Handlers that are idempotent, and handlers that are not, for `assert_idempotent`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import uuid4

from portable import (
    Idempotent,
    Message,
    Queue,
    QueueSender,
    Table,
    TableReadWriter,
    TableWriter,
    Tick,
    function,
    http,
    schedule,
)

ledger = Table("ledger", key="account")
journal = Table("journal", key="id")
bills = Queue("bills")
payments = Queue("payments")
mails = Queue("mails")
refunds = Queue("refunds")
seen = Table("seen", key="id", ttl="expires")


@function(bills.messages())
def careful(message: Message[str], rows: Annotated[TableWriter, ledger], out: Annotated[QueueSender, mails]) -> None:
    rows.put({"account": message.payload, "paid": True, "at": datetime.now(UTC)})
    out.send({"paid": message.payload})


@function(payments.messages())
def careless(message: Message[int], rows: Annotated[TableReadWriter, ledger]) -> None:
    rows.update("ada", add={"balance": message.payload})


@function(http.post("/journal"))
def write(body: str, rows: Annotated[TableWriter, journal]) -> None:
    rows.put({"id": uuid4().hex, "text": body})


@function(schedule.every(hours=1))
def half(tick: Tick, rows: Annotated[TableReadWriter, ledger], entries: Annotated[TableReadWriter, journal]) -> None:
    key = tick.scheduled_at.isoformat()
    if entries.get(key, default=None) is None:
        entries.put({"id": key})
        rows.put({"account": "report", "last": key})


@function(http.post("/broken"))
def broken(rows: Annotated[TableWriter, journal]) -> None:
    raise KeyError("missing")


@function(refunds.messages(), idempotent=Idempotent(seen, key=lambda message: message.payload, ttl=timedelta(days=1)))
def refund(message: Message[str], rows: Annotated[TableReadWriter, ledger]) -> None:
    rows.put({"account": message.payload, "refunded": True})


@function(http.post("/refunds"), idempotent=Idempotent(seen))
def ask(body: str, rows: Annotated[TableReadWriter, ledger]) -> str:
    rows.put({"account": body, "asked": True})
    return body
