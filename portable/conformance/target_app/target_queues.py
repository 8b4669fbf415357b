"""Queues: attempts, dead letters, payloads of every type, batches."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Annotated, Any

from portable import Context, Message, Queue, QueueSender, Retry, function

log = logging.getLogger("target")
jobs = Queue("jobs")
blobs = Queue("blobs")


@dataclass
class Job:
    """A typed payload."""

    sku: str
    count: int = 1


@function(jobs.messages(), retry=Retry(attempts=3), dead_letter=True)
def work(message: Message[Job], context: Context, onward: Annotated[QueueSender, blobs]) -> None:
    """Take a typed message and send another one."""
    log.info("working", extra={"sku": message.payload.sku, "counted": context.attempt})
    if message.payload.count < 0:
        raise ValueError("less than nothing")
    if message.payload.count > 99:
        onward.send(b"\x00\xff", attributes={"from": message.id})


@function(jobs.dead_letters.messages(), retry=Retry(attempts=2))
async def bury(message: Message[dict[str, Any]]) -> None:
    """Take the dead letters."""
    if message.payload.get("sku") == "immortal":
        raise ValueError("it cannot be buried")


@function(blobs.messages(batch=10), name="import-all", retry=Retry(attempts=2))
def import_all(message: Message[bytes]) -> None:
    """Take bytes, several at once."""
    if message.payload.startswith(b"bad"):
        raise ValueError("a bad payload")
