"""Clients over memory without an app: what a plain unit test gives a handler."""

from __future__ import annotations

import asyncio

import pytest

from portable import Bucket, Queue, Setting, Stream, Table, Topic
from portable.testing import async_memory, memory

RESOURCES = [Bucket("photos"), Table("rows", key="id"), Queue("jobs"), Topic("news"), Stream("clicks", key="user")]


@pytest.mark.parametrize("make", [memory, async_memory])
@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.kind)
def test_there_is_a_client_of_every_kind_of_resource_that_has_clients(make, resource):
    assert make(resource).resource == resource


def test_a_stream_in_memory_tells_what_was_written():
    clicks = memory(Stream("clicks", key="user"))
    sent = clicks.send({"user": "ann"})
    assert [(record.id, record.key) for record in clicks.records] == [(sent, "ann")]
    asyncio.run(async_memory(Stream("clicks")).send("hi", key="ann"))


@pytest.mark.parametrize("make", [memory, async_memory])
def test_anything_else_is_refused_in_words(make):
    with pytest.raises(TypeError, match="takes a Bucket, Table, Queue, Topic or Stream, not Setting"):
        make(Setting("colour"))
