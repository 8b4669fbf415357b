"""An error whose own methods raise or exit is one failed attempt, and the report of the batch is sent."""

from __future__ import annotations

import asyncio
from time import time
from typing import Any

import pytest

from portable.base.steps import do_async
from portable.compute.consume import Consumer, consume_batch, consuming_batch
from portable.compute.context import Context
from portable.eventing.message import Message


class Leaving(BaseException):
    """An error whose text ends the process."""

    def __str__(self) -> str:
        raise SystemExit(4)


class Wrapping(Exception):
    """An error that asks what it wraps, which is not there, and asks again."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


@pytest.mark.parametrize("kind", [Leaving, Wrapping])
def test_a_hostile_error_fails_its_own_message_only(kind: type[BaseException]) -> None:
    def handler(found: Message[bytes], given: Context) -> None:
        if found.id == "b":
            raise kind

    async def awaited(found: Message[bytes], given: Context) -> None:
        await asyncio.sleep(0)
        handler(found, given)

    batch: list[Any] = [(own, Message(own, b"", 1, {}, None)) for own in "abc"]
    context = Context("r", "work", time() + 9)
    assert consume_batch(Consumer("work", handler), batch, context) == ["b"]
    assert asyncio.run(do_async(consuming_batch(Consumer("work", awaited), batch, context))) == ["b"]
