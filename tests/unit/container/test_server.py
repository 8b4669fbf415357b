"""The role `serve` on a port of this process: what clients send that are slow, broken or of another kind, and how it ends."""

from __future__ import annotations

import socket
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from threading import Thread
from types import ModuleType
from typing import Self

import pytest
from unit.container.serving_app import LARGE, Functions

from portable.errors import ConfigurationError
from portable_container.runtime import incoming, server
from portable_container.runtime.chosen import Chosen, choose
from portable_container.runtime.image import Image
from portable_container.runtime.measures import Measures
from portable_container.runtime.serving import Serving, role

IMAGE = Image("shop", "serving_entry", ("plain", "awaited", "hangs", "streams", "breaks"))


def chosen(*arguments: str) -> Chosen:
    return choose(IMAGE, ["serve", "--host", "127.0.0.1", "--port", "0", *arguments], {})


@pytest.fixture
def functions() -> Iterator[Functions]:
    made = Functions()
    yield made
    made.release.set()


@pytest.fixture
def serving(functions: Functions, monkeypatch: pytest.MonkeyPatch) -> Iterator[Serving]:
    module = ModuleType("serving_entry")
    module.application = functions.application()  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "serving_entry", module)
    monkeypatch.setattr(server, "HEAD_SECONDS", 0.1)
    monkeypatch.setattr(incoming, "BODY_SECONDS", 0.1)
    found = role(IMAGE, chosen(), Measures())
    assert found.ready() == "it has not started"
    found.start()
    yield found
    functions.release.set()
    found.stop(5)


class Connection:
    """A connection on which bytes are written as they are."""

    def __init__(self, to: Serving) -> None:
        self.socket = socket.create_connection(("127.0.0.1", to.port), 5)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, text: str) -> None:
        self.socket.sendall(text.replace("\n", "\r\n").encode())

    def read(self) -> str:
        """Return what comes until the server closes."""
        parts = []
        while part := self.socket.recv(65_536):
            parts.append(part)
        return b"".join(parts).decode()

    def count(self, pause: float = 0) -> int:
        """Return how many bytes come until the server closes or cuts the connection. It waits after each part."""
        found = 0
        with suppress(ConnectionResetError):
            while part := self.socket.recv(1024 * 1024):
                found += len(part)
                time.sleep(pause)
        return found

    def answer(self) -> str:
        """Return one answer that has a length."""
        found = b""
        while b"\r\n\r\n" not in found or len(found.partition(b"\r\n\r\n")[2]) < length(found):
            part = self.socket.recv(65_536)
            assert part, found
            found += part
        return found.decode()


def length(found: bytes) -> int:
    return int(found.lower().partition(b"content-length: ")[2].partition(b"\r")[0])


def test_a_head_that_does_not_come_in_time_ends_its_connection(serving: Serving) -> None:
    with Connection(serving) as silent, Connection(serving) as slow:
        slow.send("GET /plain HTTP/1.1\nHost: a\n")
        assert silent.read() == slow.read() == ""


def test_a_body_that_does_not_come_in_time_is_a_408(serving: Serving) -> None:
    with Connection(serving) as slow:
        slow.send("POST /plain HTTP/1.1\nHost: a\nContent-Length: 5\n\nab")
        answer = slow.read()
    assert answer.startswith("HTTP/1.1 408")
    assert "connection: close" in answer


def test_a_body_that_is_too_large_is_refused_before_it_is_sent(serving: Serving) -> None:
    with Connection(serving) as client:
        client.send("POST /plain HTTP/1.1\nHost: a\nContent-Length: 5000\nExpect: 100-continue\n\n")
        assert client.answer().startswith("HTTP/1.1 413")


@pytest.mark.parametrize(
    "text",
    [
        "GET /plain HTTP/1.1\n\n",
        "GET /plain HTTP/1.1\nHost: a\nHost: b\n\n",
        "GET /plain HTTP/1.1\nHost: a\nContent-Length: 1\nContent-Length: 2\n\n",
        "GET /plain HTTP/1.1\nHost: a\nContent-Length: x\n\n",
        "POST /plain HTTP/1.1\nHost: a\nContent-Length: 5\nTransfer-Encoding: chunked\n\n0\n\n",
        "GET /pl ain HTTP/1.1\nHost: a\n\n",
        "\x16\x03\x01\x02\n\n",
    ],
)
def test_what_is_no_http_is_a_400_and_logs_nothing(
    serving: Serving, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    with Connection(serving) as client:
        client.send(text)
        assert client.read().startswith("HTTP/1.1 400")
    assert [record.message for record in caplog.records if record.levelname != "INFO"] == []


def test_a_connection_takes_one_request_after_the_other(serving: Serving) -> None:
    with Connection(serving) as client:
        for _ in range(2):
            client.send("GET /plain HTTP/1.1\nHost: a\n\n")
            assert client.answer().startswith("HTTP/1.1 200")
        client.send("GET http://elsewhere/awaited HTTP/1.1\nHost: a\n\nGET /_portable/live HTTP/1.1\nHost: a\n\n")
        client.send("GET /plain HTTP/1.1\nHost: a\nConnection: close\n\n")
        assert client.read().count("HTTP/1.1 200") == 3


def test_an_answer_is_sent_at_once(serving: Serving) -> None:
    """Not with the next packet of the client, for which a system waits 40 ms."""
    taken = []
    with Connection(serving) as client:
        for _ in range(10):
            begun = time.perf_counter()
            client.send("GET /plain HTTP/1.1\nHost: a\n\n")
            client.answer()
            taken.append(time.perf_counter() - begun)
    assert min(taken[1:]) < 0.035


def test_a_client_that_takes_nothing_of_its_answer_is_cut_off(
    serving: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "TAKE_SECONDS", 0.3)
    with Connection(serving) as slow, Connection(serving) as stuck:
        for client in (slow, stuck):
            client.send("GET /large HTTP/1.1\nHost: a\nConnection: close\n\n")
        assert slow.count(pause=0.05) > LARGE
        assert stuck.count() < LARGE


def test_a_stream_that_breaks_breaks_its_connection(serving: Serving) -> None:
    with Connection(serving) as client:
        client.send("GET /breaks HTTP/1.1\nHost: a\n\n")
        assert client.read().endswith("5\r\nfirst\r\n")


def test_it_ends_when_what_it_has_begun_is_answered(
    serving: Serving, functions: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "HEAD_SECONDS", 5.0)
    with Connection(serving) as busy, Connection(serving) as sending, Connection(serving) as idle:
        busy.send("GET /hangs HTTP/1.1\nHost: a\n\n")
        assert functions.begun.wait(5)
        sending.send("GET /plain HTTP/1.1\nHo")
        idle.send("GET /plain HTTP/1.1\nHost: a\n\n")
        assert "connection: close" not in idle.answer()
        ended: list[bool] = []
        stopping = Thread(target=lambda: ended.append(serving.stop(5)))
        stopping.start()
        assert idle.read() == ""
        assert serving.ready() == "it is stopping"
        sending.send("st: a\n\n")
        assert "connection: close" in sending.read()
        functions.release.set()
        answered = busy.read()
        assert "connection: close" in answered
        assert answered.endswith("0\r\n\r\n")
        stopping.join()
    assert ended == [True]
    with pytest.raises(ConnectionRefusedError):
        Connection(serving)


def test_a_port_that_is_taken_names_its_option(serving: Serving, functions: Functions) -> None:
    with pytest.raises(ConfigurationError, match="--port"):
        role(IMAGE, chosen("--port", str(serving.port)), Measures()).start()
