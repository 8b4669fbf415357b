"""A message that is given up and goes nowhere is told: in the summary, also when only accidents do it."""

from __future__ import annotations

import re
import sys
from typing import Annotated

import pytest

from portable import Message, Queue, Table, TableReadWriter, function
from portable.testing.search.exploring import explore

jobs = Queue("jobs")
seen = Table("seen", key="id")
poison = Queue("poison")


@function(jobs.messages())
def fragile(message: Message[str], rows: Annotated[TableReadWriter, seen]) -> None:
    """It marks the message first and refuses it for ever when it comes again."""
    rows.put({"id": message.payload}, if_absent=True)
    rows.update("last", set={"id_of": message.payload})


@function(poison.messages())
def refuse(message: Message[str]) -> None:
    raise ValueError("no")


@pytest.fixture
def portable_app():
    return sys.modules[__name__]


def test_what_only_accidents_drop_is_told_with_its_schedule(cloud) -> None:
    def body() -> None:
        cloud.queue(jobs).send("a")
        cloud.settle()

    (told,) = explore(body, cloud).dropped.values()
    assert re.match(r"under accidents \(schedule \d+ of 50\): fragile gave up message m1 after 3 attempts", told)


def test_what_is_dropped_anyway_is_known_and_no_accident(cloud) -> None:
    def body() -> None:
        cloud.queue(poison).send("a")
        cloud.settle()
        assert [(dropped.function, dropped.message) for dropped in cloud.dropped] == [("refuse", "m1")]

    assert explore(body, cloud, runs=30).dropped == {}
