"""Delivers what waits in the queues of functions: one thread looks for what is due, others call the functions.

The rules are those of `portable.compute.consume`. A message that is handled is leased for a few seconds, and the lease is
renewed while its handler runs; so when the process is killed, the message comes again soon.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Condition, Event, Thread
from typing import TYPE_CHECKING

from msgspec import Struct

from portable.errors import PortableError
from portable.eventing.driver import Received
from portable.tooling.app.model import FunctionModel
from portable.tooling.run.kinds.feeds import BACKOFF, feed_of

if TYPE_CHECKING:
    from portable.eventing.driver import HostedQueue

LEASE = 5.0
"""Seconds for which a message is hidden from other processes."""
RENEWED = 1.5
"""Seconds between two renewals of the leases."""
POLL = 0.05
"""Seconds after which it is looked for what another process has sent."""
AT_ONCE = 8
"""Deliveries of one function that run at the same time, unless `concurrency=` says fewer."""
THREADS = 64


Deliver = Callable[[FunctionModel, Sequence[Received]], Sequence[str]]
"""Calls a function with taken messages, and returns the receipts of those that must come again."""


class Waiting(Struct):
    """The queue of one function. `busy` are the receipts of each delivery that runs."""

    function: FunctionModel
    queue: HostedQueue
    size: int
    slots: int
    busy: list[Sequence[str]] = []

    @classmethod
    def of(cls, function: FunctionModel, queue: HostedQueue) -> Waiting:
        """Return what waits for a function."""
        whole = feed_of(function.trigger["kind"]).whole(function)
        size = int(function.trigger.get("batch", 1)) if whole else 1
        return cls(function, queue, size, 1 if whole else min(AT_ONCE, function.concurrency or AT_ONCE))


class Deliverer:
    """The workers of an app. `tell` is told in words when a queue cannot be read."""

    def __init__(self, all_waiting: Sequence[Waiting], deliver: Deliver, tell: Callable[[str], None]) -> None:
        self._all = all_waiting
        self._deliver = deliver
        self._tell = tell
        self._news = Event()
        self._stopping = Event()
        self._changed = Condition()
        self._broken = False
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="portable-deliver")
        self._threads = [
            Thread(target=run, name=f"portable-{name}", daemon=True)
            for name, run in (("deliverer", self._look), ("leases", self._renew))
        ]

    def start(self) -> None:
        """Begin to deliver."""
        for thread in self._threads:
            thread.start()

    def wake(self) -> None:
        """Look for what is due, because something was sent."""
        self._news.set()

    def stop(self, patience: float) -> bool:
        """Take nothing more, and wait for the handlers that run. Return whether all have ended in time."""
        self._stopping.set()
        self._news.set()
        self._threads[0].join()
        with self._changed:
            ended = self._changed.wait_for(lambda: not any(waiting.busy for waiting in self._all), patience)
        self._pool.shutdown(wait=False)
        return ended

    def _look(self) -> None:
        while not self._stopping.is_set():
            self._news.clear()
            try:
                pause = min((self._take(waiting) for waiting in self._all), default=POLL)
                self._recovered()
            except Exception as error:  # noqa: BLE001 - whatever it is, what waits must not wait for ever
                self._failed(error)
                pause = 1.0
            self._news.wait(pause)

    def _take(self, waiting: Waiting) -> float:
        """Begin what is due for one function. Return the seconds until it is worth to look again."""
        free = waiting.slots - len(waiting.busy)
        if free <= 0:
            return POLL
        due = waiting.queue.next_due()
        now = time.time()
        if due is None or due > now:
            return POLL if due is None else max(0.0, min(POLL, due - now))
        taken = waiting.queue.receive(free * waiting.size, LEASE)
        for start in range(0, len(taken), waiting.size):
            self._begin(waiting, taken[start : start + waiting.size])
        return 0.0 if taken else POLL

    def _begin(self, waiting: Waiting, taken: Sequence[Received]) -> None:
        receipts = [received.receipt for received in taken]
        with self._changed:
            waiting.busy.append(receipts)
        self._pool.submit(self._run, waiting, taken, receipts)

    def _run(self, waiting: Waiting, taken: Sequence[Received], receipts: Sequence[str]) -> None:
        failed = receipts
        try:
            failed = self._deliver(waiting.function, taken)
        except Exception as error:  # noqa: BLE001 - the handler's own are told already
            self._tell(f"{waiting.function.name} could not be called: {type(error).__name__}: {error}")
        try:
            self._settle(waiting, receipts, set(failed))
        finally:
            with self._changed:
                waiting.busy.remove(receipts)
                self._changed.notify_all()
            self._news.set()

    def _settle(self, waiting: Waiting, receipts: Sequence[str], failed: set[str]) -> None:
        """Acknowledge what is done, and let the rest come again. What cannot be told now comes again after its lease."""
        wait = BACKOFF if waiting.function.backoff is None else waiting.function.backoff
        try:
            for receipt in receipts:
                if receipt in failed:
                    waiting.queue.release(receipt, wait)
            waiting.queue.acknowledge([receipt for receipt in receipts if receipt not in failed])
        except PortableError as error:
            self._failed(error)

    def _renew(self) -> None:
        while not self._stopping.wait(RENEWED) or any(waiting.busy for waiting in self._all):
            for waiting in self._all:
                for receipts in list(waiting.busy):
                    for receipt in receipts:
                        self._extend(waiting, receipt)

    def _extend(self, waiting: Waiting, receipt: str) -> None:
        try:
            waiting.queue.release(receipt, LEASE)
        except PortableError as error:
            self._failed(error)

    def _failed(self, error: Exception) -> None:
        if not self._broken:
            self._tell(f"messages cannot be delivered now: {error}")
        self._broken = True

    def _recovered(self) -> None:
        if self._broken:
            self._tell("messages are delivered again")
        self._broken = False
