"""Takes the messages of one function, and calls its handler for each: up to so many at the same time, until it is stopped.

While a handler runs, the server is told that the message is in progress; when the process is killed, the message comes again
after `nats_streams.ACK_SECONDS`. A handler whose time is up is told of no longer, so its message comes again, too. What was
delivered more often than it has attempts is handled alone (`work_alone`).
"""

from __future__ import annotations

import asyncio
from collections import deque
from math import inf
from time import monotonic

from portable_container.runtime.nats_loop import flush
from portable_container.runtime.nats_streams import ACK_SECONDS
from portable_container.runtime.work_alone import AGAIN, FIRST
from portable_container.runtime.work_consumer import PAUSE_SECONDS, Consumer
from portable_container.runtime.work_pool import Job, Pool

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from nats.aio.client import Client
    from nats.aio.msg import Msg

    from portable_container.runtime.nats_clients import Nats
    from portable_container.runtime.nats_names import Address
    from portable_container.runtime.work_alone import Alone

AT_ONCE = 8
"""How many messages of a function a process handles at the same time, if the function has no `concurrency`."""
RENEWED_SECONDS = ACK_SECONDS / 3
LOOK_SECONDS = 0.5
"""How often a worker looks after its connection and its open requests."""
LAST_SECONDS = 10.0
"""How long a worker that ends waits until the server has its last words."""
GIVEN_BACK_SECONDS = 0.5
"""How long it waits for that when its time is up."""
FIRST_BACKOFF, LONGEST_BACKOFF = 1.0, 600.0
"""Seconds until a failed message comes again, if the function has no `backoff`: each time twice as many."""


