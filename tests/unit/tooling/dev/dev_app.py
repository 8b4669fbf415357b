"""An app with every kind of trigger, for the tests of `portable dev`."""

from __future__ import annotations

import asyncio
import logging
from typing import Annotated

from portable import (
    AsyncQueueSender,
    Bucket,
    BucketReadWriter,
    BucketSigner,
    Message,
    Queue,
    QueueSender,
    Record,
    Retry,
    Secret,
    StoredObject,
    Stream,
    StreamWriter,
    Tick,
    Topic,
    TopicPublisher,
    function,
    http,
    schedule,
)

files = Bucket("files")
jobs = Queue("jobs")
steps = Queue("steps", ordered=True)
news = Topic("news")
clicks = Stream("clicks")
password = Secret("password")

broken: set[str] = set()
"""Payloads that handlers refuse."""
seen: list[str] = []
"""What handlers got, in order."""


@function(http.post("/jobs/{name}"))
def order(name: str, queue: Annotated[QueueSender, jobs]) -> str:
    logging.getLogger("app").info("ordered %s", name)
    return queue.send(name)


@function(http.post("/later/{name}"))
async def later(name: str, queue: Annotated[AsyncQueueSender, jobs]) -> str:
    print("one", "two")
    await asyncio.sleep(0)
    return await queue.send(name)


@function(http.get("/fails"))
def fails() -> None:
    raise ValueError("it fails")


@function(http.get("/url/{key:path}"))
def url(key: str, store: Annotated[BucketSigner, files], upload: bool = False) -> str:
    return store.signed_upload_url(key) if upload else store.signed_url(key)


@function(http.get("/secret"))
def tells(value: Annotated[str, password]) -> str:
    logging.getLogger("app").info("it is %s", value)
    return value


@function(http.post("/steps"))
def walk(queue: Annotated[QueueSender, steps]) -> None:
    for name in ("a1", "a2", "b1", "a3"):
        queue.send(name, group=name[0])


@function(http.post("/news/{kind}"))
def tell(kind: str, topic: Annotated[TopicPublisher, news]) -> str:
    return topic.publish("hello", attributes={"kind": kind})


@function(http.post("/clicks"))
def click(stream: Annotated[StreamWriter, clicks]) -> None:
    for name in ("x1", "x2", "y1"):
        stream.send(name, key=name[0])


@function(jobs.messages(), retry=Retry(attempts=2, backoff=0), dead_letter=True)
def work(message: Message[str], store: Annotated[BucketReadWriter, files]) -> None:
    if message.payload in broken:
        raise ValueError(f"cannot do {message.payload}")
    store.put(f"done/{message.payload}", b"x")


@function(steps.messages(), retry=Retry(attempts=3, backoff=0))
def step(message: Message[str]) -> None:
    if message.payload in broken:
        broken.discard(message.payload)
        raise ValueError("once more")
    seen.append(message.payload)


@function(files.created(prefix="done/"), retry=Retry(attempts=2, backoff=0))
async def index(found: StoredObject) -> None:
    await asyncio.sleep(0)
    if found.key in broken:
        raise ValueError(f"cannot index {found.key}")
    seen.append(found.key)


@function(files.deleted())
def forget(found: StoredObject) -> None:
    seen.append(f"deleted {found.key}")


@function(news.messages(filter={"kind": "good"}))
def good(message: Message[str]) -> None:
    seen.append(f"good {message.payload}")


@function(news.messages())
def every(message: Message[str]) -> None:
    seen.append(f"every {message.payload}")


@function(clicks.records(batch=10))
def count(records: list[Record[str]]) -> None:
    seen.extend(record.payload for record in records)


@function(schedule.cron("0 3 * * *", timezone="Europe/Berlin"))
def nightly(tick: Tick) -> None:
    seen.append(f"tick {tick.scheduled_at:%H:%M}")
