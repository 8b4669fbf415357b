"""A record whose write was done, but whose reply was lost."""

from __future__ import annotations

import time
from typing import Any

import pytest

from portable.compute.context import Context
from portable.errors import Timeout, Unavailable
from portable.eventing.message import Message
from portable.persistence.clients import TableReadWriter
from portable.persistence.idempotency import Idempotent
from portable.persistence.idempotency_calls import MessageCall
from portable.persistence.memory import MemoryTable
from portable.persistence.table import Table

SEEN = Table("seen", key="id", ttl="expires")


class Lossy:
    """A table whose first write is done, but its reply is lost."""

    def __init__(self, error: type[Exception]) -> None:
        self._driver = MemoryTable(SEEN)
        self._error: type[Exception] | None = error

    def of(self, table: Table) -> Lossy:
        return self

    def update(self, write: Any) -> Any:
        row = self._driver.update(write)
        if self._error is not None:
            error, self._error = self._error, None
            raise error("the reply is lost")
        return row

    def __getattr__(self, name: str) -> Any:
        return getattr(self._driver, name)


@pytest.mark.parametrize("error", [Unavailable, Timeout])
def test_a_record_that_was_taken_though_the_reply_was_lost_is_ours(error: type[Exception]) -> None:
    runs: list[str] = []
    lossy: Any = Lossy(error)
    call = MessageCall(lambda message, context: runs.append(message.id), Idempotent(SEEN), "work", lossy)
    message = Message("m-1", b"x", 1, {}, None, None)
    for _ in range(2):
        call(message, Context("c", "work", time.time() + 30, message))
    assert runs == ["m-1"]
    rows: TableReadWriter[Any] = TableReadWriter(SEEN, lossy)
    assert [row["state"] for row in rows.scan().items] == ["done"]
