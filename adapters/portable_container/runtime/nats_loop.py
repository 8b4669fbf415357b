"""The event loop of this process that nats-py runs in: takes coroutines from any thread, returns their results.

nats-py is asynchronous only. One thread of the process runs its loop, for plain and for `async def` callers alike, so all
of them share one connection. A process that was forked starts its own.
"""

from __future__ import annotations

import asyncio
from threading import Thread

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Coroutine
    from concurrent.futures import Future
    from typing import Any, TypeVar

    from nats.aio.client import Client

    T = TypeVar("T")

FLUSH_SECONDS = 60
"""How long nats-py itself waits for the answer to a flush. By then a connection that does not answer was made again."""


async def flush(client: Client, seconds: float) -> None:
    """Wait until the server has all that was written, for so many seconds at most. Raises TimeoutError.

    nats-py's own flush is never cut short: an answer that comes after its end stops nats-py from reading the connection.
    """
    waiting = asyncio.ensure_future(client.flush(FLUSH_SECONDS))
    waiting.add_done_callback(lambda ended: ended.cancelled() or ended.exception())  # nobody may wait any more
    await asyncio.wait_for(asyncio.shield(waiting), seconds)


class Loop:
    """A running event loop. Its thread ends with the process."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = Thread(target=self.loop.run_forever, name="portable-nats", daemon=True)
        self._thread.start()

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine in the loop and return its result. If the caller is interrupted, the coroutine is cancelled."""
        running = self.start(coroutine)
        try:
            return running.result()
        except BaseException:
            running.cancel()
            raise

    def start(self, coroutine: Coroutine[Any, Any, T]) -> Future[T]:
        """Begin to run a coroutine in the loop."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop)

    def stop(self) -> None:
        """End the thread."""
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()
