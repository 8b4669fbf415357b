"""Buckets: objects that are created and deleted."""

from __future__ import annotations

from typing import Annotated

from portable import (
    AsyncBucketReader,
    Bucket,
    BucketReader,
    BucketReadWriter,
    Request,
    Response,
    Retry,
    StoredObject,
    function,
    http,
)

files = Bucket("files")


@function(files.created(prefix="in/", suffix=".txt"), retry=Retry(attempts=2), dead_letter=True)
def arrived(found: StoredObject, box: Annotated[BucketReadWriter, files]) -> None:
    """Copy each created object."""
    if "broken" in found.key:
        raise ValueError("a broken file")
    box.copy(found.key, f"seen/{found.key}")


@function(files.deleted(), name="http")
def gone(found: StoredObject) -> None:
    """Take deleted objects. Its name is that of another trigger."""


@function(http.get("/stored/{key:path}"))
def stored(key: str, request: Request, box: Annotated[BucketReader, files]) -> Response:
    """Send an object, or what a client wants of it."""
    return Response.object(box.head(key), box, request)


@function(http.get("/awaited-object/{key:path}"))
async def awaited_object(key: str, request: Request, box: Annotated[AsyncBucketReader, files]) -> Response:
    """Send an object, or what a client wants of it."""
    return Response.object(await box.head(key), box, request)