class Worker:
    """Handles the messages of the consumers at one address."""

    def __init__(
        self,
        nats: Nats,
        at: Address,
        handle: Callable[[Msg], bool],
        tell: Callable[[str], None],
        *,
        at_once: int = AT_ONCE,
        partitioned: bool = False,
        backoff: float | None = None,
        timeout: float = inf,
        renewed: float = RENEWED_SECONDS,
        pool: Pool | None = None,
        alone: Alone | None = None,
    ) -> None:
        """`handle` returns whether a message is done; if not, or if it raises, the message comes again after `backoff`.

        It is called in threads of `pool`, for up to `at_once` messages at a time. `tell` is told in words what is wrong.
        Messages are told to be in progress every `renewed` seconds, until the handler has run for `timeout`. `alone` handles
        those that have no attempts left; without it `handle` gets them, too.
        """
        self.at = at
        self.at_once = at_once
        self.partitioned = partitioned
        self.pool = pool or Pool(nats, at_once)
        self._tell = tell
        self.running = 0
        self.waiting: deque[Job] = deque()
        self.stopping = False
        self._left = False
        self._nats = nats
        self._handle = handle
        self._alone = alone
        self._backoff = backoff
        self._timeout = timeout
        self._renewed = renewed
        names = at.filters(partitioned=partitioned)
        most = 1 if partitioned else at_once
        self._consumers = [Consumer(self, f"$JS.API.CONSUMER.MSG.NEXT.{at.stream}.{name}", most) for name in names]
        self._hand: set[Job] = set()
        self._client: Client | None = None
        self._joining: asyncio.Future[Client] | None = None
        self._changed = asyncio.Event()
        self._unconnected: str | None = None
        self._running: Future[None] | None = None

    def start(self) -> None:
        """Begin. Where there is no connection, `wrong` says so, and the worker tries again."""
        self._running = self._nats.start(self._run())

    def end(self) -> None:
        """Begin to end: take nothing more, and give back what no handler has begun. Return at once."""
        if self._running is not None:
            self._nats.start(self._end())

    def stop(self, patience: float) -> bool:
        """Take nothing more, and wait for handlers that run. Return whether all have ended within `patience` seconds.

        What has not ended is given back, too, within `GIVEN_BACK_SECONDS` more.
        """
        from concurrent.futures import TimeoutError as Late

        if self._running is None:
            return True
        self.end()
        try:
            self._running.result(patience)
            return True
        except Late:
            self._running.cancel()
        try:
            self._nats.start(self._abandon()).result(GIVEN_BACK_SECONDS)
        except Late:
            self.tell("the server was not told what is given back, so that comes again later")
        return False

    def wrong(self) -> str | None:
        """Return what is wrong now, in words."""
        if self._running is None or self._running.done():
            return "it is not running"
        if self._unconnected is not None:
            return self._unconnected
        if self.at_once <= sum(job.late for job in list(self._hand)):
            return f"all {self.at_once} calls that it may make at once run for longer than their timeout"
        return next((consumer.wrong for consumer in self._consumers if consumer.wrong is not None), None)

    def tell(self, what: str, /) -> None:
        """Tell what is wrong."""
        self._tell(what)

    def room(self, consumer: Consumer) -> int:
        """Return for how many messages a consumer may ask now. If it is none, it may ask again when a handler has ended."""
        found = min(self.at_once - len(self._hand), self.pool.share())
        if found < 1:
            self.pool.hold_back(consumer)
        return found

    def take(self, consumer: Consumer, message: Msg) -> None:
        """Begin to handle a message, or let it wait for a thread."""
        alone = self._alone is not None and self._alone.takes(message)
        job = Job(self, consumer, message, alone=alone)
        self._hand.add(job)
        self.pool.put(job)

    def asks(self) -> bool:
        """Return whether messages may come at any time."""
        return any(consumer.open for consumer in self._consumers)

    def call(self, job: Job) -> bool:
        """Call the handler, in a thread of the pool. Return whether the message is done."""
        handle = self._alone.handle if job.alone and self._alone is not None else self._handle
        try:
            return handle(job.message)
        except BaseException as error:  # noqa: BLE001 - whatever it is, the message comes again
            self.tell(f"a message could not be handled: {type(error).__name__}: {error}")
            return False

    async def ended(self, job: Job) -> None:
        """Tell the server what became of a message. A handler that failed too late is silent: its message comes anyway."""
        if job not in self._hand:
            return  # it was given back
        self._hand.discard(job)
        if job.done:
            await self._say(job, b"+ACK")
        elif not job.late:
            await self._say(job, self._again(job.message))
        await job.asker.more()
        if self.stopping:
            self._changed.set()

    def _again(self, message: Msg) -> bytes:
        """Return the word that lets a failed message come again after its back-off."""
        seconds = self._backoff
        if seconds is None:
            seconds = min(LONGEST_BACKOFF, FIRST_BACKOFF * 2 ** min(20, message.metadata.num_delivered - 1))
        return b'-NAK {"delay": %d}' % int(seconds * 1_000_000_000) if seconds else b"-NAK"

    async def _run(self) -> None:
        renewed = monotonic()
        self.pool.join(self)
        try:
            while self._hand or not self._left:
                await self._look()
                if monotonic() >= renewed + self._renewed:
                    renewed = monotonic()
                    await self._renew()
                await self._release()
                await self._wait(min(LOOK_SECONDS, self._renewed))
            if self._client is not None and self._client.is_connected:
                await flush(self._client, LAST_SECONDS)
        finally:
            self.pool.drop(self)
            self.pool.leave(self)

    async def _wait(self, seconds: float) -> None:
        self._changed.clear()
        try:
            async with asyncio.timeout(seconds):
                await self._changed.wait()
        except TimeoutError:
            pass

    async def _look(self) -> None:
        """Use the connection of now, and ask where no request is open."""
        if self.stopping:
            return
        try:
            self._joining = asyncio.ensure_future(self._nats.join())
            client = self._client = await self._joining
            for consumer in self._consumers:
                if self.stopping:
                    return
                await consumer.join(client)
                await consumer.more()
        except asyncio.CancelledError:
            if not self.stopping:
                raise
            return
        except Exception as error:  # noqa: BLE001 - whatever it is, the worker tries again
            self._is_unconnected(f"there is no connection to NATS: {error}")
            await self._wait(PAUSE_SECONDS)
            return
        if client.is_connected:
            self._unconnected = None
        else:
            self._is_unconnected("the connection to NATS is lost, and is being made again")

    def _is_unconnected(self, what: str) -> None:
        if self._unconnected is None:
            self.tell(what)
        self._unconnected = what

    async def _renew(self) -> None:
        """Tell the server what is in progress."""
        now = monotonic()
        for job in list(self._hand):
            if job.begun is not None and now - job.begun > self._timeout and not job.late:
                job.late = True
                self.tell(f"a call runs for more than {self._timeout:g} s, its timeout: its message comes again")
                if self._alone is not None and self._alone.is_last(job.message):
                    await self._write(self._alone.note(job.message), b"", FIRST)  # why it did not end is known
            if not job.late:
                await self._say(job, b"+WPI")

    async def _release(self) -> None:
        """Give back what has waited too long to be handled alone. The others wait for it as long as it is in hand."""
        alone, now = self._alone, monotonic()
        if alone is None:
            return
        for job in self.pool.drop_alone(self, lambda job: now - job.came > alone.patience(job.message)):
            self._hand.discard(job)
            await self._say(job, AGAIN)

    async def _end(self) -> None:
        if self.stopping:
            return
        self.stopping = True
        if self._joining is not None:
            self._joining.cancel()  # every worker of the process may wait for a connection in turn
        await asyncio.gather(*(consumer.leave() for consumer in self._consumers), return_exceptions=True)
        self._left = True
        for job in self.pool.drop(self):
            self._hand.discard(job)
            await self._say(job, b"-NAK")
        self._changed.set()

    async def _abandon(self) -> None:
        """Give back what is not finished."""
        for job in list(self._hand):
            self._hand.discard(job)
            if not job.late:
                await self._say(job, b"-NAK")
        if self._client is not None and self._client.is_connected:
            await flush(self._client, LAST_SECONDS)

    async def _say(self, job: Job, word: bytes) -> None:
        """Tell the server about a message. If it does not hear it, the message comes again."""
        await self._write(job.message.reply, word)

    async def _write(self, subject: str, body: bytes, headers: dict[str, str] | None = None) -> None:
        try:
            if self._client is not None:
                await self._client.publish(subject, body, headers=headers)
        except Exception as error:  # noqa: BLE001 - it must not end the task that tells of all messages
            self.tell(f"the server could not be told about a message: {error}")
