"""A task that a handler starts ends neither the loop of the host nor the calls beside it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from time import time
from typing import Any

import pytest

from portable.base.logs import current
from portable.compute.context import Context
from portable.compute.dispatch import http_async
from portable.compute.tasks import guard
from portable.eventing.request import Request
from portable.eventing.routing import Route, RouteTable


async def leave() -> None:
    await asyncio.sleep(0)
    sys.exit(3)


async def interrupt() -> None:
    raise KeyboardInterrupt


async def in_a_group() -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(leave())


async def awaited() -> None:
    await asyncio.create_task(interrupt())


async def generated() -> None:
    async def inner() -> None:
        raise GeneratorExit

    await asyncio.create_task(inner())


async def gathered() -> None:
    await asyncio.gather(leave(), asyncio.sleep(0))


async def left_alone() -> str:
    task = asyncio.create_task(leave())
    await asyncio.sleep(0.01)
    return type(task.exception()).__name__


async def given_up() -> str:
    task = asyncio.create_task(asyncio.sleep(9), name="mine")
    task.cancel()
    await asyncio.wait([task])
    return f"{task.get_name()} {task.cancelled()}"


@pytest.mark.parametrize(
    ("handler", "status", "text"),
    [
        (in_a_group, 500, None),
        (awaited, 500, None),
        (gathered, 500, None),
        (generated, 500, None),
        (left_alone, 200, "PortableError"),
        (given_up, 200, "mine True"),
    ],
)
def test_what_a_task_raises_stays_in_its_call(handler: Callable[[], Any], status: int, text: str | None) -> None:
    async def call(request: Any, context: Any) -> Any:
        return await handler()

    async def fine(request: Any, context: Any) -> str:
        await asyncio.sleep(0.02)
        return "fine"

    table = RouteTable([("/", {"GET": Route("f", call, 10)}), ("/fine", {"GET": Route("f", fine, 10)})])

    async def host() -> list[Any]:
        guard()
        guard()
        send = [http_async(table, Request("GET", path), Context("r", "f", time() + 9)) for path in ("/", "/fine")]
        return await asyncio.gather(*send)

    found, other = asyncio.run(host())
    assert (found.status, other.text_body) == (status, "fine")
    assert text in (None, found.text_body)


def test_the_tasks_of_the_host_are_its_own() -> None:
    async def host() -> None:
        guard()
        assert current.get() is None
        await asyncio.create_task(interrupt())

    with pytest.raises(KeyboardInterrupt):
        asyncio.run(host())


def test_a_factory_that_is_there_makes_the_tasks() -> None:
    made: list[str] = []

    def factory(loop: Any, coroutine: Any, **options: Any) -> asyncio.Task[Any]:
        made.append("task")
        return asyncio.Task(coroutine, loop=loop, **options)

    async def host() -> None:
        asyncio.get_running_loop().set_task_factory(factory)
        guard()
        token = current.set(Context("r", "f", time() + 9))
        await asyncio.gather(asyncio.create_task(asyncio.sleep(0)), return_exceptions=True)
        current.reset(token)
        assert made == ["task"]

    asyncio.run(host())
