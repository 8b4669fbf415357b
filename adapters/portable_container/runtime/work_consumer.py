"""One consumer of JetStream that a worker takes from: asks for as many messages as may be handled, with one open request.

A message comes at once, and an empty queue costs a request every few seconds.
"""

from __future__ import annotations

import asyncio
import json
from time import monotonic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from nats.aio.client import Client
    from nats.aio.msg import Msg
    from nats.aio.subscription import Subscription

    class Owner(Protocol):
        """What handles the messages."""

        stopping: bool

        def tell(self, what: str, /) -> None: ...  # noqa: D102
        def room(self, consumer: Consumer) -> int: ...  # noqa: D102
        def take(self, consumer: Consumer, message: Msg) -> None: ...  # noqa: D102


OPEN_SECONDS = 2.0
"""How long the server keeps a request for messages open."""
SILENT_SECONDS = 5.0
"""How much later the server's word about a request may come, because this process was busy or stood still."""
LEAVE_SECONDS = 2.0
PAUSE_SECONDS = 1.0
"""How long it waits after an error of the server."""
_SILENT = "the server does not answer this user: it may not ask there, or JetStream is not ready"
_MISSING = "there is no such consumer. Run `migrate`, which makes it"


class Consumer:
    """Takes messages for a worker. `most` is how many it may ask for at once."""

    def __init__(self, worker: Owner, subject: str, most: int) -> None:
        """`subject` is where the consumer is asked for messages."""
        self.wrong: str | None = None
        self._worker = worker
        self._subject = subject
        self._most = most
        self._client: Client | None = None
        self._listening: Subscription | None = None
        self._inbox = ""
        self._connection = 0
        self._wanted = 0
        self._until = 0.0
        self._pause = 0.0

    @property
    def open(self) -> bool:
        """Whether a request is open, so that messages may come at any time."""
        return self._wanted > 0

    async def join(self, client: Client) -> None:
        """Listen on a connection. A request that was open on another one, or before it was made again, is over."""
        if client is not self._client:
            inbox = client.new_inbox()
            self._listening = await client.subscribe(inbox, cb=self._arrived, pending_bytes_limit=-1)
            self._client, self._inbox, self._wanted = client, inbox, 0
        if client.stats["reconnects"] != self._connection:
            self._connection, self._wanted = client.stats["reconnects"], 0

    async def leave(self) -> None:
        """End the open request. What the server had sent until then has arrived when this returns."""
        self._wanted = 0
        if self._listening is not None and self._client is not None and self._client.is_connected:
            async with asyncio.timeout(LEAVE_SECONDS):
                await self._listening.drain()  # type: ignore[no-untyped-call]

    async def more(self) -> None:
        """Ask for messages, if some may be handled and no request is open."""
        now = monotonic()
        if self._wanted and now > self._until:  # the server ends each request with a word
            self._wanted = 0
            self._is_wrong(_SILENT)
        client = self._client
        if self._wanted or self._worker.stopping or now < self._pause or client is None or not client.is_connected:
            return
        wanted = min(self._most, self._worker.room(self))
        if wanted < 1:
            return
        self._wanted, self._until = wanted, now + OPEN_SECONDS + SILENT_SECONDS
        question = {"batch": wanted, "expires": int(OPEN_SECONDS * 1_000_000_000)}
        try:
            await client.publish(self._subject, json.dumps(question).encode(), self._inbox)
        except Exception as error:  # noqa: BLE001 - it must not end the task that tells of all messages
            self._wanted = 0
            self._is_wrong(str(error))

    async def _arrived(self, message: Msg) -> None:
        """Hand on a message, or take the server's word that there is none.

        Between accounts nothing follows an answer without a byte, so a message of another program that is empty ends a request.
        """
        status = None if message.reply else (message.headers or {}).get("Status")  # a sender may use this name, too
        if status is None:
            ends = not message.data and not message.headers
            self._wanted = 0 if ends else max(0, self._wanted - 1)
            self.wrong = None
            self._worker.take(self, message)
        elif status in ("404", "408"):
            self._wanted, self.wrong = 0, None
        else:
            said = (message.headers or {}).get("Description", "").strip().partition("\r\n")[0]
            self._wanted = 0
            self._is_wrong(_MISSING if status == "503" else f"{status} {said}")
        await self.more()

    def _is_wrong(self, what: str) -> None:
        """Pause. The same problem is told once."""
        self._pause = monotonic() + PAUSE_SECONDS
        told = f"{self._subject.removeprefix('$JS.API.CONSUMER.MSG.NEXT.')}: {what}"
        if told != self.wrong:
            self.wrong = told
            self._worker.tell(told)
