"""An app with streams: one function takes records one by one, one takes batches, one is idempotent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from portable import (
    AsyncStreamWriter,
    Idempotent,
    Record,
    Retry,
    Stream,
    StreamWriter,
    Table,
    TableWriter,
    function,
    http,
)

clicks = Stream("clicks", key="user")
pages = Stream("pages")
seen = Table("seen", key="id")
totals = Table("totals", key="id")
log = Table("log", key="id")


@dataclass
class Click:
    user: str
    page: str = "/"
    weight: int = 1


@function(http.post("/clicks"))
async def click(body: list[Click], out: Annotated[AsyncStreamWriter, clicks]) -> dict[str, int]:
    return {"sent": len((await out.send_many(body)).sent)}


@function(clicks.records(), retry=Retry(attempts=2), dead_letter=True)
def follow(record: Record[Click], rows: Annotated[TableWriter, log], onward: Annotated[StreamWriter, pages]) -> None:
    if record.payload.weight < 0:
        raise ValueError("less than nothing")
    rows.put({"id": record.id, "key": record.key, "attempt": record.attempt, "sequence": record.sequence})
    if record.payload.page != "/":
        onward.send(record.payload.page, key=record.payload.page)


@function(clicks.records(batch=10), retry=Retry(attempts=2))
async def tally(records: list[Record[Click]]) -> list[Record[Click]]:
    return [record for record in records if record.payload.weight < 0]


@function(clicks.records(), idempotent=Idempotent(seen), dead_letter=True)
def count(record: Record[Click], rows: Annotated[TableWriter, totals]) -> None:
    rows.put({"id": record.id, "user": record.payload.user, "weight": record.payload.weight})


@function(pages.records())
def page(record: Record[bytes]) -> Any: ...
