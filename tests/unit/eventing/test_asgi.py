"""What every target on an ASGI server shares: a request is read as it was sent, and no more of its body than may be."""

from __future__ import annotations

import asyncio
import threading
from contextvars import ContextVar
from typing import Any

import pytest

from portable.eventing.asgi import read_body, read_request
from portable.eventing.asgi_threads import Threads
from portable.eventing.asgi_writing import write
from portable.eventing.response import Response


class Body:
    """The messages behind a scope. `asked` counts how many of them were read."""

    def __init__(self, *parts: bytes | None) -> None:
        self.parts = [*parts]
        self.asked = 0

    async def receive(self) -> dict[str, Any]:
        part = self.parts[self.asked]
        self.asked += 1
        if part is None:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": part, "more_body": self.asked < len(self.parts)}


def scope(*headers: tuple[bytes, bytes], method: str = "GET", query: bytes = b"") -> dict[str, Any]:
    return {"method": method, "query_string": query, "headers": [*headers]}


def test_a_request_is_read_as_it_was_sent() -> None:
    sent = scope(
        (b"x-one", "ä".encode()), (b"cookie", b"a=1"), (b"cookie", b"b=2"), method="post", query=b"q=%C3%BC&q="
    )
    request = read_request(sent, "/a%2Fb", b"body", "192.0.2.1")
    assert (request.method, request.raw_path, request.body, request.client_ip) == (
        "POST",
        "/a%2Fb",
        b"body",
        "192.0.2.1",
    )
    assert (request.headers["X-One"], request.cookies) == ("ä", {"a": "1", "b": "2"})
    assert request.query.getlist("q") == ["ü", ""]


@pytest.mark.parametrize(
    ("parts", "found", "asked"),
    [
        ([b"abc"], b"abc", 1),
        ([b"ab", b"cd"], b"abcd", 2),
        ([b"ab", b"cd", b"e"], b"abcde", 3),
        ([b"ab", b"cdefgh", b"never"], b"abcde", 2),
        ([b"ab", None], None, 2),
        ([None], None, 1),
    ],
)
def test_one_byte_more_than_a_body_may_have_is_read_and_not_the_rest(
    parts: list[bytes | None], found: bytes | None, asked: int
) -> None:
    body = Body(*parts)
    assert asyncio.run(read_body(body.receive, 4)) == found
    assert body.asked == asked


def test_a_response_is_written_with_its_length_and_a_header_for_each_cookie() -> None:
    response = Response("ü", headers={"x-one": "ä"})
    response.cookies += ["a=1", "b=2"]
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(write(response, Body().receive, send))
    start, body = sent
    assert start["headers"][0] == (b"x-one", "ä".encode())
    assert start["headers"][2:] == [(b"set-cookie", b"a=1"), (b"set-cookie", b"b=2"), (b"content-length", b"2")]
    assert body["body"] == "ü".encode()


def test_calls_run_in_no_more_threads_than_there_may_be_and_their_errors_are_raised() -> None:
    seen: set[int] = set()

    def call(number: int) -> int:
        seen.add(threading.get_ident())
        if number == 7:
            raise LookupError(number)
        return number * 2

    async def run() -> list[Any]:
        threads = Threads(3)
        return await asyncio.gather(*(threads.run(call, number) for number in range(20)), return_exceptions=True)

    found = asyncio.run(run())
    assert [each for each in found if isinstance(each, int)] == [number * 2 for number in range(20) if number != 7]
    assert isinstance(found[7], LookupError)
    assert len(seen) <= 3
    assert threading.get_ident() not in seen


def test_a_call_has_the_context_of_who_begins_it_and_leaves_nothing_to_the_next() -> None:
    mark: ContextVar[int] = ContextVar("mark", default=0)

    def call(number: int) -> int:
        seen = mark.get()
        mark.set(number)
        return seen

    async def run() -> list[int]:
        threads, found = Threads(1), []
        for begun in (0, 5, 0):
            token = mark.set(begun)
            found.append(await threads.run(call, 9))
            mark.reset(token)
        return found

    assert asyncio.run(run()) == [0, 5, 0]
