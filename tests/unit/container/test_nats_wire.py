"""What a server of NATS may say to a question beside its answer."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from time import monotonic

import pytest
from nats import errors

from portable_container.runtime.nats_wire import Wire, connected
from portable_container.runtime.nats_wires import Wires

INFO = b'INFO {"max_payload": 100}\r\n'


@contextmanager
def saying(*words: bytes) -> Iterator[str]:
    """Serve one connection, which is told `words` in turn: each after something was received. Yield the URL.

    OWN stands for the subject of the last question.
    """
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with listening.accept()[0] as line:
            line.sendall(INFO)
            said = line.recv(1000)
            line.sendall(b"PING\r\nPONG\r\n")
            for word in words:
                said = line.recv(1000)
                # what comes first, or before it, may be the answer to PING
                said = said if b"PUB" in said else line.recv(1000)
                line.sendall(word.replace(b"OWN", said.partition(b"PUB ")[2].split()[1]))

    thread = Thread(target=serve)
    thread.start()
    try:
        yield f"nats://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        thread.join(5)
        listening.close()


@pytest.mark.parametrize(
    "answer",
    [
        b"MSG OWN 1 2\r\nok\r\n",
        b"MSG OWN 1 _X 2\r\nok\r\n",
        b"+OK\r\nPING\r\nMSG other 1 5\r\nMSG \r\r\nMSG OWN 1 2\r\nok\r\n",
        b"HMSG OWN 1 18 20\r\nNATS/1.0\r\na: b\r\n\r\nok\r\n",
    ],
)
def test_the_answer_is_found_among_other_words(answer: bytes) -> None:
    with saying(answer) as url:
        wire = Wire(url, "_X", 2)
        assert wire.ask(("a", b"x", None), 2).data == b"ok"
        wire.close()


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"", errors.UnexpectedEOF),
        (b"MSG OWN 1 20\r\nok", errors.UnexpectedEOF),
        (b"MSG OW", errors.UnexpectedEOF),
        (b"HMSG OWN 1 16 16\r\nNATS/1.0 503\r\n\r\n\r\n", errors.NoRespondersError),
        (b"-ERR 'Authorization Violation'\r\n", errors.AuthorizationError),
        (b"-ERR 'Permissions Violation for Publish to \"a\"'\r\n", errors.Error),
    ],
)
def test_what_is_no_answer_is_an_error_at_once(answer: bytes, error: type[Exception]) -> None:
    with saying(answer) as url:
        wire = Wire(url, "_X", 2)
        with pytest.raises(error):
            wire.ask(("a", b"x", None), 2)
        wire.close()


@pytest.mark.parametrize(
    ("question", "error"),
    [
        (("a b", b"", None), errors.BadSubjectError),
        (("a\r\nPUB b 0", b"", None), errors.BadSubjectError),
        (("a", b"", {"a": "b\r\nc: d"}), errors.BadHeaderError),
        (("a", b"x" * 101, None), errors.MaxPayloadError),
        (("a", b"x" * 90, {"a": "b"}), errors.MaxPayloadError),
    ],
)
def test_what_would_be_another_word_or_too_large_is_not_sent(
    question: tuple[str, bytes, dict[str, str] | None], error: type[Exception]
) -> None:
    with saying() as url:
        wire = Wire(url, "_X", 2)
        with pytest.raises(error):
            wire.ask(question, 2)
        wire.close()


def test_a_server_that_is_about_to_stop_is_left() -> None:
    with saying(b'INFO {"ldm": true}\r\nMSG OWN 1 2\r\nok\r\n') as url:
        wires, made = Wires(lambda seconds: made.append(connected([url], "_X", seconds)) or made[-1]), list[Wire]()  # type: ignore[func-returns-value]
        assert wires.ask(("a", b"", None), 2) is None, "only who asks again soon gets a connection"
        found = wires.ask(("a", b"", None), 2)
        assert found is not None
        assert found.data == b"ok"
        assert wires.ask(("a", b"", None), 0.2) is None, "the next one could not be made, so there is a pause"
    [wire] = made
    with pytest.raises((OSError, ValueError)):
        wire.ask(("a", b"", None), 2)


def test_servers_that_say_nothing_are_tried_in_the_time_of_one() -> None:
    silent = [socket.create_server(("127.0.0.1", 0)) for _ in range(4)]
    begun = monotonic()
    with pytest.raises(errors.TimeoutError):
        connected([f"127.0.0.1:{each.getsockname()[1]}" for each in silent], "_X", 0.2)
    assert monotonic() < begun + 0.6
    for each in silent:
        each.close()


def test_one_url_with_tls_lets_no_server_be_told_who_asks_in_the_clear() -> None:
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            with listening.accept()[0] as line:
                line.sendall(INFO)
                heard.append(line.recv(1000))

        thread = Thread(target=serve)
        thread.start()
        place = f"127.0.0.1:{listening.getsockname()[1]}"
        with pytest.raises(OSError):
            connected([f"nats://app:secret@{place}", "tls://app:secret@127.0.0.1:1"], "_X", 1)
        thread.join(5)
    [first] = heard
    assert first.startswith(b"\x16\x03"), "a handshake of TLS"
