"""Photos: upload and download over HTTP, an index kept by bucket events, thumbnails' jobs on a queue, a nightly report.

One bucket holds everything: `originals/` what was uploaded, `index/` one JSON record per photo, `reports/` the nightly
counts. Each function may do only what its parameters say.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Annotated

from portable import (
    Bucket,
    BucketReader,
    BucketReadWriter,
    BucketWriter,
    HTTPError,
    Message,
    NotFound,
    Queue,
    Response,
    Retry,
    StoredObject,
    Tick,
    function,
    http,
    schedule,
)

photos = Bucket("photos")
jobs = Queue("jobs")

TYPES = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG": "image/png", b"GIF8": "image/gif"}


@dataclass
class Record:
    """What the index knows of a photo: its size in bytes and its media type."""

    name: str
    size: int
    media_type: str


@dataclass
class Job:
    """Rename a photo."""

    source: str
    target: str


def media_type_of(start: bytes) -> str:
    """Return the media type of an image by its first bytes."""
    return next((name for magic, name in TYPES.items() if start.startswith(magic)), "application/octet-stream")


@function(http.put("/photos/{name}"))
def upload(name: str, body: bytes, store: Annotated[BucketWriter, photos]) -> Response:
    """Store a photo under its name."""
    if not body:
        raise HTTPError(400, "a photo has at least one byte")
    store.put(f"originals/{name}", body, content_type=media_type_of(body))
    return Response.json({"stored": name, "size": len(body)}, status=201)


@function(http.get("/photos/{name}"))
def download(name: str, store: Annotated[BucketReader, photos]) -> Response:
    """Send a photo back, byte for byte."""
    try:
        content = store.get(f"originals/{name}")
    except NotFound:
        raise HTTPError(404, f"there is no photo {name}") from None
    return Response(content, media_type=media_type_of(content))


@function(http.get("/photos"))
def catalog(store: Annotated[BucketReader, photos], prefix: str = "", limit: int = 100) -> list[dict[str, object]]:
    """List what the index knows, by name."""
    page = store.list(f"index/{prefix}", limit=limit)
    return [json.loads(store.get(item.key)) for item in page.items]


@function(photos.created(prefix="originals/"), memory=512, timeout=60)
def index(photo: StoredObject, store: Annotated[BucketReadWriter, photos]) -> None:
    """Record the size and type of a new photo; the same event twice leaves the same record."""
    name = photo.key.removeprefix("originals/")
    with store.open(photo.key) as content:
        start = content.read(16)
    size = store.head(photo.key).size
    record = Record(name, size, media_type_of(start))
    store.put(f"index/{name}.json", json.dumps(asdict(record)).encode(), content_type="application/json")


@function(jobs.messages(), retry=Retry(attempts=5))
def work(message: Message[Job], store: Annotated[BucketReadWriter, photos]) -> None:
    """Copy a photo to a new name, then delete the old one; safe to run twice."""
    source, target = f"originals/{message.payload.source}", f"originals/{message.payload.target}"
    if source == target:
        return
    if store.exists(source):
        store.copy(source, target)
        store.delete(source)
    elif not store.exists(target):
        raise NotFound(f"there is no photo {message.payload.source}")


@function(schedule.cron("0 3 * * MON-FRI", timezone="Europe/Berlin"))
def nightly(tick: Tick, store: Annotated[BucketReadWriter, photos]) -> None:
    """Write how many photos there are and their bytes in all, under the day of the tick."""
    count = size = 0
    page = store.list("originals/")
    while True:
        count += len(page.items)
        size += sum(item.size for item in page.items)
        if page.next is None:
            break
        page = store.list("originals/", page=page.next)
    report = {"photos": count, "bytes": size}
    store.put(f"reports/{tick.scheduled_at:%Y-%m-%d}.json", json.dumps(report).encode())
