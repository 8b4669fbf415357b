"""Streams: one record at a time, a whole batch, attempts and dead letters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from portable import Record, Retry, Stream, StreamWriter, function

clicks = Stream("clicks", key="user")
pages = Stream("pages")


@dataclass
class Click:
    """A typed payload."""

    user: str
    weight: int = 1


@function(clicks.records(), retry=Retry(attempts=3), dead_letter=True)
def follow(record: Record[Click], onward: Annotated[StreamWriter, pages]) -> None:
    """Take one record at a time and write another one."""
    if record.payload.weight < 0:
        raise ValueError("less than nothing")
    if record.payload.weight > 99:
        onward.send(b"\x00\xff", key="heavy", attributes={"from": record.id})


@function(clicks.records(), retry=Retry(attempts=2))
async def tally(records: list[Record[Click]]) -> list[str]:
    """Take a batch and return the ids of the records that failed."""
    return [record.id for record in records if record.payload.weight < 0]


@function(pages.records(), name="see-pages")
def see_pages(record: Record[bytes]) -> None:
    """Take bytes."""
