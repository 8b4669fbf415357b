"""The loop of hosts that call plainly: few questions to the system, and no answer that is never heard."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest

from portable.compute.loops import ROUNDS, PatientSelector, new_loop


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
