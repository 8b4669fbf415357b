"""Takes what waits in a queue, and calls a handler for each message: up to so many at the same time, until it is stopped.

One request for messages is always open, so a message comes at once and an empty queue costs a request every few seconds.
While a handler runs, the server is told that the message is in progress; when the process is killed, the message comes
again after `nats_streams.ACK_SECONDS`.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from time import monotonic

from portable_container.runtime.nats_streams import ACK_SECONDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from nats.aio.client import Client
    from nats.aio.msg import Msg

    from portable_container.runtime.nats_clients import Nats
    from portable_container.runtime.nats_names import Address

OPEN_SECONDS = 2.0
"""How long the server keeps a request for messages open. A worker that is stopped waits for its end."""
PAUSE_SECONDS = 1.0
"""How long it waits after an error of the server."""
RENEWED_SECONDS = ACK_SECONDS / 3


class Worker:
    """Handles the messages of the consumers at one address."""

    def __init__(
        self,
        nats: Nats,
        at: Address,
        handle: Callable[[Msg], bool],
        tell: Callable[[str], None],
        *,
        at_once: int = 8,
        partitioned: bool = False,
        backoff: float = 1.0,
        renewed: float = RENEWED_SECONDS,
    ) -> None:
        """`handle` returns whether a message is done; if not, or if it raises, the message comes again.

        It is called in up to `at_once` threads, and comes again after `backoff` seconds. `tell` is told in words what
        is wrong. Messages are told to be in progress every `renewed` seconds.
        """
        self._nats = nats
        self._handle = handle
        self._tell = tell
        self._backoff = b'-NAK {"delay": %d}' % max(1, int(backoff * 1_000_000_000))
        self._renewed = renewed
        most = 1 if partitioned else at_once
        names = at.filters(partitioned=partitioned)
        self._consumers = [_Consumer(self, f"$JS.API.CONSUMER.MSG.NEXT.{at.stream}.{name}", most) for name in names]
        self._pool = ThreadPoolExecutor(at_once, thread_name_prefix="portable-work")
        self._busy: dict[str, _Consumer] = {}
        self._done: deque[tuple[str, bytes]] = deque()
        self._news, self._quiet = asyncio.Event(), asyncio.Event()
        self._running: Any = None
        self.stopping = False

    def start(self) -> None:
        """Begin. Raises an error of the error tree if there is no connection."""
        client = self._nats.calls.call(self._nats.connected, "the worker")
        self._running = self._nats.start(self._run(client))

    def stop(self, patience: float) -> bool:
        """Take nothing more, and wait for handlers that run. Return whether all have ended within `patience` seconds."""
        from concurrent.futures import TimeoutError as Late

        self._nats.run(self._stop())
        try:
            self._running.result(patience)
        except Late:
            self._running.cancel()
            return False
        finally:
            self._pool.shutdown(wait=False)
        return True

    def take(self, consumer: _Consumer, message: Msg) -> None:
        """Begin to handle a message."""
        self._busy[message.reply] = consumer
        self._pool.submit(self._call, message)

    def told(self, what: str) -> None:
        """Tell what is wrong."""
        self._tell(what)

    async def _stop(self) -> None:
        self.stopping = True
        for consumer in self._consumers:
            consumer.changed.set()

    async def _run(self, client: Client) -> None:
        helpers = [asyncio.ensure_future(self._renew(client)), asyncio.ensure_future(self._answer(client))]
        await asyncio.gather(*(consumer.run(client) for consumer in self._consumers))
        while self._busy:
            self._quiet.clear()
            await self._quiet.wait()
        for helper in helpers:
            helper.cancel()
        await client.flush()

    def _call(self, message: Msg) -> None:
        """Call the handler, in a thread of the pool."""
        word = self._backoff
        try:
            if self._handle(message):
                word = b"+ACK"
        except BaseException as error:  # noqa: BLE001 - whatever it is, the message comes again
            self._tell(f"a message could not be handled: {type(error).__name__}: {error}")
        self._done.append((message.reply, word))
        self._nats.soon(self._news.set)

    async def _answer(self, client: Client) -> None:
        """Tell the server of what is done."""
        while True:
            await self._news.wait()
            self._news.clear()
            while self._done:
                receipt, word = self._done.popleft()
                self._busy.pop(receipt).ended()
                await self._say(client, receipt, word)
            self._quiet.set()

    async def _renew(self, client: Client) -> None:
        while True:
            await asyncio.sleep(self._renewed)
            for receipt in list(self._busy):
                await self._say(client, receipt, b"+WPI")

    async def _say(self, client: Client, receipt: str, word: bytes) -> None:
        """Tell the server about a message. If it does not hear it, the message comes again."""
        from nats.errors import Error

        try:
            await client.publish(receipt, word)
        except Error as error:
            self._tell(f"the server could not be told about a message: {error}")


class _Consumer:
    """One consumer: asks for as many messages as may be handled, and has one request open at a time."""

    def __init__(self, worker: Worker, subject: str, most: int) -> None:
        self._worker = worker
        self._subject = subject
        self._free = most
        self._wanted = 0
        self._until = 0.0
        self._pause = 0.0
        self.changed = asyncio.Event()

    async def run(self, client: Client) -> None:
        """Take messages until the worker is stopped and the open request has ended."""
        inbox = client.new_inbox()
        listening = await client.subscribe(inbox, cb=self._arrived, pending_bytes_limit=-1)
        while not (self._worker.stopping and self._closed()):
            self.changed.clear()
            if self._closed() and self._free and not self._worker.stopping and monotonic() >= self._pause:
                await self._ask(client, inbox)
            wait = max(self._until, self._pause) - monotonic()
            try:
                async with asyncio.timeout(wait if wait > 0 else OPEN_SECONDS):
                    await self.changed.wait()
            except TimeoutError:
                continue
        await listening.unsubscribe()

    def ended(self) -> None:
        """Take note that a message is handled."""
        self._free += 1
        self.changed.set()

    def _closed(self) -> bool:
        """Return whether no request is open. One that was lost with its connection ends after its time."""
        return self._wanted == 0 or monotonic() > self._until

    async def _ask(self, client: Client, inbox: str) -> None:
        from nats.errors import Error

        self._wanted, self._until = self._free, monotonic() + OPEN_SECONDS + 0.5
        question = {"batch": self._wanted, "expires": int(OPEN_SECONDS * 1_000_000_000)}
        try:
            await client.publish(self._subject, json.dumps(question).encode(), inbox)
        except Error as error:
            self._wrong(str(error))

    async def _arrived(self, message: Msg) -> None:
        status = (message.headers or {}).get("Status")
        if status is None:
            self._free -= 1
            self._wanted = max(0, self._wanted - 1)
            self._worker.take(self, message)
        elif status in ("404", "408"):
            self._wanted = 0
        else:
            said = (message.headers or {}).get("Description", "").strip().partition("\r\n")[0]
            missing = "there is no such consumer. Make it first"
            self._wrong(f"{self._subject}: {missing if status == '503' else f'{status} {said}'}")
        self.changed.set()

    def _wrong(self, what: str) -> None:
        self._wanted, self._pause = 0, monotonic() + PAUSE_SECONDS
        self._worker.told(what)
