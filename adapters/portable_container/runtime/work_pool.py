"""The threads of a process in which handlers run: takes what workers have received, calls their handlers in turn.

All of it but the handlers runs in the loop of nats-py, so it needs no locks. The threads do not keep the process alive: what
a handler does not finish in time is given back, and the process may end.
"""

from __future__ import annotations

import asyncio
from collections import deque
from queue import SimpleQueue
from threading import Thread
from time import monotonic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nats.aio.msg import Msg

    from portable_container.runtime.nats_clients import Nats
    from portable_container.runtime.work import Worker
    from portable_container.runtime.work_consumer import Consumer

THREADS = 32
"""How many handlers of a process run at the same time, by default (PORTABLE_WORK_THREADS)."""


class Job:
    """A received message, and what became of it. `begun` is when its handler began, None before."""

    __slots__ = ("begun", "consumer", "done", "late", "message", "worker")

    def __init__(self, worker: Worker, consumer: Consumer, message: Msg) -> None:
        self.worker = worker
        self.consumer = consumer
        self.message = message
        self.begun: float | None = None
        self.done = False
        self.late = False


class Pool:
    """Up to `threads` threads for several workers. What waits begins in turn, one of each worker."""

    def __init__(self, nats: Nats, threads: int = THREADS) -> None:
        self.free = threads
        self._nats = nats
        self._threads = threads
        self._started = 0
        self._workers: deque[Worker] = deque()
        self._waiting = 0
        self._held_back: set[Consumer] = set()
        self._jobs: SimpleQueue[Job] = SimpleQueue()
        self._ended: deque[Job] = deque()
        self._woken = False
        self._news = asyncio.Event()
        self._answering: asyncio.Task[None] | None = None

    def join(self, worker: Worker) -> None:
        """Add a worker. To be called in the loop."""
        self._workers.append(worker)
        if self._answering is None:
            self._answering = asyncio.ensure_future(self._answer())

    def leave(self, worker: Worker) -> None:
        """Remove a worker that has nothing in hand."""
        self._workers.remove(worker)
        if not self._workers and self._answering is not None:
            self._answering.cancel()
            self._answering = None

    def share(self) -> int:
        """Return how many messages a worker may ask for now, so that all have a part. 0 while all threads are busy."""
        return max(1, self.free // len(self._workers)) if self.free else 0

    def hold_back(self, consumer: Consumer) -> None:
        """Let a consumer ask again when a handler has ended."""
        self._held_back.add(consumer)

    def put(self, job: Job) -> None:
        """Take a received message."""
        job.worker.waiting.append(job)
        self._waiting += 1
        self._begin()

    def drop(self, worker: Worker) -> list[Job]:
        """Take back what a worker has received and no handler has begun."""
        dropped = list(worker.waiting)
        worker.waiting.clear()
        self._waiting -= len(dropped)
        return dropped

    def _begin(self) -> None:
        passed = 0  # how many workers in a row had nothing that may begin
        while self.free and self._waiting and passed < len(self._workers):
            worker = self._workers[0]
            self._workers.rotate(-1)
            if not worker.waiting or worker.running >= worker.at_once:
                passed += 1
                continue
            passed = 0
            job = worker.waiting.popleft()
            job.begun = monotonic()
            worker.running += 1
            self._waiting -= 1
            self.free -= 1
            self._jobs.put(job)
            if self._started < self._threads - self.free:
                self._started += 1
                Thread(target=self._work, name=f"portable-work-{self._started}", daemon=True).start()

    def _work(self) -> None:
        """Call handlers, in a thread."""
        while True:
            job = self._jobs.get()
            job.done = job.worker.call(job.message)
            self._ended.append(job)
            if not self._woken:
                self._woken = True
                self._nats.soon(self._news.set)

    async def _answer(self) -> None:
        """Tell the server of what has ended, and begin what waits."""
        while True:
            await self._news.wait()
            self._news.clear()
            self._woken = False
            ended: list[Job] = []
            while self._ended:
                job = self._ended.popleft()
                job.worker.running -= 1
                self.free += 1
                ended.append(job)
            self._begin()
            for job in ended:
                await job.worker.ended(job)
            held_back, self._held_back = self._held_back, set()
            for consumer in held_back:
                await consumer.more()
