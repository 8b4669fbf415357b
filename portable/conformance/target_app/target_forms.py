"""Functions that read forms, and values with constraints."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Annotated

from msgspec import Meta

from portable import UploadedFile, function, http


@dataclass
class Entry:
    """A typed form."""

    name: Annotated[str, Meta(min_length=2)]
    number: int = 1
    tags: list[str] = field(default_factory=list)
    at: datetime | None = None
    photo: UploadedFile | None = None


@function(http.post("/entries"))
def enter(form: Annotated[Entry, http.Form(max_file=2_000_000, max_total=3_000_000)]) -> dict[str, object]:
    """Return what a form became."""
    photo = form.photo
    told = {} if photo is None else {"photo": [photo.filename, photo.content_type, photo.size]}
    return {"name": form.name, "number": form.number, "tags": form.tags, **told}


@function(http.post("/entries/{number}/files"))
async def attach(
    number: Annotated[int, Meta(ge=1)],
    files: Annotated[list[UploadedFile], http.Form("file"), Meta(max_length=2)],
    title: Annotated[str, http.Form] = "",
    size: Annotated[int, Meta(le=100)] = 10,
    key: Annotated[str, http.Header("x-key"), Meta(max_length=4)] = "",
    at: datetime | None = None,
) -> dict[str, object]:
    """Return single fields, and the hash of each file."""
    hashes = []
    for file in files:
        with file.open() as content:
            hashes.append(sha256(content.read()).hexdigest())
    return {"number": number, "title": title, "size": size, "key": key, "at": at, "hashes": hashes}
