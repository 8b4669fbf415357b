"""An app with every trigger and every kind of parameter; what it was called with comes back or is logged."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Literal
from uuid import UUID

from portable import (
    Bucket,
    BucketReader,
    BucketReadWriter,
    BucketWriter,
    Context,
    HTTPError,
    Message,
    Queue,
    Record,
    Request,
    Response,
    Retry,
    StoredObject,
    Stream,
    Tick,
    Topic,
    function,
    http,
    schedule,
)

log = logging.getLogger("everything")
files = Bucket("files")
jobs = Queue("jobs")
news = Topic("news")
clicks = Stream("clicks", key="sku")


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


@dataclass
class Item:
    sku: str
    count: int = 1


@dataclass
class Order:
    customer: str
    items: list[Item]


@function(http.get("/echo/{path:path}"))
def echo(request: Request) -> dict[str, object]:
    return {
        "method": request.method,
        "path": request.path,
        "raw_path": request.raw_path,
        "query": request.query.multi_items(),
        "headers": dict(request.headers.multi_items()),
        "cookies": request.cookies,
        "path_params": request.path_params,
    }


@function(http.post("/echo/{path:path}", max_body=1000))
def mirror(body: bytes, request: Request) -> Response:
    return Response(body, media_type=request.media_type or "application/octet-stream")


@function(http.get("/typed/{number}/{colour}", cors="https://shop.example"))
def typed(
    number: int,
    colour: Colour,
    ident: UUID | None = None,
    tag: list[str] = [],  # noqa: B006
    order: Literal["up", "down"] = "up",
    agent: Annotated[str, http.Header("x-agent")] = "nobody",
    session: Annotated[str, http.Cookie("session")] = "none",
) -> dict[str, object]:
    return {
        "number": number,
        "colour": colour,
        "ident": ident,
        "tag": tag,
        "order": order,
        "agent": agent,
        "session": session,
    }


@function(http.post("/orders"))
def order(body: Order) -> dict[str, object]:
    return {"customer": body.customer, "pieces": sum(item.count for item in body.items)}


@function(http.get("/cookies"))
def cookies() -> Response:
    return Response.text("crumbs").set_cookie("a", "1").set_cookie("b", "2", httponly=True)


@function(http.post("/form"))
def form(request: Request) -> list[tuple[str, str]]:
    return [(name, value if isinstance(value, str) else value.filename) for name, value in request.form().multi_items()]


@function(http.get("/fail/{kind}"))
def fail(kind: str) -> None:
    if kind == "teapot":
        raise HTTPError(418, {"short": "and stout"})
    raise ValueError("a secret of the handler")


@function(http.get("/later"))
async def later(context: Context) -> dict[str, object]:
    return {"function": context.function, "time": context.remaining() > 0, "id": bool(context.request_id)}


@function(http.any("/any"))
def anything(request: Request) -> str:
    return request.method


@function(http.put("/files/{name}"))
def store(name: str, body: bytes, into: Annotated[BucketWriter, files]) -> Response:
    info = into.put(name, body)
    return Response.json({"size": info.size}, status=201)


@function(http.get("/files/{name}"))
def fetch(name: str, out_of: Annotated[BucketReader, files]) -> bytes:
    return out_of.get(name)


@function(files.created(prefix="in/", suffix=".txt"))
def arrived(found: StoredObject, box: Annotated[BucketReadWriter, files]) -> None:
    box.copy(found.key, f"seen/{found.key}")


@function(files.deleted())
def gone(found: StoredObject) -> None:
    log.info("gone", extra={"key": found.key})


@function(jobs.messages(batch=10), retry=Retry(attempts=2))
def work(message: Message[Item], box: Annotated[BucketWriter, files]) -> None:
    if message.payload.count < 0:
        raise ValueError("less than nothing")
    record = {"sku": message.payload.sku, "attempt": message.attempt, "attributes": message.attributes}
    box.put(f"work/{message.id}", json.dumps(record).encode())


@function(news.messages(filter={"level": "high"}))
async def listen(message: Message[str]) -> None:
    log.info("heard", extra={"text": message.payload})


@function(schedule.every(minutes=5))
def tick(tick: Tick) -> None:
    log.info("tick", extra={"due": tick.scheduled_at.isoformat()})


@function(clicks.records(batch=10, window=1), retry=Retry(attempts=2))
def follow(record: Record[Item]) -> None:
    log.info("followed", extra={"id": record.id, "key": record.key, "attempt": record.attempt})
    if record.payload.count < 0:
        raise ValueError("less than nothing")


@function(clicks.records(batch=10, window=1), retry=Retry(attempts=2))
async def tally(records: list[Record[Item]]) -> list[str]:
    log.info("tallied", extra={"pieces": sum(record.payload.count for record in records), "records": len(records)})
    return [record.id for record in records if record.payload.count < 0]
