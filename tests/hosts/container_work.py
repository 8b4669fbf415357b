"""A queue in JetStream and a worker for it, for tests of workers: the connection in."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from portable.eventing.queue import Queue
from portable_container.runtime.eventing import NatsQueue, queue_driver
from portable_container.runtime.nats_clients import Nats
from portable_container.runtime.nats_streams import consumers, make, of_queue
from portable_container.runtime.work import Worker
from portable_container.runtime.work_pool import Pool

if TYPE_CHECKING:
    from nats.aio.msg import Msg

    from portable_container.runtime.work_alone import Alone


def made(nats: Nats, name: str, *, ordered: bool = False) -> NatsQueue:
    """Return a new queue, in which a message that nobody tells of comes again after 0.3 s."""
    queue, address = Queue(name, ordered=ordered), f"of_work_queue_{name}"
    readers = [reader | {"ack_wait": 300_000_000} for reader in consumers(address, partitioned=ordered)]
    make(nats, of_queue(queue, address), readers)
    return queue_driver(queue, address, nats)


@contextmanager
def working(
    nats: Nats,
    queue: NatsQueue,
    handle: Callable[[Msg], bool],
    pool: Pool | None = None,
    timeout: float = 30,
    alone: Alone | None = None,
) -> Iterator[list[str]]:
    """Work on a queue until the block ends. Gives what is told."""
    told: list[str] = []
    at, ordered = queue.at, queue.queue.ordered
    worker = Worker(
        nats,
        at,
        handle,
        told.append,
        at_once=4,
        partitioned=ordered,
        backoff=0.1,
        renewed=0.1,
        timeout=timeout,
        pool=pool,
        alone=alone,
    )
    nats.connected()
    worker.start()
    try:
        yield told
    finally:
        assert worker.stop(10)


def until(true: Callable[[], bool], seconds: float = 10) -> None:
    """Wait until something is true."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)
