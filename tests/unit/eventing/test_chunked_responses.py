"""A response that is made in pieces: what a stream takes, when it begins and ends, and what a host gets of it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from time import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from searches import examples

from portable.base.logs import current
from portable.compute import dispatch, running
from portable.compute.context import Context
from portable.compute.running import shared
from portable.compute.streaming_context import StreamingContext
from portable.errors import HTTPError, PortableError
from portable.eventing.request import Request
from portable.eventing.response import Response
from portable.eventing.routing import Route, RouteTable
from portable.eventing.stream_sources import source_of
from portable.eventing.streaming import Chunks

Run = Callable[[Any], Any]


class Small(Context):
    """The context of a host that takes ten bytes."""

    _largest = 10


class Closed:
    """An iterator that counts how often it was closed."""

    def __init__(self, *pieces: Any) -> None:
        self.pieces = list(pieces)
        self.closed = 0

    def __iter__(self) -> Closed:
        return self

    def __next__(self) -> Any:
        if not self.pieces:
            raise StopIteration
        found = self.pieces.pop(0)
        if isinstance(found, BaseException):
            raise found
        return found

    def close(self) -> None:
        self.closed += 1


def answered(handler: Any, kind: type[Context] = StreamingContext, method: str = "GET") -> Response:
    table = RouteTable([("/", {"GET": Route("f", handler, 100)})])
    return dispatch.http(table, Request(method, "/"), kind("1", "f", time() + 9))


async def awaited(handler: Any, kind: type[Context] = StreamingContext) -> Response:
    table = RouteTable([("/", {"GET": Route("f", handler, 100)})])
    return await dispatch.http_async(table, Request("GET", "/"), kind("1", "f", time() + 9))


@given(st.lists(st.binary(max_size=5) | st.text(max_size=5), max_size=6))
@examples(60)
def test_chunks_are_the_pieces_in_order_as_bytes_without_empty_ones(pieces: list[bytes | str]) -> None:
    whole = [piece if isinstance(piece, bytes) else piece.encode() for piece in pieces]
    assert list(answered(lambda *_: Response.stream(pieces)).chunks or ()) == [piece for piece in whole if piece]
    assert Response.stream(iter(pieces)).body == b"".join(whole)


@pytest.mark.parametrize("wrong", ["text", b"bytes", {"a": 1}, 7, None])
def test_what_is_no_iterator_of_pieces_is_refused(wrong: Any) -> None:
    with pytest.raises(TypeError, match="a stream takes an iterator of bytes or text"):
        Response.stream(wrong)


def test_a_piece_of_another_type_is_an_error_of_the_handler() -> None:
    assert answered(lambda *_: Response.stream([1])).status == 500  # type: ignore[list-item]


def test_a_status_without_a_body_has_no_stream() -> None:
    with pytest.raises(ValueError, match="204"):
        Response.stream([b""], status=204)


def test_headers_and_cookies_are_checked_and_kept() -> None:
    response = answered(lambda *_: Response.stream(["a"], "text/csv", 202, {"x-a": "1"}).set_cookie("c", "2"))
    assert (response.status, response.header("content-type"), response.header("x-a")) == (
        202,
        "text/csv; charset=utf-8",
        "1",
    )
    assert response.cookies == ["c=2; Path=/; SameSite=Lax"]
    assert response.body == b"a"

    def spoiled(*_: Any) -> Response:
        response = Response.stream(["a"])
        response.headers.append(("x", "a\r\nb"))
        return response

    assert answered(spoiled).status == 500


def test_an_error_before_the_first_chunk_is_the_reply_and_the_source_is_closed() -> None:
    source = Closed(HTTPError(409, "no"))
    assert answered(lambda *_: Response.stream(source)).status == 409
    assert source.closed == 1


def test_an_error_after_it_is_logged_and_raised_and_the_source_is_closed(caplog: pytest.LogCaptureFixture) -> None:
    source = Closed(b"a", ValueError("broken"))
    chunks = answered(lambda *_: Response.stream(source)).chunks
    assert chunks is not None
    assert next(chunks) == b"a"
    with pytest.raises(ValueError, match="broken"):
        next(chunks)
    assert source.closed == 1
    assert "failed after it had begun" in caplog.text
    assert "ValueError: broken" in caplog.text
    assert list(chunks) == []


def test_what_would_end_the_host_is_an_error_of_the_stream() -> None:
    chunks = answered(lambda *_: Response.stream(Closed(b"a", SystemExit(3)))).chunks
    assert chunks is not None
    assert next(chunks) == b"a"
    with pytest.raises(PortableError, match="SystemExit"):
        next(chunks)


def test_a_client_that_goes_away_closes_the_generator_once() -> None:
    seen: list[str] = []

    def pieces() -> Iterator[str]:
        try:
            yield "a"
            yield "b"
        finally:
            seen.append("closed")

    chunks = answered(lambda *_: Response.stream(pieces())).chunks
    assert chunks is not None
    assert next(chunks) == b"a"
    chunks.close()
    chunks.close()
    assert seen == ["closed"]
    assert list(chunks) == []


def test_the_handlers_context_is_that_of_its_call(caplog: pytest.LogCaptureFixture) -> None:
    def pieces() -> Iterator[str]:
        for _ in range(2):
            call = current.get()
            yield "none" if call is None else call.function

    response = answered(lambda *_: Response.stream(pieces()))
    assert current.get() is None
    assert response.body == b"ff"


def test_a_host_that_cannot_stream_gets_the_whole_body_up_to_its_limit() -> None:
    whole = answered(lambda *_: Response.stream([b"12345", b"67890"]), Small)
    assert (whole.chunks, whole.body, whole.status) == (None, b"1234567890", 200)
    source = Closed(b"12345", b"678901", b"never read")
    refused = answered(lambda *_: Response.stream(source), Small)
    assert (refused.status, source.closed, source.pieces) == (500, 1, [b"never read"])
    assert b"larger than the limit of 10 bytes" in refused.body
    assert answered(lambda *_: Response.stream(Closed(b"a", ValueError("broken"))), Small).status == 500


@pytest.mark.parametrize(("pieces", "right"), [([b"abc"], True), ([b"ab"], False), ([b"ab", b"cd"], False)])
def test_another_number_of_bytes_than_declared_is_an_error(pieces: list[bytes], right: bool) -> None:
    response = Response._of(Chunks(source_of(pieces), 3), 200, {"content-length": "3"}, None)
    if right:
        assert response.body == b"abc"
    else:
        with pytest.raises(RuntimeError, match="declared to have 3 bytes"):
            _ = response.body
    with pytest.raises(ValueError, match="content-length"):
        Response._of(Chunks(source_of(pieces), 3), 200, {"content-length": "4"}, None)


def test_an_async_iterator_needs_an_async_handler() -> None:
    with pytest.raises(TypeError, match="`async def` handler"):
        Response.stream(letters())


async def letters(*raised: BaseException) -> AsyncIterator[str]:
    try:
        await asyncio.sleep(0)
        yield "a"
        async with asyncio.timeout(5):  # a time limit belongs to a task: all of it must run in one
            yield "b"
            await asyncio.sleep(0)
        for error in raised:
            raise error
    finally:
        logging.getLogger("test").warning("closed")


@pytest.fixture(params=["alone", "shared"])
def run(request: pytest.FixtureRequest) -> Iterator[Run]:
    """What runs coroutines on a host of threads: a loop in the thread of the call, or one in a thread of its own."""
    if request.param == "shared":
        yield shared()
    else:
        found = running._Alone()
        yield found.run
        found.close()


def test_an_async_iterator_streams_on_a_host_of_threads(run: Run, caplog: pytest.LogCaptureFixture) -> None:

    async def handler() -> Response:
        return Response.stream(letters())

    response = answered(lambda *_: run(handler()))
    assert list(response.chunks or ()) == [b"a", b"b"]
    assert caplog.text.count("closed") == 1
    left = answered(lambda *_: run(handler())).chunks
    assert left is not None
    assert next(left) == b"a"
    left.close()
    assert caplog.text.count("closed") == 2
    assert answered(lambda *_: run(handler()), Small).body == b"ab"


def test_an_async_iterator_streams_on_a_host_that_awaits(caplog: pytest.LogCaptureFixture) -> None:
    async def test() -> None:
        async def handler(*_: Any) -> Response:
            return Response.stream(letters())

        response = await awaited(handler)
        assert response.chunks is not None
        assert [chunk async for chunk in response.chunks] == [b"a", b"b"]
        assert caplog.text.count("closed") == 1
        left = (await awaited(handler)).chunks
        assert left is not None
        assert await anext(left) == b"a"
        await left.aclose()
        assert caplog.text.count("closed") == 2
        assert (await awaited(handler, Small)).body == b"ab"

    asyncio.run(test())


def test_an_error_of_an_async_iterator_reaches_who_reads_it(caplog: pytest.LogCaptureFixture) -> None:
    async def test() -> None:
        async def handler(*_: Any) -> Response:
            return Response.stream(letters(ValueError("broken")))

        chunks = (await awaited(handler)).chunks
        assert chunks is not None
        with pytest.raises(ValueError, match="broken"):
            _ = [chunk async for chunk in chunks]
        assert "failed after it had begun" in caplog.text
        assert (await awaited(handler, Small)).status == 500

    asyncio.run(test())


def test_a_plain_iterator_of_a_host_that_awaits_does_not_block_its_loop() -> None:
    async def test() -> None:
        from threading import Event

        gate = Event()

        def pieces() -> Iterator[str]:
            yield "a"
            gate.wait(10)
            yield "b"

        async def handler(*_: Any) -> Response:
            return Response.stream(pieces())

        chunks = (await awaited(handler)).chunks
        assert chunks is not None
        assert await anext(chunks) == b"a"
        second = asyncio.ensure_future(anext(chunks))
        await asyncio.sleep(0.01)
        assert not second.done()
        gate.set()
        assert await second == b"b"
        assert [chunk async for chunk in chunks] == []

    asyncio.run(test())


def test_head_reads_no_more_than_the_first_chunk() -> None:
    source = Closed(b"a", b"b")
    response = answered(lambda *_: Response.stream(source), method="HEAD")
    assert (response.header("content-length"), response.body, source.closed) == (None, b"", 1)
