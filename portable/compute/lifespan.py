"""The lifespan of a mounted ASGI app: runs its startup before the first request of an instance, and its shutdown at the end.

The app waits between the two in a task of the loop that runs its requests. Whoever ends this loop in an orderly way cancels
its tasks, and for this task that means shutdown. A process whose loop nobody ends does it when it ends, or at SIGTERM if
nothing else handles that. Source: ASGI "Lifespan Protocol".

On our own loop the task looks to anyio like one of `run_until_complete`. anyio keeps the threads of `def` routes as long as
such a task runs; without one it starts a thread for each request.
"""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from asyncio import base_events
from contextvars import Context

from portable.compute.loops import Loop
from portable.errors import PortableError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

NAME = "portable-lifespan"
"""The name of the task in which an app waits for its end."""
PATIENCE = 8.0
"""Seconds that a shutdown may take when the process ends; Cloud Run kills it after 10."""


class Lifespan:
    """One run of an app, from its startup to its shutdown, on the loop that is running when it is made."""

    def __init__(self, app: Any, scope: dict[str, Any]) -> None:
        self.loop = asyncio.get_running_loop()
        self.state: dict[str, Any] = {}
        self._app = app
        self._scope = {**scope, "type": "lifespan", "state": self.state}
        self._asked = False
        self._ready = False
        self._failed: str | None = None
        self._started: asyncio.Future[None] = self.loop.create_future()
        self._task = asyncio.Task(self._run(), loop=self.loop, name=NAME, context=Context())
        if isinstance(self.loop, Loop):
            self._task.add_done_callback(base_events._run_until_complete_cb)  # type: ignore[attr-defined]

    @property
    def ready(self) -> bool:
        """Whether the startup has ended well."""
        return self._ready

    @property
    def over(self) -> bool:
        """Whether the app was shut down, or failed to start: the next request starts it again."""
        return self._task.done()

    async def started(self) -> None:
        """Wait until the app has started. Raises PortableError, caused by the app's own error, if it cannot."""
        await asyncio.shield(self._started)
        self._ready = True

    def end(self) -> None:
        """Shut the app down and wait for it, when the process ends. Called from any thread."""
        loop, task = self.loop, self._task
        if task.done() or loop.is_closed() or asyncio._get_running_loop() is loop:
            return
        task.remove_done_callback(base_events._run_until_complete_cb)  # type: ignore[attr-defined]
        if not loop.is_running():
            task.cancel()
            loop.run_until_complete(asyncio.wait([task], timeout=PATIENCE))
            return
        ended = threading.Event()

        def cancel() -> None:
            task.add_done_callback(lambda _: ended.set())
            task.cancel()

        loop.call_soon_threadsafe(cancel)
        ended.wait(PATIENCE)

    async def _run(self) -> None:
        error: BaseException | None = None
        try:
            await self._app(self._scope, self._receive, self._send)
        except GeneratorExit:  # the loop was closed and forgot the task
            raise
        except BaseException as raised:  # noqa: BLE001 - an app without a lifespan may raise anything when it is asked
            error = raised
        if not self._started.done():
            if self._failed is None:  # the app has no lifespan
                self._started.set_result(None)
                self._asked = True
                await self._receive()
                return
            failed = PortableError(
                f"the startup of the mounted app failed: {self._failed.strip().rpartition(chr(10))[2]}"
            )
            failed.__cause__ = error
            self._started.set_exception(failed)
        elif error is not None:
            import logging

            logging.getLogger("portable").error("the shutdown of the mounted app failed: %s", error, exc_info=error)

    async def _receive(self) -> dict[str, Any]:
        if not self._asked:
            self._asked = True
            return {"type": "lifespan.startup"}
        try:
            await self.loop.create_future()
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None:
                task.uncancel()
        return {"type": "lifespan.shutdown"}

    async def _send(self, message: dict[str, Any]) -> None:
        if message["type"] == "lifespan.startup.complete" and not self._started.done():
            self._started.set_result(None)
        elif message["type"] == "lifespan.startup.failed":
            self._failed = message.get("message") or "it gave no reason"
        elif message["type"] == "lifespan.shutdown.failed":
            raise RuntimeError(message.get("message") or "it gave no reason")


def at_end(end: Any) -> None:
    """Call `end` when this process ends: by itself, or by SIGTERM where nothing else handles that signal.

    It is called before Python waits for threads: those of anyio end with the task that waits for the end of the app.
    """
    threading._register_atexit(end)  # type: ignore[attr-defined]
    if threading.current_thread() is not threading.main_thread() or signal.getsignal(signal.SIGTERM) != signal.SIG_DFL:
        return

    def terminated(number: int, _frame: object) -> None:
        signal.signal(number, signal.SIG_DFL)
        end()
        os.kill(os.getpid(), number)

    signal.signal(signal.SIGTERM, terminated)
