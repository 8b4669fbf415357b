"""Buckets: objects that are created and deleted."""

from __future__ import annotations

from typing import Annotated

from portable import Bucket, BucketReadWriter, Retry, StoredObject, function

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
