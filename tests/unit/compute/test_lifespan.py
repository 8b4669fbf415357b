"""The lifespan of a mounted app: one startup for each instance, one shutdown, and what happens when they fail."""

from __future__ import annotations

import asyncio
import logging
import threading
from time import time
from typing import Any

import pytest

from portable.compute.context import Context
from portable.compute.lifespan import NAME, Lifespan
from portable.compute.mounted_asgi import handler
from portable.compute.running import _Alone, shared
from portable.errors import PortableError
from portable.eventing.request import Request
from portable.eventing.response import Response

CONTEXT = Context("1", "web", time() + 30)


class App:
    """An app that notes its life. `fails` is what its startup raises the first time."""

    def __init__(self, fails: Exception | None = None) -> None:
        self.life: list[str] = []
        self.fails = fails

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await self._live(scope, receive, send)
            return
        self.life.append(scope["path"])
        scope["state"]["mine"] = 1
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body", "body": b"%d" % len(scope["state"])})

    async def _live(self, scope: Any, receive: Any, send: Any) -> None:
        assert (await receive())["type"] == "lifespan.startup"
        await asyncio.sleep(0)
        self.life.append("startup")
        if self.fails is not None:
            error, self.fails = self.fails, None
            await send({"type": "lifespan.startup.failed", "message": f"Traceback\n{error}\n"})
            raise error
        scope["state"]["pool"] = 1
        await send({"type": "lifespan.startup.complete"})
        assert (await receive())["type"] == "lifespan.shutdown"
        await asyncio.sleep(0)
        self.life.append("shutdown")
        await send({"type": "lifespan.shutdown.complete"})


def calls(app: Any, *paths: str) -> Any:
    """Return a coroutine that sends requests at once."""
    handle = handler(app, "", "web", ())

    async def run() -> list[Response]:
        return await asyncio.gather(*(handle(Request("GET", path), CONTEXT) for path in paths))

    return run()


def test_requests_that_come_at_once_wait_for_one_startup() -> None:
    app = App()
    found = asyncio.run(calls(app, "/a", "/b"))
    assert app.life == ["startup", "/a", "/b", "shutdown"]
    assert [response.body for response in found] == [b"2", b"2"]  # each has its own copy of the state


def test_a_startup_that_fails_is_an_error_with_its_cause_and_is_tried_again() -> None:
    app = App(OSError("no database"))
    handle = handler(app, "", "web", ())

    async def run() -> Response:
        with pytest.raises(PortableError, match="the startup of the mounted app failed: no database") as raised:
            await handle(Request("GET", "/a"), CONTEXT)
        assert isinstance(raised.value.__cause__, OSError)
        return await handle(Request("GET", "/b"), CONTEXT)

    assert asyncio.run(run()).status == 200
    assert app.life == ["startup", "startup", "/b", "shutdown"]


def test_an_app_without_a_lifespan_is_asked_once() -> None:
    asked: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        asked.append(scope["type"])
        assert scope["type"] == "http", "no lifespan here"
        await App()(scope, receive, send)

    asyncio.run(calls(app, "/a", "/b"))
    assert asked == ["lifespan", "http", "http"]


def test_a_shutdown_that_fails_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    class Failing(App):
        async def _live(self, scope: Any, receive: Any, send: Any) -> None:
            await super()._live(scope, receive, send)
            raise OSError("the pool is broken")

    with caplog.at_level(logging.ERROR, "portable"):
        asyncio.run(calls(Failing(), "/a"))
    assert "the shutdown of the mounted app failed: the pool is broken" in caplog.text


def begun(app: App) -> Any:
    async def begin() -> Lifespan:
        found = Lifespan(app, {})
        await found.started()
        return found

    return begin()


def test_a_loop_that_runs_only_during_calls_is_run_once_more_at_the_end() -> None:
    app, alone = App(), _Alone()
    lifespan = alone.run(begun(app))
    assert app.life == ["startup"]
    lifespan.end()
    lifespan.end()
    assert (app.life, lifespan.over) == (["startup", "shutdown"], True)
    alone.close()


def test_a_loop_in_another_thread_is_asked_and_waited_for() -> None:
    app = App()
    lifespan = shared()(begun(app))
    lifespan.end()
    assert app.life == ["startup", "shutdown"]
    lifespan.loop.call_soon_threadsafe(lifespan.loop.stop)


def test_the_end_on_a_loop_that_is_closed_or_runs_here_does_nothing() -> None:
    app, alone = App(), _Alone()
    lifespan = alone.run(begun(app))

    async def end_inside() -> None:
        lifespan.end()

    alone.run(end_inside())
    assert app.life == ["startup"]
    lifespan.end()
    alone.close()
    other = _Alone()
    orphan = other.run(begun(app))
    other.close()
    orphan.end()
    assert app.life == ["startup", "shutdown", "startup"]
    orphan._task._log_destroy_pending = False  # type: ignore[attr-defined]


def test_the_task_of_an_app_keeps_the_threads_of_anyio() -> None:
    """Without a task that looks like the one of `run_until_complete`, anyio starts a thread for each call."""
    from anyio.to_thread import run_sync

    alone, used = _Alone(), set[int]()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            used.add(await run_sync(threading.get_ident))
        await App()(scope, receive, send)

    handle = handler(app, "", "web", ())
    before = threading.active_count()
    for _ in range(5):
        alone.run(handle(Request("GET", "/"), CONTEXT))
    assert len(used) == 1
    (task,) = (task for task in asyncio.all_tasks(alone._loop) if task.get_name() == NAME)
    task.remove_done_callback(asyncio.base_events._run_until_complete_cb)  # type: ignore[attr-defined]
    task.cancel()
    alone._loop.run_until_complete(asyncio.wait([task]))
    alone._loop.run_until_complete(asyncio.sleep(0.01))
    assert threading.active_count() == before
    alone.close()
