"""Server-sent events are written so that every client reads them as they were meant."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from searches import examples

from portable import http
from portable.eventing.response import Response

LINES = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


def read(body: bytes) -> list[dict[str, str]]:
    """Return the events that a browser dispatches: a reader written from the standard, not from our writer."""
    events: list[dict[str, str]] = []
    data: list[str] = []
    fields: dict[str, str] = {}
    text = body.decode().replace("\r\n", "\n").replace("\r", "\n")
    for line in text.split("\n"):
        if not line:
            if data:
                events.append({**fields, "data": "\n".join(data)})
            data, fields = [], {}
            continue
        name, colon, value = line.partition(":")
        value = value.removeprefix(" ") if colon else ""
        if name == "data":
            data.append(value)
        elif name:
            fields[name] = value
    return events


@given(st.lists(LINES, max_size=4))
@examples(80)
def test_text_comes_back_line_by_line(texts: list[str]) -> None:
    expected = [text.replace("\r\n", "\n").replace("\r", "\n") for text in texts]
    assert [event["data"] for event in read(Response.events(texts).body)] == expected


def test_values_are_json_and_an_event_has_its_fields() -> None:
    sent = [{"a": [1, "ü\n"]}, http.ServerEvent({"b": None}, "changed", "7", 500), http.ServerEvent(), [1]]
    response = Response.events(iter(sent))
    assert response.header("content-type") == "text/event-stream; charset=utf-8"
    assert (response.header("cache-control"), response.header("x-accel-buffering")) == ("no-cache", "no")
    first, second, third = read(response.body)
    assert json.loads(first["data"]) == {"a": [1, "ü\n"]}
    assert second == {"event": "changed", "id": "7", "retry": "500", "data": '{"b":null}'}
    assert third == {"data": "[1]"}


def test_an_event_is_one_chunk() -> None:
    chunks = Response.events(["a", "b\nc", http.ServerEvent()]).chunks
    assert chunks is not None
    assert list(chunks) == [b"data: a\n\n", b"data: b\ndata: c\n\n", b":\n\n"]


@pytest.mark.parametrize(
    "wrong", [{"event": "a\nb"}, {"id": "a\0"}, {"id": 7}, {"event": "a\r"}, {"retry": -1}, {"retry": 1.5}]
)
def test_a_field_that_would_end_its_line_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="of a server-sent event"):
        http.ServerEvent("x", **wrong)


@pytest.mark.parametrize("wrong", ["text", b"b", {"a": 1}, 7, http.ServerEvent("x")])
def test_what_is_no_iterator_of_events_is_refused(wrong: Any) -> None:
    with pytest.raises(TypeError, match="events must be an iterator"):
        Response.events(wrong)


def test_events_may_be_awaited_and_are_closed() -> None:
    closed: list[str] = []

    async def source() -> AsyncIterator[dict[str, int]]:
        try:
            for number in range(9):
                yield {"n": number}
        finally:
            closed.append("source")

    async def test() -> None:
        chunks = Response.events(source()).chunks
        assert chunks is not None
        assert await anext(chunks) == b'data: {"n":0}\n\n'
        await chunks.aclose()

    asyncio.run(test())
    assert closed == ["source"]
