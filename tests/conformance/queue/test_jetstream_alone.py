"""Queues in JetStream to which messages are sent one by one: the connections that are lent to the threads that send."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from time import monotonic
from urllib.parse import urlsplit

import pytest
from servers.certificate import make_signed_certificate
from servers.nats import serving
from servers.process import free_port
from servers.proxy import proxy

from portable.errors import NotFound, PermissionDenied, Timeout, TooLarge
from portable.eventing.outgoing import Outgoing, prepare
from portable.eventing.queue import Queue
from portable_container.runtime import nats_clients, nats_wire, nats_wires
from portable_container.runtime.eventing import queue_driver
from portable_container.runtime.nats_clients import Nats
from portable_container.runtime.nats_streams import make_queue

JOBS, ADDRESS = Queue("jobs"), "of_alone_queue_jobs"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[nats_wire.Wire]:
    """The connection of each question that was asked over one that is lent."""
    found: list[nats_wire.Wire] = []
    ask = nats_wire.Wire.ask
    monkeypatch.setattr(nats_wire.Wire, "ask", lambda self, *given: found.append(self) or ask(self, *given))  # type: ignore[func-returns-value]
    return found


@pytest.fixture
def nats(nats_url: str) -> Iterator[Nats]:
    found = Nats(nats_url, remaining=lambda: 0.5)
    make_queue(found, JOBS, ADDRESS)
    found.api(f"STREAM.PURGE.{ADDRESS}")
    yield found
    found.close()


def test_threads_that_send_one_by_one_have_connections_of_their_own(nats: Nats, asked: list[nats_wire.Wire]) -> None:
    queue, sent = queue_driver(JOBS, ADDRESS, nats), list[str]()

    def send() -> None:
        sent.extend(queue.send(prepare("x", None)) for _ in range(50))

    threads = [Thread(target=send) for _ in range(nats_wires.MOST + 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(sent)) == len(sent) == len(threads) * 50 == queue.count()
    assert 1 < len(set(asked)) <= nats_wires.MOST


def test_what_is_sent_now_and_then_needs_no_further_connection(
    nats: Nats, asked: list[nats_wire.Wire], monkeypatch: pytest.MonkeyPatch
) -> None:
    nats.close()
    monkeypatch.setattr(nats_wires, "SOON_SECONDS", 0)
    queue = queue_driver(JOBS, ADDRESS, nats)
    before = len(asked)
    queue.send(prepare("x", None))
    queue.send(prepare("x", None))
    assert len(asked) == before


def test_a_connection_that_rested_is_not_used_again(
    nats: Nats, asked: list[nats_wire.Wire], monkeypatch: pytest.MonkeyPatch
) -> None:
    queue = queue_driver(JOBS, ADDRESS, nats)
    monkeypatch.setattr(nats_wires, "REST_SECONDS", 0)
    for _ in range(4):
        queue.send(prepare("x", None))
    assert len(asked) == len(set(asked)) > 1


def test_the_word_of_the_server_is_told_as_over_the_shared_connection(
    nats: Nats, asked: list[nats_wire.Wire], monkeypatch: pytest.MonkeyPatch
) -> None:
    for most in (nats_wires.MOST, 0):
        monkeypatch.setattr(nats_clients, "MOST", most)
        nats.close()
        for _ in range(2):
            nats.ask("$JS.API.INFO")
        before = len(asked)
        with pytest.raises(NotFound, match="stream not found"):
            queue_driver(JOBS, "of_alone_queue_gone", nats).send(prepare("x", None))
        with pytest.raises(TooLarge):
            queue_driver(JOBS, ADDRESS, nats).send(Outgoing(b"x" * 2_000_000, False, {}))
        assert bool(len(asked) - before) == bool(most)


def test_a_silent_network_is_waited_for_no_longer_than_the_limit(
    nats_url: str, asked: list[nats_wire.Wire], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nats_clients, "SECONDS", 0.3)
    with proxy(urlsplit(nats_url).port or 0) as network:
        nats = Nats(f"nats://127.0.0.1:{network.port}", remaining=lambda: 0.2)
        make_queue(nats, JOBS, ADDRESS)
        queue = queue_driver(JOBS, ADDRESS, nats)
        queue.send(prepare("x", None))
        network.silent()
        asked.clear()
        begun = monotonic()
        with pytest.raises(Timeout):
            queue.send(prepare("x", None))
        assert monotonic() < begun + 2
        assert asked
        network.silent(False)
        nats.close()


@pytest.mark.parametrize(("who", "known"), [("user: app, password: secret", "app:secret"), ("token: app", "app")])
def test_tls_and_who_asks_count_for_every_connection(
    tmp_path: Path, asked: list[nats_wire.Wire], monkeypatch: pytest.MonkeyPatch, who: str, known: str
) -> None:
    config, certificate, port = tmp_path / "nats.conf", tmp_path / "server.pem", free_port()
    make_signed_certificate(certificate, tmp_path / "authority.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    config.write_text(f'tls {{ cert_file: "{certificate}", key_file: "{certificate}" }}\nauthorization {{ {who} }}\n')
    with serving(tmp_path, port, config):
        nats = Nats(f"tls://{known}@127.0.0.1:{port}", remaining=lambda: 0.5)
        make_queue(nats, JOBS, ADDRESS)
        queue = queue_driver(JOBS, ADDRESS, nats)
        assert len({queue.send(prepare("x", None)) for _ in range(3)}) == 3 == queue.count()
        assert asked
        nats.close()
        with pytest.raises(PermissionDenied):
            nats.calls.once(lambda: nats_wire.connected([f"tls://app:wrong@127.0.0.1:{port}"], "_X", 1), "a queue")
