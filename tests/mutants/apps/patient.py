"""Handlers that raise to be tried again: a child waits for its parent, a task holds a lease, a best effort may fail."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Annotated

from portable import (
    Bucket,
    BucketReadWriter,
    Conflict,
    Context,
    Message,
    PortableError,
    Queue,
    Retry,
    Table,
    TableReadWriter,
    field,
    function,
)

family = Table("family", key="name")
leases = Table("leases", key="task", ttl="ends")
cache = Bucket("cache")
parents = Queue("parents")
children = Queue("children")
tasks = Queue("tasks")
log = logging.getLogger(__name__)


@function(parents.messages())
def parent(message: Message[str], rows: Annotated[TableReadWriter, family]) -> None:
    if rows.get(message.payload, default=None) is None:
        try:
            rows.put({"name": message.payload, "children": []}, if_absent=True)
        except Conflict:  # another delivery was faster, or the reply to our own was lost
            return


@function(children.messages(), retry=Retry(attempts=3, backoff=1))
def child(message: Message[dict], rows: Annotated[TableReadWriter, family]) -> None:  # type: ignore[type-arg]
    row = rows.get(message.payload["of"])  # raises NotFound until the parent is there: then try again
    if message.payload["name"] not in row["children"]:
        same = field("children") == row["children"]  # else another delivery was faster: then try again
        rows.update(message.payload["of"], append={"children": [message.payload["name"]]}, condition=same)


@function(tasks.messages(), retry=Retry(attempts=5), timeout=20)
def task(
    message: Message[str],
    context: Context,
    held: Annotated[TableReadWriter, leases],
    rows: Annotated[TableReadWriter, family],
    store: Annotated[BucketReadWriter, cache],
) -> None:
    if rows.get(message.payload, default=None) is not None:
        return
    ends = context.deadline - timedelta(seconds=1)
    try:
        held.put({"task": message.payload, "ends": ends, "by": message.id}, if_absent=True)
    except Conflict:
        if held.get(message.payload, default={"by": None})["by"] != message.id:
            raise
    try:
        store.put(message.payload, b"warm")
    except PortableError:
        log.info("the cache stays cold")
    rows.put({"name": message.payload, "done": True})
    held.delete(message.payload)
