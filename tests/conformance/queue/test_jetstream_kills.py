"""Queues in JetStream whose server or worker is killed."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread

import pytest
from hosts import container_queue
from servers.nats import serving
from servers.process import free_port

from portable.errors import PortableError
from portable.eventing.outgoing import prepare
from portable.eventing.queue import Queue
from portable_container.runtime.eventing import NatsQueue, queue_driver
from portable_container.runtime.nats_clients import Nats
from portable_container.runtime.nats_streams import make_queue

JOBS = Queue("jobs")
ADDRESS = "of_kills_queue_jobs"


class Sender(Thread):
    """Sends so many at once until it is stopped. `sent` are the ids that the server has confirmed."""

    def __init__(self, queue: NatsQueue, at_once: int) -> None:
        super().__init__()
        self.queue, self.at_once = queue, at_once
        self.sent, self.failed, self.enough = list[str](), list[PortableError](), Event()

    def run(self) -> None:
        while not self.enough.is_set():
            for outcome in self.queue.send_many([prepare(f"{len(self.sent)}", None)] * self.at_once):
                self.sent.append(outcome) if isinstance(outcome, str) else self.failed.append(outcome)

    def has_sent(self, more: int) -> None:
        """Wait until so many more were sent."""
        wanted = len(self.sent) + more
        while len(self.sent) < wanted:
            assert not self.enough.wait(0.01)


@pytest.fixture
def ended() -> Iterator[list[Sender]]:
    senders: list[Sender] = []
    yield senders
    for sender in senders:
        sender.enough.set()
        sender.join()


def test_a_server_that_is_killed_loses_nothing_that_it_confirmed(tmp_path: Path, ended: list[Sender]) -> None:
    port = free_port()
    nats = Nats(f"nats://127.0.0.1:{port}")
    with serving(tmp_path, port) as process:
        make_queue(nats, JOBS, ADDRESS)
        driver = queue_driver(JOBS, ADDRESS, nats)
        ended += [Sender(driver, at_once) for at_once in (20, 1, 1)]
        for sender in ended:
            sender.start()
            sender.has_sent(100)
        process.kill()
        process.wait()
    with serving(tmp_path, port):
        for sender in ended:
            sender.has_sent(100)
            sender.enough.set()
            sender.join()
        arrived = list[str]()
        while taken := driver.receive(500, 60):
            arrived += [received.message.id for received in taken]
            driver.acknowledge([received.receipt for received in taken])
        assert driver.count() == 0
        nats.close()
    assert not any(sender.failed for sender in ended)
    assert Counter(arrived) == Counter(found for sender in ended for found in sender.sent), (
        "each confirmed message is there once, though it was sent again"
    )


def test_what_a_killed_child_had_comes_again(nats_url: str) -> None:
    done = subprocess.run(
        [sys.executable, container_queue.__file__, nats_url], capture_output=True, check=False, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert [told["taken"]] == told["sent"]
    assert told["arrived"] == {told["taken"]: 2, told["child"]: 1}
