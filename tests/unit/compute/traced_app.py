"""Functions whose calls are spans: HTTP, a queue that follows from it, a topic, a bucket, a schedule, a stream."""

from __future__ import annotations

from typing import Annotated, Any

from portable import (
    AsyncQueueSender,
    Bucket,
    BucketWriter,
    Context,
    HTTPError,
    Idempotent,
    Message,
    Queue,
    QueueSender,
    Record,
    Response,
    Retry,
    Stream,
    StreamWriter,
    Table,
    TableWriter,
    Tick,
    Topic,
    TopicPublisher,
    function,
    http,
    schedule,
)

orders = Queue("orders")
parcels = Queue("parcels")
news = Topic("news")
labels = Bucket("labels")
clicks = Stream("clicks")
stock = Table("stock", key="id")
keys = Table("keys", key="key")

seen: list[str | None] = []
"""What `Context.trace` was inside of handlers."""


@function(http.post("/orders/{code}"))
def place(
    code: str, context: Context, queue: Annotated[QueueSender, orders], rows: Annotated[TableWriter, stock]
) -> dict[str, str]:
    seen.append(context.trace)
    rows.put({"id": code})
    queue.send(code)
    return {"placed": code}


@function(http.post("/parcels/{code}"))
async def post(code: str, queue: Annotated[AsyncQueueSender, parcels]) -> Response:
    await queue.send(code)
    return Response.json({"posted": code}, status=202)


@function(orders.messages(), retry=Retry(attempts=2))
def pack(
    message: Message[str],
    context: Context,
    store: Annotated[BucketWriter, labels],
    topic: Annotated[TopicPublisher, news],
) -> None:
    seen.append(context.trace)
    if message.payload == "broken":
        raise ValueError("it is broken")
    store.put(message.payload, b"label")
    topic.publish(message.payload)


@function(parcels.messages(), idempotent=Idempotent(keys))
async def carry(message: Message[str]) -> None:
    return None


@function(news.messages())
def tell(message: Message[str]) -> None:
    return None


@function(http.get("/fails/{how}"))
def fails(how: str) -> Any:
    if how == "teapot":
        raise HTTPError(418, "short and stout")
    if how == "reply":
        return Response.text("no", status=503)
    if how == "unsendable":
        return object()
    raise RuntimeError("it fails")


@function(http.get("/chunks"))
def chunks() -> Response:
    return Response.stream(iter([b"a", b"b"]), media_type="text/plain")


@function(http.post("/clicks"))
def click(writer: Annotated[StreamWriter, clicks]) -> None:
    writer.send_many(["1", "2"], key="a")


@function(clicks.records())
def count(records: list[Record[str]]) -> None:
    return None


@function(schedule.every(minutes=15))
def often(tick: Tick) -> None:
    return None
