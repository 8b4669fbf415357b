"""An app whose mistakes show only under two accidents, an outage, a broken batch or a second instance."""

from __future__ import annotations

import asyncio
import threading
from typing import Annotated

from portable import (
    AsyncTableWriter,
    Message,
    Queue,
    Record,
    Response,
    Retry,
    Stream,
    Table,
    TableReadWriter,
    TableWriter,
    Unavailable,
    field,
    function,
    http,
)

there = Table("there", key="id")
tries, patient, touches, sweeps = Queue("tries"), Queue("patient"), Queue("touches"), Queue("sweeps")
lists, threads, renames = Queue("lists"), Queue("threads"), Queue("renames")
moves, refused = Stream("moves", key="key"), Stream("refused", key="key")
_lock = threading.Lock()


@function(tries.messages())
def try_it(message: Message[str], rows: Annotated[TableWriter, there]) -> None:
    for _ in range(3):
        try:
            rows.put({"id": message.payload})
        except Unavailable:
            continue
        return


@function(patient.messages())
def insist(message: Message[str], rows: Annotated[TableWriter, there]) -> None:
    while True:
        try:
            rows.put({"id": message.payload})
        except Unavailable:
            continue
        return


@function(touches.messages())
def touch(message: Message[str], rows: Annotated[TableWriter, there]) -> None:
    rows.update(message.payload, set={"seen": 9})


@function(sweeps.messages())
def sweep(message: Message[str], rows: Annotated[TableReadWriter, there]) -> None:
    for row in rows.scan(filter=field("seen") < 5).items:
        rows.delete(row["id"])


@function(moves.records(), name="moves")
def move(records: list[Record[dict]], rows: Annotated[TableWriter, there]) -> list[Record[dict]]:
    failed: list[Record[dict]] = []
    for record in records:
        try:
            rows.put({"id": str(record.payload["number"])})
        except Unavailable:
            return failed
    return failed


@function(refused.records(), retry=Retry(attempts=2))
def refuse(records: list[Record[dict]]) -> list[str]:
    return [record.id for record in records]


@function(http.post("/seats"))
def seat(rows: Annotated[TableReadWriter, there]) -> Response:
    with _lock:
        if rows.get("seat", default=None) is not None:
            return Response(status=409)
        rows.put({"id": "seat"})
        return Response(status=201)


@function(lists.messages())
async def store(message: Message[list[str]], rows: Annotated[AsyncTableWriter, there]) -> None:
    waiting = list(message.payload)

    async def work() -> None:
        while waiting:
            await rows.put({"id": waiting.pop()})

    await asyncio.gather(work(), work())


@function(threads.messages())
def spread(message: Message[list[str]], rows: Annotated[TableWriter, there]) -> None:
    errors: list[BaseException] = []

    def put(name: str) -> None:
        try:
            rows.put({"id": name})
        except Exception as error:
            errors.append(error)

    workers = [threading.Thread(target=put, args=(name,)) for name in message.payload]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if errors:
        raise errors[0]


@function(renames.messages())
def rename(message: Message[str], rows: Annotated[TableReadWriter, there]) -> None:
    if rows.get("a", default=None) is not None:
        rows.batch_write(puts=[{"id": "b"}], deletes=["a"])
