"""The workers of `portable dev` for a consumer of a test: `portable.tooling.dev.delivering` over one queue, without an app."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from time import monotonic, sleep, time
from typing import TYPE_CHECKING, Self

from portable.compute.consume import Consumer, consume
from portable.compute.context import Context
from portable.tooling.app.model import FunctionModel
from portable.tooling.dev import delivering
from portable.tooling.dev.delivering import Deliverer, Waiting

if TYPE_CHECKING:
    from portable.eventing.driver import HostedQueue, Received

PATIENCE = 60.0


def leased_for(seconds: float) -> None:
    """Hide messages for so many seconds, so that another process soon takes what a killed one had. For the whole process."""
    delivering.LEASE = seconds


class Worker:
    """Handles the messages of one queue, one at a time, until it is stopped."""

    def __init__(self, consumer: Consumer, queue: HostedQueue, timeout: float = 30.0) -> None:
        self._consumer, self._queue, self._timeout = consumer, queue, timeout
        trigger = {"kind": "queue", "queue": consumer.function}
        function = FunctionModel(
            consumer.function, "", "", "", False, trigger, (), (), backoff=consumer.backoff, concurrency=1
        )
        self._deliverer = Deliverer([Waiting.of(function, queue)], self._deliver, self._tell)

    def __enter__(self) -> Self:
        self._deliverer.start()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._deliverer.stop(PATIENCE)

    def drain(self) -> None:
        """Return when nothing is in the queue any more."""
        end = monotonic() + PATIENCE
        while self._queue.count():
            assert monotonic() < end
            sleep(0.002)

    def run(self) -> None:
        """Handle messages until the process ends."""
        with self:
            while True:
                sleep(1)

    def _deliver(self, function: FunctionModel, taken: Sequence[Received]) -> list[str]:
        return [received.receipt for received in taken if not self._consumed(received)]

    def _consumed(self, received: Received) -> bool:
        message = received.message
        return consume(
            self._consumer, message, Context(message.id, self._consumer.function, time() + self._timeout, message)
        )

    def _tell(self, text: str) -> None:
        sys.stderr.write(f"{text}\n")
