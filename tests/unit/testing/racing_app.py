"""Handlers that two deliveries at once upset, and their right twins."""

from __future__ import annotations

import asyncio
import threading
from typing import Annotated

from portable import (
    AsyncTableReadWriter,
    Message,
    Queue,
    QueueSender,
    Table,
    TableReadWriter,
    field,
    function,
    http,
)

sums = Table("sums", key="id")
jobs = Queue("jobs")
careful_jobs = Queue("careful-jobs")
async_jobs = Queue("async-jobs")
locked_jobs = Queue("locked-jobs")
awaited_jobs = Queue("awaited-jobs")
ordered_jobs = Queue("ordered-jobs", ordered=True)
first_jobs = Queue("first-jobs")
second_jobs = Queue("second-jobs")
many = Queue("many")
batches = Queue("batches")
parts = Queue("parts")
sent = Queue("sent")
plain_lock = threading.Lock()
async_lock = asyncio.Lock()
gate = [threading.Lock()]
other_gate = [threading.Lock()]
EMPTY = {"id": "all", "seen": []}


@function(jobs.messages())
def book(message: Message[int], rows: Annotated[TableReadWriter, sums]) -> None:
    row = rows.get("all", default=EMPTY)
    if message.payload not in row["seen"]:
        rows.put({"id": "all", "seen": [*row["seen"], message.payload]})


@function(careful_jobs.messages())
def careful(message: Message[int], rows: Annotated[TableReadWriter, sums]) -> None:
    row = rows.get("all", default=None)
    if row is None:
        rows.put({"id": "all", "seen": [message.payload]}, if_absent=True)
    elif message.payload not in row["seen"]:
        rows.put({"id": "all", "seen": [*row["seen"], message.payload]}, condition=field("seen") == row["seen"])


@function(async_jobs.messages())
async def awaited(message: Message[int], rows: Annotated[AsyncTableReadWriter, sums]) -> None:
    row = await rows.get("all", default=EMPTY)
    if message.payload not in row["seen"]:
        await rows.put({"id": "all", "seen": [*row["seen"], message.payload]})


@function(locked_jobs.messages())
def locked(message: Message[int], rows: Annotated[TableReadWriter, sums]) -> None:
    with plain_lock:
        book(message, rows)


@function(awaited_jobs.messages())
async def awaits_a_lock(message: Message[int], rows: Annotated[AsyncTableReadWriter, sums]) -> None:
    async with async_lock:
        await awaited(message, rows)


@function(ordered_jobs.messages())
def in_order(message: Message[int], rows: Annotated[TableReadWriter, sums]) -> None:
    book(message, rows)


@function(first_jobs.messages())
def first(message: Message[int], rows: Annotated[TableReadWriter, sums]) -> None:
    with gate[0]:
        rows.get("all", default=None)
        rows.get("all", default=None)
        with other_gate[0]:
            rows.update("first", set={"done": True})


@function(second_jobs.messages())
def second(message: Message[int], rows: Annotated[TableReadWriter, sums]) -> None:
    with other_gate[0]:
        rows.get("all", default=None)
        rows.get("all", default=None)
        with gate[0]:
            rows.update("second", set={"done": True})


@function(many.messages())
def send_all(message: Message[int], out: Annotated[QueueSender, jobs]) -> None:
    out.send_many(list(range(message.payload)))


@function(batches.messages())
def write_all(message: Message[int], rows: Annotated[TableReadWriter, sums]) -> None:
    try:
        rows.batch_write([{"id": str(number)} for number in range(message.payload)])
    except Exception:
        return


@function(parts.messages())
def send_all_that_is_left(message: Message[int], out: Annotated[QueueSender, jobs]) -> None:
    left = list(range(message.payload))
    while left:
        left = [left[failure.index] for failure in out.send_many(left).failed]


@function(http.post("/early/{name}"))
def send_first(name: str, rows: Annotated[TableReadWriter, sums], out: Annotated[QueueSender, sent]) -> None:
    out.send(name)
    rows.put({"id": name, "state": "new"})


@function(http.post("/late/{name}"))
def send_last(name: str, rows: Annotated[TableReadWriter, sums], out: Annotated[QueueSender, sent]) -> None:
    rows.put({"id": name, "state": "new"})
    out.send(name)


@function(sent.messages())
def follow(message: Message[str], rows: Annotated[TableReadWriter, sums]) -> None:
    if rows.get(message.payload, default=None) is not None:
        rows.update(message.payload, set={"state": "done"})


@function(http.post("/stock/{name}"))
def take(name: str, rows: Annotated[TableReadWriter, sums]) -> dict[str, bool]:
    row = rows.get(name, default={"id": name, "left": 1})
    if row["left"]:
        rows.put({"id": name, "left": row["left"] - 1})
    return {"taken": bool(row["left"])}


@function(http.post("/safe/{name}"))
async def take_safely(name: str, rows: Annotated[AsyncTableReadWriter, sums]) -> dict[str, bool]:
    await rows.get(name, default=None)
    try:
        await rows.put({"id": name}, if_absent=True)
    except Exception:
        return {"taken": False}
    return {"taken": True}
