"""The loop of hosts that call plainly: few questions to the system, and no answer that is never heard."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from portable.compute.loops import ROUNDS, PatientSelector, new_loop
from portable.compute.running import alone


@pytest.fixture
def run() -> Iterator[Any]:
    found: Any = alone()
    yield found
    found.__self__.close()


def test_steps_that_wait_do_not_keep_input_waiting() -> None:
    left, right = socket.socketpair()
    left.setblocking(False)

    async def busy() -> bytes:
        reading = asyncio.ensure_future(asyncio.get_running_loop().sock_recv(left, 1))
        await asyncio.sleep(0)
        right.send(b"x")
        for round_ in range(10 * ROUNDS):
            await asyncio.sleep(0)
            if reading.done():
                return reading.result() + bytes([round_])
        raise AssertionError("the input was never heard")

    loop = new_loop()
    try:
        found = loop.run_until_complete(busy())
    finally:
        loop.close()
        left.close()
        right.close()
    assert found[:1] == b"x"
    assert found[1] <= 3 * ROUNDS


def test_a_call_that_awaits_nothing_asks_the_system_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(PatientSelector.__base__, "select", lambda self, timeout=None: asked.append(timeout) or [])

    async def quick() -> int:
        return 1

    loop = new_loop()
    try:
        assert [loop.run_until_complete(quick()) for _ in range(3)] == [1, 1, 1]
    finally:
        loop.close()
    assert asked == []


def test_a_timer_is_kept() -> None:
    loop = new_loop()

    async def wait() -> float:
        began = loop.time()
        await asyncio.sleep(0.02)
        return loop.time() - began

    try:
        assert loop.run_until_complete(wait()) >= 0.019
    finally:
        loop.close()


def test_a_task_that_nobody_waits_for_begins_and_goes_on_in_the_next_call(run: Any) -> None:
    steps: list[str] = []

    async def later() -> None:
        steps.append("begun")
        await asyncio.sleep(0)
        steps.append("ended")

    async def handler() -> None:
        steps.append("called")
        handler.task = asyncio.create_task(later())  # type: ignore[attr-defined]

    async def wait() -> None:
        await handler.task  # type: ignore[attr-defined]

    run(handler())
    assert steps == ["called", "begun"]
    run(wait())
    assert steps == ["called", "begun", "ended"]


@pytest.mark.parametrize("tasks", [0, 1])
def test_a_handler_that_stops_its_loop_fails_that_call_only(run: Any, tasks: int) -> None:

    async def stop() -> None:
        for _ in range(tasks):
            asyncio.get_running_loop().create_task(asyncio.sleep(0))
        asyncio.get_running_loop().stop()
        await asyncio.sleep(1)

    async def fine() -> int:
        await asyncio.sleep(0)
        return 7

    for _ in range(3):
        with pytest.raises(RuntimeError, match="stopped the event loop"):
            run(stop())
        assert run(fine()) == 7


def test_a_task_of_a_handler_that_ends_the_loop_fails_that_call_only(run: Any) -> None:

    begun: list[asyncio.Task[None]] = []

    async def leave() -> None:
        raise SystemExit(1)

    async def handler() -> None:
        begun.append(asyncio.get_running_loop().create_task(leave()))
        await asyncio.sleep(1)

    async def fine() -> int:
        await asyncio.sleep(0)
        return 7

    for _ in range(3):
        with pytest.raises(SystemExit):
            run(handler())
        assert isinstance(begun.pop().exception(), SystemExit)
        assert run(fine()) == 7
