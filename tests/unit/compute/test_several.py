"""Several events of one delivery are all handled, whatever becomes of each."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from portable.base.steps import do_async
from portable.compute.several import readable, run_all, running_all
from portable.errors import EventError


@pytest.mark.parametrize("awaited", [False, True])
def test_all_items_are_tried_and_the_first_error_is_raised(awaited: bool) -> None:
    seen: list[Any] = []
    foreign = EventError("an object", "a timer")

    def call(item: int) -> None:
        seen.append(item)
        if item == 1:
            raise SystemExit(item)

    async def wait(item: int) -> None:
        call(item)

    for items, kind in (([0, foreign, 1, 2], EventError), ([0, 1, foreign, 2], SystemExit)):
        seen.clear()
        with pytest.raises(kind):
            asyncio.run(do_async(running_all(items, wait))) if awaited else run_all(items, call)
        assert seen == [0, 1, 2]


def test_nothing_is_done_after_the_end_of_the_process() -> None:
    class Died(BaseException):
        ends_process = True

    seen: list[int] = []

    def call(item: int) -> None:
        seen.append(item)
        raise Died

    with pytest.raises(Died):
        run_all([1, 2], call)
    assert seen == [1]


def test_what_holds_nothing_readable_is_refused_as_a_whole() -> None:
    foreign = EventError("an object", "a timer")
    assert readable([foreign, 1]) == [foreign, 1]
    assert readable([]) == []
    with pytest.raises(EventError):
        readable([foreign, foreign])
