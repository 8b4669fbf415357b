"""One bucket client, used."""

from __future__ import annotations

from typing import Annotated

from portable import Bucket, BucketReader, function, http

files = Bucket("files")


@function(http.get("/files/{name}"))
def read(name: str, store: Annotated[BucketReader, files]) -> dict[str, object]:
    """Say whether there is a file."""
    return {"exists": store.exists(name)}
