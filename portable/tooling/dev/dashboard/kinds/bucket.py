"""Buckets: browse by folder and prefix, look at an object, upload, download, delete."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any, BinaryIO
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from portable.errors import Conflict, InvalidInput, InvalidKey, InvalidValue, NotFound, PortableError
from portable.storage.bucket import Bucket
from portable.storage.clients import BucketReader, BucketWriter
from portable.storage.objects import ObjectInfo
from portable.tooling.dev import words
from portable.tooling.dev.dashboard.desk import Desk
from portable.tooling.dev.dashboard.kinds.browsed import NO_PAGE, Browsed, Kept, why
from portable.tooling.dev.dashboard.posted import NOTHING, Form

SHOWN = 100
"""How many objects a page shows."""
TEXT = 64 * 1024
"""The most bytes of an object that are shown as text."""
GIVEN = 1024 * 1024
"""The largest object that a saved test gets, in bytes."""
PICTURE = 16 * 1024 * 1024
"""The largest object that is shown as a picture, in bytes."""
PIECE = 256 * 1024
"""How many bytes of a download are in memory at once."""
PICTURES = ((b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"), (b"GIF8", "image/gif"))
CHANGED = "the object has changed since this page was loaded. Nothing was done: this is how it is now"
CLOSED = "default-src 'none'; sandbox; frame-ancestors 'none'"
"""The policy of an object's bytes: they never run as a part of the dashboard, whatever they are."""


def picture_type(start: bytes) -> str | None:
    """Return the media type of a picture by its first bytes, None for anything else, SVG too: it may hold scripts."""
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return "image/webp"
    return next((name for magic, name in PICTURES if start.startswith(magic)), None)


def _reader(desk: Desk, bucket: Bucket) -> BucketReader:
    return BucketReader(bucket, desk.engine.drivers)


def _show(desk: Desk, request: Request, bucket: Bucket, given: Form = NOTHING, problem: str = "") -> Response:
    prefix = given.text("prefix") or request.query_params.get("prefix", "")
    flat = "flat" in request.query_params
    page, separator = request.query_params.get("page") or None, None if flat else "/"
    try:
        found = _reader(desk, bucket).list(prefix, separator, SHOWN, page)
    except InvalidValue as error:
        if page is None or error.value != page:
            raise
        found, problem = _reader(desk, bucket).list(prefix, separator, SHOWN), problem or NO_PAGE
    above = prefix.rstrip("/").rpartition("/")
    return desk.page(
        "kinds/bucket.html",
        request,
        problem=problem,
        given=given,
        resource=bucket,
        prefix=prefix,
        flat=flat,
        found=found,
        above=f"{above[0]}{above[1]}" if prefix else None,
    )


def _told(desk: Desk, bucket: Bucket) -> str:
    found = _reader(desk, bucket).list(limit=1000)
    return words.counted(len(found.items), "object") if found.next is None else "more than 1,000 objects"


def _object(desk: Desk, request: Request, bucket: Bucket) -> Response:
    return _one(desk, request, bucket, request.query_params.get("key", ""))


def _one(desk: Desk, request: Request, bucket: Bucket, key: str, problem: str = "") -> Response:
    info = _reader(desk, bucket).head(key)
    start, text, picture = _start(desk, bucket, info), None, None
    if start is not None:
        picture = picture_type(start) if info.size <= PICTURE else None
        text = None if picture else _text(start, info.size)
    return desk.page(
        "kinds/object.html",
        request,
        problem=problem,
        resource=bucket,
        info=info,
        text=text,
        picture=picture,
        most=TEXT,
    )


def _start(desk: Desk, bucket: Bucket, info: ObjectInfo) -> bytes:
    with _reader(desk, bucket).open(info.key) as content:
        return content.read(TEXT)


def _text(start: bytes, size: int) -> str | None:
    if size > len(start):  # the last character may be cut in the middle
        start = start.decode("utf-8", "ignore").encode() if _is_nearly_text(start) else start
    return words.body_text(start)


def _is_nearly_text(start: bytes) -> bool:
    return len(start.decode("utf-8", "ignore").encode()) > len(start) - 4


def _download(desk: Desk, request: Request, bucket: Bucket) -> Response:
    key = request.query_params.get("key", "")
    reader = _reader(desk, bucket)
    size, content = reader.head(key).size, reader.open(key)
    name = quote(key.rstrip("/").rpartition("/")[2] or "object", safe="")
    headers = {
        "content-disposition": f"attachment; filename*=UTF-8''{name}",
        "content-security-policy": CLOSED,
        "content-length": str(size),
    }
    return StreamingResponse(_pieces(content), media_type="application/octet-stream", headers=headers)


def _pieces(content: BinaryIO) -> Iterator[bytes]:
    with content:
        while piece := content.read(PIECE):
            yield piece


def _picture(desk: Desk, request: Request, bucket: Bucket) -> Response:
    data = _reader(desk, bucket).get(request.query_params.get("key", ""))
    kind = picture_type(data[:16])
    if kind is None:
        raise InvalidInput("this object is no picture that is shown here: download it", "key")
    return Response(data, media_type=kind, headers={"content-security-policy": CLOSED})


def _upload(desk: Desk, form: Form, bucket: Bucket) -> Response:
    file = form.file("file")
    if file is None:
        raise InvalidInput("choose a file first", "file")
    key, seen = form.text("key") or f"{form.text('prefix')}{file.filename}", form.text("etag")
    only = {"if_match": seen} if seen else {"if_absent": not form.given("replace")}
    try:
        kind = file.content_type or None
        BucketWriter(bucket, desk.engine.drivers).put(key, file.content, content_type=kind, **only)
    except Conflict as error:
        raise Conflict(CHANGED if seen else f"there is an object {key} already: tick the box to replace it") from error
    return desk.told(f"{key} was stored.", "resources", bucket.kind, bucket.name, prefix=_folder(key))


def _folder(key: str) -> str:
    return "".join(key.rpartition("/")[:2])


def _again(desk: Desk, request: Request, form: Form, bucket: Bucket, error: PortableError) -> Response:
    """Show the object as it is now whose form was refused, or the bucket with what was typed."""
    if form.text("etag"):
        return _one(desk, request, bucket, form.text("key"), why(error))
    return _show(desk, request, bucket, form, why(error))


def _delete(desk: Desk, form: Form, bucket: Bucket) -> Response:
    key, seen = form.text("key"), form.text("etag")
    if seen and _reader(desk, bucket).head(key).etag != seen:
        raise Conflict(CHANGED)
    BucketWriter(bucket, desk.engine.drivers).delete(key)
    return desk.told(f"{key} was deleted.", "resources", bucket.kind, bucket.name, prefix=_folder(key))


def _given(engine: Any, bucket: Bucket, keys: Sequence[str]) -> list[Kept]:
    found = []
    reader = BucketReader(bucket, engine.drivers)
    for key in keys:
        with suppress(NotFound, InvalidKey):
            info = reader.head(key)
            if info.size > GIVEN:
                found.append(Kept(key, problem=f"the object {key} has {words.size(info.size)}, too much for a test"))
                continue
            found.append(Kept(key, (key, reader.get(key)), {"content_type": info.content_type}))
    return found


BROWSED = Browsed(
    _show,
    _told,
    given=_given,
    views={"object": _object, "download": _download, "picture": _picture},
    actions={"upload": _upload, "delete": _delete},
    again={"upload": _again, "delete": _again},
)
