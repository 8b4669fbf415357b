"""What providers may do in the cloud of the test kit: what their function may do, and no more."""

from __future__ import annotations

import sys
from typing import Annotated

import pytest

from portable import Bucket, BucketReader, BucketWriter, Depends, Message, Queue, function, http
from portable.testing import Cloud
from portable.testing.app import load_modules

files = Bucket("files")
jobs = Queue("jobs")


def stored(name: str, store: Annotated[BucketReader, files]) -> bytes:
    return store.get(name)


def writer(message: Message[str], store: Annotated[BucketWriter, files]) -> BucketWriter:
    return store


def misused(name: str, store: Annotated[BucketReader, files]) -> None:
    store.put(name, b"x")  # type: ignore[attr-defined]  # that is what is tested


@function(http.get("/files/{name}"))
def read(stored: Annotated[bytes, Depends(stored)]) -> bytes:
    return stored


@function(http.put("/files/{name}"))
def write(misused: Annotated[None, Depends(misused)]) -> None: ...


@function(jobs.messages())
def keep(message: Message[str], store: Annotated[BucketWriter, Depends(writer)]) -> None:
    store.put(message.payload, b"kept")


@pytest.mark.parametrize("wire", [None, "aws", "azure", "gcp"])
def test_a_provider_has_the_permissions_that_it_declares_and_no_others(wire: str | None) -> None:
    cloud = Cloud(load_modules([sys.modules[__name__]]), wire=wire)
    cloud.queue(jobs).send("a")
    cloud.settle()
    assert cloud.http.get("/files/a").expect(200).content == b"kept"
    assert cloud.http.put("/files/b").status_code == 500
    assert cloud.bucket(files).keys() == ["a"]
