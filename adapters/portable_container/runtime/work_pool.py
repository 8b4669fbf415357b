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

from portable_container.runtime.variables import WORK_THREADS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    from nats.aio.msg import Msg

    from portable_container.runtime.nats_clients import Nats

    class Asker(Protocol):
        """What has asked for a message, and asks for more when there is room."""

        async def more(self) -> None: ...  # noqa: D102

    class Lane(Protocol):
        """What has received messages for one function, of which up to `at_once` are handled at the same time."""

        at_once: int
        partitioned: bool
        running: int
        waiting: deque[Job]

        def asks(self) -> bool: ...  # noqa: D102
        def call(self, job: Job) -> bool: ...  # noqa: D102
        async def ended(self, job: Job) -> None: ...  # noqa: D102


TOGETHER_SECONDS = 0.002
"""How long the end of a call waits for the end of others, so that the server is told of all of them at once."""


class Job:
    """A received message, and what became of it. `came` is when it was received, `begun` when its handler began, None before.

    One that is `alone` is handled while this process has nothing else in hand.
    """

    __slots__ = ("alone", "asker", "begun", "came", "done", "lane", "late", "message")

    def __init__(self, lane: Lane, asker: Asker, message: Msg, *, alone: bool = False) -> None:
        self.lane = lane
        self.asker = asker
        self.message = message
        self.alone = alone
        self.came = monotonic()
        self.begun: float | None = None
        self.done = False
        self.late = False


class Pool:
    """Up to `threads` threads for several lanes. What waits begins in turn, one of each lane."""

    def __init__(self, nats: Nats, threads: int = WORK_THREADS) -> None:
        self.free = threads
        self._nats = nats
        self._threads = threads
        self._started = 0
        self._lanes: deque[Lane] = deque()
        self._waiting = 0
        self._alone: deque[Job] = deque()
        self._running: set[Job] = set()
        self._held_back: set[Asker] = set()
        self._jobs: SimpleQueue[Job] = SimpleQueue()
        self._ended: deque[Job] = deque()
        self._woken = False
        self._news = asyncio.Event()
        self._answering: asyncio.Task[None] | None = None

    def join(self, lane: Lane) -> None:
        """Add a lane. To be called in the loop."""
        self._lanes.append(lane)
        if self._answering is None:
            self._answering = asyncio.ensure_future(self._answer())

    def leave(self, lane: Lane) -> None:
        """Remove a lane that has nothing in hand."""
        self._lanes.remove(lane)
        if not self._lanes and self._answering is not None:
            self._answering.cancel()
            self._answering = None

    def share(self) -> int:
        """Return how many messages a lane may ask for now, so that all have a part.

        0 while all threads are busy, and while one message is handled alone or waits for that.
        """
        if self._alone or self._is_alone() or not self.free:
            return 0
        return max(1, self.free // len(self._lanes))

    def hold_back(self, asker: Asker) -> None:
        """Let it ask again when a handler has ended."""
        self._held_back.add(asker)
        self._begin()

    def put(self, job: Job) -> None:
        """Take a received message."""
        if job.alone:
            self._alone.append(job)
        else:
            job.lane.waiting.append(job)
            self._waiting += 1
        self._begin()

    def drop(self, lane: Lane) -> list[Job]:
        """Take back what a lane has received and no handler has begun."""
        dropped = [*lane.waiting, *self.drop_alone(lane, lambda job: True)]
        self._waiting -= len(lane.waiting)
        lane.waiting.clear()
        return dropped

    def drop_alone(self, lane: Lane, which: Callable[[Job], bool]) -> list[Job]:
        """Take back what a lane has received that waits to be handled alone, if `which` says so."""
        dropped = [job for job in self._alone if job.lane is lane and which(job)]
        self._alone = deque(job for job in self._alone if job not in dropped)
        return dropped

    def _is_alone(self) -> bool:
        return any(job.alone and not job.late for job in self._running)

    def _rests(self) -> bool:
        """Return whether nothing is in hand, and nothing is on its way. A late call has lost its message already."""
        return all(job.late for job in self._running) and not any(lane.asks() for lane in self._lanes)

    def _begin(self) -> None:
        if self._is_alone():
            return
        passed = 0  # how many lanes in a row had nothing that may begin
        while self.free and self._waiting and passed < len(self._lanes):
            lane = self._lanes[0]
            self._lanes.rotate(-1)
            if not lane.waiting or lane.running >= lane.at_once:
                passed += 1
                continue
            passed = 0
            self._waiting -= 1
            self._start(lane.waiting.popleft())
        if self._alone and self.free and self._rests():
            self._start(self._alone.popleft())

    def _start(self, job: Job) -> None:
        job.begun = monotonic()
        job.lane.running += 1
        self.free -= 1
        self._running.add(job)
        self._jobs.put(job)
        if self._started < self._threads - self.free:
            self._started += 1
            Thread(target=self._work, name=f"portable-work-{self._started}", daemon=True).start()

    def _work(self) -> None:
        """Call handlers, in a thread."""
        while True:
            job = self._jobs.get()
            job.done = job.lane.call(job)
            self._ended.append(job)
            if not self._woken:
                self._woken = True
                self._nats.soon(self._news.set)

    def _is_awaited(self) -> bool:
        """Return whether something can begin only when what has ended is known."""
        waits = self._waiting or self._alone or self._held_back
        return bool(waits) or any(job.lane.partitioned for job in self._running)

    async def _answer(self) -> None:
        """Tell the server of what has ended, and begin what waits."""
        while True:
            await self._news.wait()
            if not self._is_awaited():
                await asyncio.sleep(TOGETHER_SECONDS)
            self._news.clear()
            self._woken = False
            ended: list[Job] = []
            while self._ended:
                job = self._ended.popleft()
                job.lane.running -= 1
                self.free += 1
                self._running.discard(job)
                ended.append(job)
            self._begin()
            for job in ended:
                await job.lane.ended(job)
            held_back, self._held_back = self._held_back, set()
            for asker in held_back:
                await asker.more()
