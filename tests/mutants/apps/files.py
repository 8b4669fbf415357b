"""A catalogue of a bucket, kept by its events; renames come by a queue. Correct: events may come in any order."""

from __future__ import annotations

from typing import Annotated

from portable import (
    Bucket,
    BucketReader,
    BucketReadWriter,
    BucketWriter,
    Message,
    NotFound,
    Queue,
    Request,
    Response,
    StoredObject,
    Table,
    TableWriter,
    Tick,
    function,
    http,
    schedule,
)

files = Bucket("files")
catalog = Table("catalog", key="name")
renames = Queue("renames")


@function(http.put("/files/{name:path}"))
def store(name: str, request: Request, bucket: Annotated[BucketWriter, files]) -> Response:
    bucket.put(f"in/{name}", request.body, content_type=request.headers.get("Content-Type"))
    return Response.json({"name": name, "tag": request.query.get("tag")}, status=201)


@function(http.get("/files/{name:path}"))
def fetch(name: str, bucket: Annotated[BucketReader, files]) -> Response:
    try:
        content = bucket.get(f"in/{name}")
    except NotFound:
        return Response.json({"missing": name}, status=404)
    return Response(content, media_type="application/octet-stream").set_cookie("seen", "1").set_cookie("last", "x")


@function(files.created(prefix="in/"))
def created(found: StoredObject, bucket: Annotated[BucketReader, files], rows: Annotated[TableWriter, catalog]) -> None:
    try:
        info = bucket.head(found.key)
    except NotFound:
        rows.delete(found.key)
        return
    rows.put({"name": found.key, "size": info.size})
    gone = not bucket.exists(found.key)  # its deletion may have been handled before our row was there
    if gone:
        rows.delete(found.key)


@function(files.deleted(prefix="in/"))
def deleted(found: StoredObject, bucket: Annotated[BucketReader, files], rows: Annotated[TableWriter, catalog]) -> None:
    if not bucket.exists(found.key):
        rows.delete(found.key)


@function(renames.messages())
def rename(message: Message[list[str]], bucket: Annotated[BucketReadWriter, files]) -> None:
    source, target = (f"in/{name}" for name in message.payload)
    if bucket.exists(source):
        bucket.copy(source, target)
        bucket.delete(source)
    elif not bucket.exists(target):
        raise NotFound(source)


@function(schedule.cron("0 0 * * *"))
def report(tick: Tick, bucket: Annotated[BucketReadWriter, files]) -> None:
    count = len(bucket.list("in/").items)
    bucket.put(f"reports/{tick.scheduled_at:%Y-%m-%d}", str(count).encode())
