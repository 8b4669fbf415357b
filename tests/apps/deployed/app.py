"""An app to be deployed: every trigger leaves a row that a test can ask for over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from portable import (
    Bucket,
    BucketReader,
    BucketWriter,
    Index,
    Key,
    Message,
    Queue,
    QueueReader,
    QueueSender,
    Record,
    Retry,
    Secret,
    Setting,
    StoredObject,
    Stream,
    StreamWriter,
    Table,
    TableReader,
    TableWriter,
    Tick,
    Topic,
    TopicPublisher,
    function,
    http,
    schedule,
)

rows = Table(
    "rows", key="id", sort=Key("at", datetime), ttl="ends", indexes=(Index("by_kind", "kind", Key("at", datetime)),)
)
jobs = Queue("jobs")
steps = Queue("steps", ordered=True)
news = Topic("news")
files = Bucket("files")
clicks = Stream("clicks", key="who")

site = http.static("/", "site/", fallback="index.html", cdn=True, name="site")

Rows = Annotated[TableWriter, rows]


def note(store: TableWriter, kind: str, what: str) -> None:
    store.put({"id": f"{kind}:{what}", "at": datetime.fromisoformat("2026-01-01T00:00:00+00:00"), "kind": kind})


@function(http.get("/rows/{kind}"))
def found(kind: str, store: Annotated[TableReader, rows]) -> list[str]:
    return sorted(row["id"] for row in store.query(kind, index="by_kind").items)


@function(http.post("/send/{what}"))
def send(
    what: str,
    queue: Annotated[QueueSender, jobs],
    ordered: Annotated[QueueSender, steps],
    topic: Annotated[TopicPublisher, news],
    stream: Annotated[StreamWriter, clicks],
    store: Annotated[BucketWriter, files],
) -> None:
    queue.send(what)
    ordered.send(what, group="one")
    topic.publish(what, attributes={"urgent": "yes"} if what == "fire" else {"urgent": "no"})
    stream.send(what, key="ada")
    store.put(f"in/{what} ü.jpg", b"x")
    store.put(f"out/{what}.jpg", b"x")


@function(http.get("/settings"))
def settings(
    token: Annotated[str, Secret("token")], greeting: Annotated[str, Setting("greeting", default="${hi} %{x}")]
) -> dict[str, str]:
    return {"token": token, "greeting": greeting}


@function(http.get("/dead"))
def dead(letters: Annotated[QueueReader, jobs.dead_letters]) -> dict[str, int]:
    return {"letters": letters.count()}


@function(jobs.messages(batch=5), retry=Retry(attempts=1), dead_letter=True, concurrency=2)
def work(message: Message[str], store: Rows) -> None:
    if message.payload == "poison":
        raise ValueError(message.payload)
    note(store, "queue", message.payload)


@function(steps.messages())
def step(message: Message[str], store: Rows) -> None:
    note(store, "ordered", message.payload)


@function(news.messages())
def read_all(message: Message[str], store: Rows) -> None:
    note(store, "topic", message.payload)


@function(news.messages(filter={"urgent": "yes"}), environment={"NOTE": "${not.code}"})
def read_urgent(message: Message[str], store: Rows) -> None:
    note(store, "urgent", message.payload)


@function(files.created(prefix="in/"))
def arrived(photo: StoredObject, store: Rows, content: Annotated[BucketReader, files]) -> None:
    note(store, "arrived", f"{photo.key}:{len(content.get(photo.key))}")


@function(files.created(suffix=".jpg"))
def pictured(photo: StoredObject, store: Rows) -> None:
    note(store, "pictured", photo.key)


@function(files.deleted(), dead_letter=True)
def removed(photo: StoredObject, store: Rows) -> None:
    note(store, "removed", photo.key)


@function(clicks.records(batch=10, window=1, start="oldest"))
def follow(record: Record[str], store: Rows) -> None:
    note(store, "stream", f"{record.payload}:{record.key}")


@function(schedule.every(minutes=1))
def tick(tick: Tick, store: Rows) -> None:
    note(store, "tick", f"{tick.scheduled_at:%S}")
