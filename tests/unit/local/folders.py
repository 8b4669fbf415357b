"""A folder in, the bucket that it is out; and what our own part of it holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from portable.storage.bucket import Bucket
from portable.storage.clients import BucketReadWriter
from portable_local.runtime.storage import bucket_driver


def bucket(folder: Path) -> BucketReadWriter:
    driver = bucket_driver(Bucket("photos"), str(folder))

    class Drivers:
        def of(self, resource: Bucket) -> Any:
            return driver

    return BucketReadWriter(Bucket("photos"), Drivers())  # type: ignore[arg-type]


def inside(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "%portable").rglob("*") if path.is_file() and path.name != "lock")
