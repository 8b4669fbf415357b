from collections.abc import Iterator

import pytest
from nats.aio.client import Client

from portable.conformance.queue import Queues, QueueSuite
from portable.conformance.queue_cases import JOBS, QUEUES
from portable.eventing.queue import Queue
from portable_container.runtime.eventing import queue_driver
from portable_container.runtime.nats_clients import Nats
from portable_container.runtime.nats_names import address_of
from portable_container.runtime.nats_streams import make_queue


def address(queue: Queue) -> str:
    return f"of_queues_queue_{queue.name}"


@pytest.fixture(scope="module")
def queues(nats_url: str) -> Iterator[Queues]:
    nats = Nats(nats_url)
    for queue in QUEUES:
        make_queue(nats, queue, address(queue))

    def foreign(text: str) -> None:
        nats.ask(address_of(address(JOBS)).subject, text.encode())

    yield Queues(
        open=lambda queue: queue_driver(queue, address(queue), nats),
        missing=lambda: queue_driver(JOBS, "of_queues_queue_gone", nats),
        foreign=foreign,
        native=Client,
        hidden=0.1,
    )
    nats.close()


class TestJetStream(QueueSuite):
    pass
