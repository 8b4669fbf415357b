"""An app for the kit's own tests: every trigger, every kind of resource, plain and asynchronous handlers."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Annotated

from portable import (
    AsyncBucketReader,
    AsyncTableReadWriter,
    Bucket,
    BucketReader,
    BucketWriter,
    HTTPError,
    Message,
    Queue,
    QueueSender,
    Response,
    Retry,
    Secret,
    Setting,
    StoredObject,
    Table,
    TableReader,
    TableReadWriter,
    Tick,
    Topic,
    TopicPublisher,
    function,
    http,
    schedule,
)

photos = Bucket("photos")
catalog = Table("catalog", key="owner", sort="name")
sessions = Table("sessions", key="token", ttl="ends")
jobs = Queue("jobs")
news = Topic("news")
token = Secret("api-token")
color = Setting("color", default="blue")
log = logging.getLogger(__name__)


@dataclass
class Job:
    name: str


@function(http.put("/photos/{name}"))
def upload(name: str, body: bytes, store: Annotated[BucketWriter, photos]) -> Response:
    log.info("storing %s", name)
    store.put(name, body, content_type="image/jpeg")
    return Response.json({"stored": name}, status=201)


@function(http.get("/photos/{name}"))
async def download(name: str, store: Annotated[AsyncBucketReader, photos]) -> bytes:
    return await store.get(name)


@function(http.get("/rows/{owner}"))
def rows(owner: str, table: Annotated[TableReader, catalog]) -> list[dict[str, object]]:
    return list(table.query(owner).items)


@function(http.delete("/photos/{name}"))
def forbidden(name: str, store: Annotated[BucketReader, photos]) -> None:
    store.delete(name)  # type: ignore[attr-defined]


@function(http.post("/teapot"))
def teapot() -> None:
    raise HTTPError(418, "short and stout")


@function(http.get("/secret"))
def secret(value: Annotated[str, token], shade: Annotated[str, color]) -> dict[str, str]:
    return {"token": value, "color": shade}


@function(photos.created(suffix=".jpg"))
def index(photo: StoredObject, table: Annotated[TableReadWriter, catalog], out: Annotated[QueueSender, jobs]) -> None:
    table.put({"owner": "ada", "name": photo.key, "size": photo.size})
    out.send(Job(photo.key))


@function(photos.deleted())
async def forget(photo: StoredObject, table: Annotated[AsyncTableReadWriter, catalog]) -> None:
    await table.delete("ada", photo.key)


@function(jobs.messages(), retry=Retry(attempts=3), dead_letter=True)
def work(message: Message[Job], out: Annotated[TopicPublisher, news]) -> None:
    log.info("working on %s", message.payload.name)
    if message.payload.name == "poison":
        raise ValueError("poison cannot be worked on")
    out.publish(message.payload.name, attributes={"kind": "done"})


@function(news.messages(filter={"kind": "done"}))
def announce(message: Message[str], table: Annotated[TableReadWriter, catalog]) -> None:
    table.update("news", message.payload, set={"announced": True})


@function(news.messages())
def audit(message: Message[str]) -> None:
    log.info("audited %s", message.payload)


@function(schedule.cron("30 2 * * *", timezone="Europe/Berlin"))
def nightly(tick: Tick, table: Annotated[TableReadWriter, catalog]) -> None:
    table.put({"owner": "ticks", "name": tick.scheduled_at.isoformat(), "fired": tick.fired_at.isoformat()})
