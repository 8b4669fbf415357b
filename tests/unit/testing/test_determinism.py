"""What is random in a payload changes nothing; what cannot be repeated says so; time can be held still."""

from __future__ import annotations

import random
import time
from datetime import datetime
from uuid import uuid4

import pytest
from unit.testing import racing_app as app

from portable.testing.search.exploring import explore


@pytest.fixture
def portable_app():
    return app


def labels(cloud) -> list[tuple[str, str]]:
    return [(call.function, call.label) for call in cloud.calls]


def test_messages_are_named_by_the_order_of_their_sending(cloud) -> None:
    cloud.queue(app.many).send(2)
    cloud.queue(app.jobs).send(7)
    cloud.settle()
    assert sorted(labels(cloud)) == [("book", "m1.1"), ("book", "m1.2"), ("book", "m2"), ("send-all", "m1")]


def test_a_random_payload_changes_no_schedule(cloud) -> None:
    seen: list[list[str]] = []

    def body() -> None:
        for _ in range(3):
            cloud.queue(app.careful_jobs).send(random.randrange(10**9), attributes={"at": uuid4().hex})
        cloud.settle()
        seen.append(cloud.inside.steps())

    state = cloud.snapshot()
    explore(body, cloud, runs=30, seed=4)
    first = list(seen)
    seen.clear()
    cloud.restore(state)
    explore(body, cloud, runs=30, seed=4)
    assert seen == first


def test_what_passes_when_it_is_run_again_is_not_told_as_an_accident(cloud) -> None:
    runs: list[int] = []

    def body() -> None:
        runs.append(1)
        cloud.queue(app.careful_jobs).send(len(runs) % 7)
        cloud.settle()
        assert len(runs) != 5

    with pytest.raises(AssertionError) as caught:
        explore(body, cloud)
    (note,) = caught.value.__notes__
    assert note.startswith("Not reproducible: it failed under schedule 4 of 50")
    assert "the same resource calls both times" in note


def test_a_handler_that_decides_by_chance_is_told_where(cloud) -> None:
    numbers = iter((0, 0, 0, 1, 0, 0))

    def body() -> None:
        if next(numbers, 0):
            cloud.queue(app.jobs).send(1)
        cloud.queue(app.careful_jobs).send(1)
        cloud.settle()
        assert not [call for call in cloud.calls if call.function == "book"]

    with pytest.raises(AssertionError) as caught:
        explore(body, cloud)
    assert "Step 1 was “book m1: sums.get” the first time and “careful m1: sums.get” the second" in str(
        caught.value.__notes__
    )


def test_time_and_chance_stand_still_on_demand(cloud) -> None:
    pytest.importorskip("time_machine")
    seen: list[tuple[object, ...]] = []

    def body() -> None:
        begun = datetime.now()
        cloud.clock.advance(hours=1)
        assert (datetime.now() - begun).total_seconds() == 3600
        assert time.time() == cloud.clock.time()
        seen.append((begun, uuid4(), random.random()))

    explore(body, cloud, runs=3, freeze=True)
    assert len(set(seen)) == 1
    assert uuid4() != seen[0][1]
    assert abs(time.time() - datetime.now().timestamp()) < 1


def test_without_time_machine_it_says_what_to_install(cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "time_machine", None)
    with pytest.raises(Exception, match="pip install time-machine"):
        explore(lambda: None, cloud, freeze=True)
