"""Queues: attempts, payloads of every type, batches."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from portable import Context, Message, Queue, Retry, function

log = logging.getLogger("target")
jobs = Queue("jobs")
blobs = Queue("blobs")


@dataclass
class Job:
    """A typed payload."""

    sku: str
    count: int = 1


@function(jobs.messages(), retry=Retry(attempts=3))
def work(message: Message[Job], context: Context) -> None:
    """Take a typed message."""
    log.info("working", extra={"sku": message.payload.sku, "counted": context.attempt})
    if message.payload.count < 0:
        raise ValueError("less than nothing")


@function(blobs.messages(batch=10), name="import-all", retry=Retry(attempts=2))
def import_all(message: Message[bytes]) -> None:
    """Take bytes, several at once."""
    if message.payload.startswith(b"bad"):
        raise ValueError("a bad payload")
