"""Sends messages: `sending.py <way> <first> <count> <per second, 0 for as fast as it can>`."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

LINES = [{"sku": "a-1", "count": 3}] * 3
AT_ONCE = 1000
"""How many messages one call sends where a library can send several."""


def payload(number: int) -> dict[str, Any]:
    work = int(os.environ.get("WORK", "0"))
    return {"number": number, "sent": time.time(), "work": work, "order": "o-1", "customer": "ada", "lines": LINES}


def sender(way: str) -> Callable[[dict[str, Any]], object]:
    """Return what sends one message."""
    if way == "celery":
        from celery_tasks import work

        return work.delay  # type: ignore[no-any-return]
    if way == "dramatiq":
        from dramatiq_tasks import work

        return work.send  # type: ignore[no-any-return]
    return client().send


def client() -> Any:
    from portable.base.drivers import LazyDrivers
    from portable.eventing.queue import Queue
    from portable.eventing.queue_clients import QueueSender

    return QueueSender(Queue("jobs"), LazyDrivers("portable_container.runtime"))


def batches(numbers: range) -> Iterator[list[dict[str, Any]]]:
    for start in range(numbers.start, numbers.stop, AT_ONCE):
        yield [payload(number) for number in range(start, min(start + AT_ONCE, numbers.stop))]


def main(way: str, first: int, count: int, rate: float) -> None:
    numbers = range(first, first + count)
    if way == "together":
        sending = client().send_many
        for batch in batches(numbers):
            sending(batch)
        return
    send, begun = sender(way), time.perf_counter()
    for done, number in enumerate(numbers):
        if rate:
            time.sleep(max(0.0, begun + done / rate - time.perf_counter()))
        send(payload(number))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]))
