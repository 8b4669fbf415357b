"""The first step of an `async def` call runs at once: nothing that the handler does can tell."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextvars import ContextVar
from typing import Any

import pytest

from portable.compute.loops import Loop
from portable.compute.running import alone


@pytest.fixture
def run() -> Iterator[Any]:
    found: Any = alone()
    yield found
    found.__self__.close()


@pytest.fixture
def rounds(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Count how often the loop itself runs."""
    counted: list[int] = []
    whole = Loop.run_forever

    def run_forever(loop: Loop) -> None:
        counted.append(1)
        whole(loop)

    monkeypatch.setattr(Loop, "run_forever", run_forever)
    return counted


async def nothing() -> str:
    return "done"


def test_a_call_that_awaits_nothing_does_not_run_the_loop(run: Any, rounds: list[int]) -> None:
    assert [run(nothing()) for _ in range(5)] == ["done"] * 5
    assert not rounds


def test_the_first_step_sees_a_running_loop_and_its_own_task(run: Any) -> None:
    async def look() -> tuple[bool, bool, Any]:
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(10):
            await nothing()
            task = asyncio.current_task()
        found = loop.is_running(), task in asyncio.all_tasks(), task
        with pytest.raises(RuntimeError, match="already running"):
            loop.run_forever()  # last: on Python 3.13 the refusal itself takes the running loop away
        return found

    running, known, task = run(look())
    assert running
    assert known
    assert isinstance(task, asyncio.Task)
    with pytest.raises(RuntimeError, match="no running event loop"):
        asyncio.get_running_loop()


def test_a_variable_that_a_call_sets_is_its_own(run: Any) -> None:
    variable: ContextVar[str] = ContextVar("variable", default="none")

    async def change(wait: bool) -> str:
        before = variable.get()
        variable.set("changed")
        if wait:
            await asyncio.sleep(0)
        return f"{before}, {variable.get()}"

    assert [run(change(wait)) for wait in (False, True, False)] == ["none, changed"] * 3
    assert variable.get() == "none"


def test_a_task_that_is_not_awaited_gets_its_first_step_and_the_others_in_later_calls(run: Any) -> None:
    seen: list[int] = []

    async def count() -> None:
        for number in range(3):
            seen.append(number)
            await asyncio.sleep(0)

    async def begin() -> None:
        kept.append(asyncio.create_task(count()))

    kept: list[Any] = []
    run(begin())
    assert seen == [0]
    for _ in range(3):
        run(nothing())
    assert seen == [0, 1, 2]
    assert kept[0].done()


def test_a_timer_of_an_earlier_call_goes_off_in_a_later_one(run: Any) -> None:
    gone = threading.Event()

    async def begin() -> None:
        asyncio.get_running_loop().call_later(0.001, gone.set)

    run(begin())
    for _ in range(10_000):
        run(nothing())
        if gone.wait(0.001):
            return
    raise AssertionError("the timer was forgotten")


def test_what_a_thread_hands_to_the_loop_is_done_by_the_next_call(run: Any) -> None:
    done: list[int] = []

    async def loop() -> asyncio.AbstractEventLoop:
        return asyncio.get_running_loop()

    found = run(loop())
    thread = threading.Thread(target=lambda: found.call_soon_threadsafe(done.append, 1))
    thread.start()
    thread.join()
    run(nothing())
    assert done == [1]


def test_an_open_socket_of_an_earlier_call_is_still_heard(run: Any) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read(1))
        writer.close()

    async def begin() -> None:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        _, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.write(b"x")
        kept.append((server, writer))

    async def end() -> None:
        for server, writer in kept:
            writer.close()
            server.close()
        await asyncio.sleep(0)

    heard: list[bytes] = []
    kept: list[Any] = []
    run(begin())
    for _ in range(1000):
        run(nothing())
    run(end())
    assert heard == [b"x"]


def test_an_async_generator_that_was_left_is_closed_by_the_loop(run: Any) -> None:
    closed: list[bool] = []

    async def numbers() -> AsyncIterator[int]:
        try:
            yield 1
            yield 2
        finally:
            await asyncio.sleep(0)
            closed.append(True)

    async def leave() -> int:
        return await anext(numbers())

    assert run(leave()) == 1
    for _ in range(5):
        run(nothing())
    assert closed == [True]


def test_a_handler_that_stops_the_loop_does_not_stop_the_next_call(run: Any) -> None:
    async def stop() -> str:
        asyncio.get_running_loop().stop()
        return "stopped"

    async def wait() -> str:
        await asyncio.sleep(0.001)
        return "waited"

    assert run(stop()) == "stopped"
    assert run(wait()) == "waited"
