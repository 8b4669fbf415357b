from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from typing import Any

import pytest

from portable.testing.session.running import Runner
from portable_container.testing.asgi import PIECE, exchange
from portable_container.testing.http import Native

Run = Callable[[Coroutine[Any, Any, Any]], Any]


@pytest.fixture
def run() -> Iterator[Run]:
    runner = Runner()
    yield runner.run
    runner.close()


async def start(send: Any, status: int = 200, *headers: tuple[bytes, bytes]) -> None:
    await send({"type": "http.response.start", "status": status, "headers": list(headers)})


async def read(receive: Any) -> list[bytes]:
    parts = []
    while True:
        message = await receive()
        parts.append(message["body"])
        if not message["more_body"]:
            return parts


def test_a_body_comes_in_pieces_and_the_reply_is_whole(run: Run) -> None:
    told: list[Any] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        parts = await read(receive)
        told.append(
            (scope["path"], scope["raw_path"], scope["query_string"], scope["client"][0], list(map(len, parts)))
        )
        await start(send, 201, (b"x-note", "café".encode()), (b"x-note", b"2"))
        await send({"type": "http.response.body", "body": b"".join(parts)[-2:]})

    fields = (("x-forwarded-for", "10.0.0.1, 203.0.113.7"),)
    answer = exchange(application, Native("POST", "/a%2Fb%20c", "x=1", fields, b"x" * (PIECE + 2)), run)
    assert (answer.status, answer.body, answer.header("x-note")) == (201, b"xx", "café, 2")
    assert told == [("/a/b c", b"/a%2Fb%20c", b"x=1", "203.0.113.7", [PIECE, 2])]


async def _pieces(told: list[str]) -> AsyncIterator[bytes]:
    try:
        for number in range(1000):
            told.append(f"made {number}")
            yield b"%d" % number
    finally:
        told.append("closed")


async def streaming(told: list[str], receive: Any, send: Any) -> None:
    """Send pieces until the client has gone, as the applications of frameworks do."""
    await read(receive)
    await start(send)
    gone = asyncio.ensure_future(receive())
    pieces = _pieces(told)
    async for piece in pieces:
        if gone.done():
            told.append(gone.result()["type"])
            break
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await pieces.aclose()  # type: ignore[attr-defined]  # it is a generator


def test_a_stream_goes_on_only_as_it_is_read_and_ends_when_its_client_has_gone(run: Run) -> None:
    told: list[str] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await streaming(told, receive, send)

    answer = exchange(application, Native("GET", "/"), run)
    assert answer.chunks is not None
    assert [next(answer.chunks), next(answer.chunks)] == [b"0", b"1"]
    assert "made 4" not in told
    answer.chunks.close()
    assert told[-2:] == ["http.disconnect", "closed"]
    assert "made 6" not in told


def test_a_stream_that_nobody_reads_is_closed_too(run: Run) -> None:
    told: list[str] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await streaming(told, receive, send)

    answer = exchange(application, Native("GET", "/"), run)
    assert answer.chunks is not None
    answer.chunks.close()
    assert told[-1] == "closed"


@pytest.mark.parametrize("raises", [True, False])
def test_a_reply_without_its_end_is_a_broken_connection(run: Run, raises: bool) -> None:
    async def application(scope: Any, receive: Any, send: Any) -> None:
        await start(send)
        await send({"type": "http.response.body", "body": b"a", "more_body": True})
        if raises:
            raise RuntimeError("in the middle")

    answer = exchange(application, Native("GET", "/"), run)
    assert answer.chunks is not None
    assert next(answer.chunks) == b"a"
    with pytest.raises(ConnectionError):
        next(answer.chunks)


def test_what_is_raised_before_the_reply_is_raised_here(run: Run) -> None:
    async def application(scope: Any, receive: Any, send: Any) -> None:
        raise LookupError("at once")

    with pytest.raises(LookupError, match="at once"):
        exchange(application, Native("GET", "/"), run)


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("GET", 204), ("GET", 304)])
def test_what_has_no_body_has_none(run: Run, method: str, status: int) -> None:
    told: list[str] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await start(send, status, (b"content-length", b"2"))
        await send({"type": "http.response.body", "body": b"ab"})
        told.append("ended")

    answer = exchange(application, Native(method, "/"), run)
    assert (answer.status, answer.body, answer.chunks) == (status, b"", None)
    assert told == ["ended"]


def test_work_after_the_reply_ends_with_the_exchange(run: Run) -> None:
    told: list[str] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await start(send)
        await send({"type": "http.response.body", "body": b"ab"})
        await asyncio.sleep(0.001)
        told.append("after")

    assert exchange(application, Native("GET", "/"), run).body == b"ab"
    assert told == ["after"]
