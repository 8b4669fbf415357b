"""Apps whose functions share code: what they import, what they wrote down, and why one is refused."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from unit.tooling.entry.apps import Entry, imported

from portable.errors import DeclarationError

HEAD = """
from __future__ import annotations
from dataclasses import dataclass
from typing import Annotated, TypeVar
import contextlib, functools
from portable import (
    AsyncBucketReader, AsyncCall, Bucket, BucketReader, BucketWriter, Call, Context, Depends, HTTPError, InvalidInput,
    Message, Queue, Record, Request, Response, StoredObject, Stream, Tick, Topic, around, function, http, schedule,
)
photos = Bucket("photos")
jobs = Queue("jobs")
log = []
"""


def log(entry: Entry) -> list[str]:
    return getattr(sys.modules[entry.app.modules[0]], "log")  # noqa: B009


def refusal(folder: Path, source: str) -> str:
    with pytest.raises(DeclarationError) as raised, imported(folder, source, HEAD):
        pass
    return str(raised.value)
