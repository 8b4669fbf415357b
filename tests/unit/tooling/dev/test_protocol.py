"""The head of an answer is written with what follows it, and nothing of it is lost."""

from __future__ import annotations

import h11
import pytest

from portable.tooling.dev.protocol import Joined


def asked(method: bytes = b"GET") -> Joined:
    """Return a server's end of a connection on which a request has come."""
    connection = Joined(h11.SERVER)
    connection.receive_data(method + b" / HTTP/1.1\r\nhost: a\r\n\r\n")
    while not isinstance(connection.next_event(), h11.EndOfMessage):
        pass
    return connection


@pytest.mark.parametrize(
    ("length", "part", "written"),
    [
        (True, b"ok", b"\r\n\r\nok"),
        (True, b"", b"content-length: 2\r\n\r\n"),  # the first part is late
        (False, b"ok", b"\r\n\r\n2\r\nok\r\n"),
        (False, b"", b"transfer-encoding: chunked\r\n\r\n"),
    ],
)
def test_the_first_part_of_a_body_brings_the_head(length: bool, part: bytes, written: bytes) -> None:
    connection = asked()
    head = h11.Response(status_code=200, headers=[("content-length", "2")] if length else [])
    assert connection.send(head) == b""
    first = connection.send(h11.Data(data=part))
    assert first is not None
    assert first.lower().startswith(b"http/1.1 200 \r\n")
    assert first.lower().endswith(written)
    assert connection.send(h11.Data(data=b"ok"[len(part) :])) in (b"", b"ok", b"2\r\nok\r\n")
    assert connection.send(h11.EndOfMessage()) == (b"" if length else b"0\r\n\r\n")


def test_an_answer_without_a_body_is_its_head() -> None:
    connection = asked(b"HEAD")
    connection.send(h11.Response(status_code=204, headers=[]))
    assert connection.send(h11.EndOfMessage()) == b"HTTP/1.1 204 \r\n\r\n"
    connection.start_next_cycle()
    connection.receive_data(b"GET / HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 1\r\n\r\n")
    connection.next_event()
    assert connection.send(h11.InformationalResponse(status_code=100, headers=[])) == b"HTTP/1.1 100 \r\n\r\n"
