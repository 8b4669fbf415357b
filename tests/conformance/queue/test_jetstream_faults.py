"""Queues in JetStream over a bad network, on a full disk, and with a worker that stands still.

PORTABLE_FAULT_SECONDS is for how long the network is bad.
"""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread
from urllib.parse import urlsplit

import pytest
from hosts import container_worker
from hosts.container_work import made, until, working
from servers.disk import fill, small_disk
from servers.nats import serving
from servers.process import free_port
from servers.proxy import Proxy, misbehave, proxy

from portable.errors import Timeout, Unavailable
from portable.eventing.outgoing import prepare
from portable.eventing.queue import Queue
from portable_container.runtime import nats_asking, nats_clients
from portable_container.runtime.eventing import NatsQueue, queue_driver
from portable_container.runtime.eventing_wire import read
from portable_container.runtime.nats_clients import Nats
from portable_container.runtime.nats_loop import flush
from portable_container.runtime.nats_streams import make_queue

pytestmark = pytest.mark.filterwarnings(  # nats-py leaves a connection that it could not make to the garbage collector
    "ignore:.*StreamWriter:pytest.PytestUnraisableExceptionWarning", "ignore:unclosed:ResourceWarning"
)
SECONDS = float(os.environ.get("PORTABLE_FAULT_SECONDS", "1.5"))


@pytest.fixture(scope="module", autouse=True)
def collected() -> Iterator[None]:
    """Collect here what nats-py has left: a later test would be told of it."""
    yield
    gc.collect()


@pytest.fixture
def network(nats_url: str) -> Iterator[Proxy]:
    with proxy(urlsplit(nats_url).port or 0) as found:
        yield found


def test_a_bad_network_loses_nothing_that_was_confirmed(nats_url: str, network: Proxy) -> None:
    near, far = Nats(nats_url), Nats(f"nats://127.0.0.1:{network.port}")
    made(near, "network")
    queue = queue_driver(Queue("network"), "of_work_queue_network", far)
    confirmed, handled, enough = list[str](), set[str](), Event()

    def send(at_once: int) -> None:
        while not enough.is_set():
            outcomes = queue.send_many([prepare("x", None)] * at_once)
            confirmed.extend(outcome for outcome in outcomes if isinstance(outcome, str))

    senders = [Thread(target=send, args=[at_once]) for at_once in (5, 1, 1)]
    with working(far, queue, lambda found: handled.add(read(found).id) is None):
        for sender in senders:
            sender.start()
        misbehave(network, SECONDS)
        until(lambda: len(confirmed) > 20, 30)
        enough.set()
        for sender in senders:
            sender.join()
        until(lambda: NatsQueue(Queue("network"), "of_work_queue_network", near).count() == 0, 40)
    far.close()
    near.close()
    assert set(confirmed) <= handled


def test_an_answer_that_comes_after_its_time_breaks_no_connection(nats_url: str, network: Proxy) -> None:
    nats = Nats(f"nats://127.0.0.1:{network.port}")
    client = nats.connected()
    network.silent()
    with pytest.raises(TimeoutError):
        nats.run(flush(client, 0.1))
    network.silent(False)
    nats.run(flush(client, 5))
    assert client.is_connected
    assert nats.connected() is client
    nats.close()


def test_a_worker_whose_network_is_silent_makes_its_connection_again(
    nats_url: str, network: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nats_asking, "PING_SECONDS", 0.2)
    near, far = Nats(nats_url), Nats(f"nats://127.0.0.1:{network.port}")
    queue, handled = made(near, "silent"), list[bytes]()
    with working(far, queue_driver(Queue("silent"), "of_work_queue_silent", far), lambda m: not handled.append(m.data)):
        network.silent()
        until(lambda: not far.connected().is_connected, 10)
        network.cut()
        network.silent(False)
        queue.send(prepare("x", None))
        until(lambda: len(handled) == 1, 10)
    far.close()
    near.close()


def send_until_refused(queue: NatsQueue, confirmed: list[str]) -> None:
    for _ in range(200):
        confirmed.append(queue.send(prepare("x" * 30_000, None)))  # noqa: PERF401 - what was sent before counts


def test_a_full_disk_refuses_what_is_sent_and_loses_nothing_that_was_confirmed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server then takes nothing more for this stream, until there is space and it was started again."""
    monkeypatch.setattr(nats_clients, "SECONDS", 0.3)
    port = free_port()
    nats = Nats(f"nats://127.0.0.1:{port}", remaining=lambda: 1.0)
    with small_disk(tmp_path / "disk", 20_000_000) as disk:
        with serving(disk, port):
            make_queue(nats, Queue("full"), "of_faults_queue_full")
            queue = queue_driver(Queue("full"), "of_faults_queue_full", nats)
            confirmed = [queue.send(prepare("x" * 1000, None)) for _ in range(20)]
            full = fill(disk)
            with pytest.raises((Timeout, Unavailable)):
                send_until_refused(queue, confirmed)
            full.unlink()
        with serving(disk, port):
            handled: set[str] = set()
            with working(nats, queue, lambda found: handled.add(read(found).id) is None):
                until(lambda: set(confirmed) <= handled, 20)
                confirmed.append(queue.send(prepare("x", None)))
                until(lambda: set(confirmed) <= handled, 20)
    nats.close()


def test_a_full_queue_tells_the_sender_and_takes_messages_again_when_some_are_handled(tmp_path: Path) -> None:
    port, config = free_port(), tmp_path / "nats.conf"
    config.write_text("jetstream { max_file_store: 1MB }\n")
    nats = Nats(f"nats://127.0.0.1:{port}", remaining=lambda: 1.0)
    with serving(tmp_path, port, config):
        make_queue(nats, Queue("full"), "of_faults_queue_full")
        queue = queue_driver(Queue("full"), "of_faults_queue_full", nats)
        outcomes = queue.send_many([prepare("x" * 30_000, None)] * 60)
        confirmed = {outcome for outcome in outcomes if isinstance(outcome, str)}
        refused = [outcome for outcome in outcomes if not isinstance(outcome, str)]
        assert 20 < len(confirmed) < 40
        assert {type(error) for error in refused} == {Unavailable}
        handled: set[str] = set()
        with working(nats, queue, lambda found: handled.add(read(found).id) is None):
            until(lambda: handled == confirmed, 10)
        assert queue.send(prepare("x", None))
    nats.close()


def test_a_worker_that_stands_still_holds_nothing_back_for_long(nats_url: str) -> None:
    """A stopped process is what the server calls a slow consumer: it reads nothing, and its connection is full or silent."""
    nats = Nats(nats_url)
    queue = made(nats, "slow")
    command = [sys.executable, container_worker.__file__, nats_url, "of_work_queue_slow"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "begun\n"
            process.send_signal(signal.SIGSTOP)
            sent = queue.send_many([prepare("x" * 30_000, None)] * 300)
            time.sleep(0.4)
            process.send_signal(signal.SIGCONT)
            until(lambda: queue.count() == 0, 20)
        finally:
            process.send_signal(signal.SIGCONT)
            process.terminate()
        handled = process.stdout.read().split()
        assert process.wait(10) == 0
    nats.close()
    assert set(sent) <= set(handled)
