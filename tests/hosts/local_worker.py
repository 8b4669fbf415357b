"""The worker of a local queue: takes a consumer and a queue, and handles the messages.

It follows the rules of `portable.compute.consume`: a failed message is retried after the consumer's backoff.
"""

from __future__ import annotations

from time import sleep, time

from portable.compute.consume import consume
from portable.compute.context import Context

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from portable.compute.consume import Consumer
    from portable.eventing.driver import HostedQueue
    from portable.eventing.message import Message

BACKOFF = 1.0
"""Seconds between attempts if the function declares no backoff."""
IDLE = 0.05
"""Seconds between two polls of an empty queue."""


class Worker:
    """Handles the messages of one queue, one at a time, in the calling thread. `timeout` is the function's, in seconds.

    A message is hidden from other workers for so many seconds, also if the worker's process dies.
    """

    def __init__(
        self, consumer: Consumer, queue: HostedQueue, timeout: float = 30.0, hidden: float | None = None
    ) -> None:
        self._consumer = consumer
        self._queue = queue
        self._timeout = timeout
        self._hidden = timeout + 5 if hidden is None else hidden
        self._backoff = BACKOFF if consumer.backoff is None else consumer.backoff

    def step(self) -> bool:
        """Handle one message if one is due. Return whether there was one."""
        for received in self._queue.receive(1, self._hidden):
            message = received.message
            if consume(self._consumer, message, self._context(message)):
                self._queue.acknowledge((received.receipt,))
            else:
                self._queue.release(received.receipt, self._backoff)
            return True
        return False

    def run(self, stopped: Callable[[], bool]) -> None:
        """Handle messages until `stopped()` is true."""
        while not stopped():
            if not self.step():
                sleep(IDLE)

    def _context(self, message: Message[bytes]) -> Context:
        return Context(message.id, self._consumer.function, time() + self._timeout, message)
