"""`async def` handlers on hosts that call plainly, and what every call leaves behind."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from time import time
from typing import Any

import pytest

from portable.base.logs import current
from portable.compute import dispatch
from portable.compute.context import Context
from portable.compute.running import alone, shared
from portable.errors import PortableError

Run = Callable[[Coroutine[Any, Any, Any]], Any]


async def who() -> str | None:
    await asyncio.sleep(0)
    context = current.get()
    return context.request_id if context else None


async def fail() -> None:
    raise ValueError("bad")


@pytest.fixture(params=[alone, shared], ids=["alone", "shared"])
def run(request: pytest.FixtureRequest) -> Iterator[Run]:
    found: Run = request.param()
    yield found
    loop = getattr(found, "__self__", None)
    if loop is not None:  # the loop of a process, which a host keeps until it ends
        loop.close()


def test_a_coroutine_runs_in_the_context_of_its_call(run: Run) -> None:
    assert run(who()) is None
    token = current.set(Context("request-7", "f", time() + 1))
    try:
        assert run(who()) == "request-7"
    finally:
        current.reset(token)
    with pytest.raises(ValueError, match="bad"):
        run(fail())
    assert run(who()) is None


def test_one_loop_serves_all_calls_so_that_clients_may_be_kept(run: Run) -> None:
    async def loop() -> asyncio.AbstractEventLoop:
        return asyncio.get_running_loop()

    assert run(loop()) is run(loop())


def test_all_functions_of_a_process_share_one_loop() -> None:
    async def loop() -> int:
        return id(asyncio.get_running_loop())

    assert shared()(loop()) == shared()(loop())


def test_calls_of_several_threads_overlap_on_a_shared_loop() -> None:
    run = shared()
    everyone = asyncio.Event()
    here: list[int] = []

    async def meet() -> int:
        here.append(1)
        if len(here) == 8:
            everyone.set()
        await asyncio.wait_for(everyone.wait(), 10)
        return 1

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(lambda _: run(meet()), range(8))) == 8


ENDINGS = [
    SystemExit(3),
    KeyboardInterrupt(),
    asyncio.CancelledError(),
    GeneratorExit(),
    BaseExceptionGroup("g", [SystemExit(1)]),
]


@pytest.mark.parametrize("ending", ENDINGS, ids=lambda ending: type(ending).__name__)
def test_what_ends_a_coroutine_does_not_end_the_loop(run: Run, ending: BaseException) -> None:
    async def end() -> None:
        await asyncio.sleep(0)
        raise ending

    with pytest.raises(type(ending)):
        run(end())
    assert run(who()) is None


def test_a_task_of_a_handler_that_raises_system_exit_ends_neither_the_loop_nor_other_calls(run: Run) -> None:
    async def leave() -> None:
        raise SystemExit(1)

    async def begin() -> str:
        task = asyncio.create_task(leave())
        task.add_done_callback(asyncio.Task.exception)  # asked for, so that nothing is logged while others are tested
        await asyncio.wait([task])
        return "went on" if isinstance(task.exception(), SystemExit) else ""

    with suppress(SystemExit):  # a loop of the calling thread: the call has failed
        assert run(begin()) == "went on"
    assert run(who()) is None


@pytest.mark.parametrize("ending", ENDINGS, ids=lambda ending: type(ending).__name__)
def test_what_would_end_the_process_fails_the_event_only(ending: BaseException) -> None:
    def call(value: object, context: Context) -> None:
        raise ending

    async def awaited(value: object, context: Context) -> None:
        raise ending

    context = Context("request-1", "f", time() + 1)
    for run_it in (
        lambda: dispatch.event(call, "tick", context),
        lambda: asyncio.run(dispatch.event_async(awaited, "tick", context)),
    ):
        with pytest.raises(PortableError, match=type(ending).__name__) as caught:
            run_it()
        assert caught.value.__cause__ is ending


def test_the_call_is_forgotten_after_an_event_even_when_it_raises() -> None:
    seen = []

    def call(value: object, context: Context) -> None:
        seen.append(current.get())
        raise ValueError(value)

    context = Context("request-1", "f", time() + 1)
    with pytest.raises(ValueError, match="tick"):
        dispatch.event(call, "tick", context)
    with pytest.raises(ValueError, match="tick"):
        asyncio.run(dispatch.event_async(call, "tick", context))
    assert seen == [context, context]
    assert current.get() is None


def test_the_context_counts_down_to_its_deadline() -> None:
    context = Context("request-1", "f", time() + 5, attempt=2)
    assert 4 < context.remaining() <= 5
    assert context.deadline.tzinfo is not None
    assert Context("request-1", "f", time() - 5).remaining() == 0
    assert (context.trace, context.attempt, context.native) == (None, 2, None)
