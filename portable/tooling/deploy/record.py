"""`Record`: what was deployed last to a stage. It is kept beside the files of the infrastructure, and written whole or not at all."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

SCHEMA = 1
OTHER = "other"
"""What is published where something else than a deployment has brought code."""


@dataclass(frozen=True, slots=True)
class Record:
    """The last deployment of a stage that was finished.

    `digest` is a hash of all that it was made from, "" when a later one was begun and not finished. `state` is the
    lineage and serial of the engine's state after it. `manifest` is what manifest.json said, {} before the first one was
    finished. `at` is when it ended, in UTC. `published` is the hash of the code that was brought without the engine, "" where
    the engine brings it or none was brought yet. `left` are the addresses of what an apply that was ended had begun to make,
    and what may be there now without the state's knowing it.
    """

    app: str
    stage: str
    digest: str = ""
    state: tuple[str, int] | None = None
    outputs: dict[str, Any] = field(default_factory=dict)
    manifest: dict[str, Any] = field(default_factory=dict)
    at: str = ""
    published: str = ""
    left: tuple[str, ...] = ()
    schema: int = SCHEMA


def record_file(own: Path, stage: str) -> Path:
    """Return the file of the record of a stage; `own` is the folder of what portable keeps."""
    return own / f"{stage}.json"


def read_record(file: Path) -> Record | None:
    """Return a record; None where there is none, or one that another version has written."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        if found["schema"] != SCHEMA:
            return None
        state, left = found.pop("state"), found.pop("left", ())
        return Record(state=(str(state[0]), int(state[1])) if state else None, left=tuple(left), **found)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def void_record(file: Path) -> None:
    """Say that a stage may be no more as its record says, because something else than a deployment has changed it."""
    found = read_record(file)
    if found is not None:
        write_record(file, replace(found, digest="", published=OTHER if found.published else ""))


def write_record(file: Path, record: Record) -> None:
    """Write a record. Only the user may read it."""
    handle, temporary = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}-")
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        json.dump(asdict(record), stream, indent=1)
        stream.flush()
        os.fsync(stream.fileno())
    Path(temporary).replace(file)
