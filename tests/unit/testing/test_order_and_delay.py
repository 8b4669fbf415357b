"""Order within groups, delays, and how chaos tells what it found."""

from __future__ import annotations

import pytest
from unit.testing import aws_app as app

from portable.testing import at_least_once
from portable.testing.accidents.faults import Fault, read
from portable.testing.search.exploring import explore


@pytest.fixture
def portable_app():
    return app


def test_a_delayed_message_waits_for_its_time(cloud) -> None:
    begin = cloud.clock.now
    cloud.queue(app.later).send("later", delay=600)
    assert len(cloud.queue(app.later).pending) == 1
    cloud.settle()
    assert 600 <= (cloud.clock.now - begin).total_seconds() < 601
    assert cloud.queue(app.later).pending == []


def test_an_ordered_queue_keeps_order_when_a_message_is_tried_again(cloud) -> None:
    cloud.function(app.order).fail_next(RuntimeError("no"))
    for number in range(3):
        cloud.queue(app.orders).send(str(number), group="a")
        cloud.queue(app.orders).send(str(number), group="b")
    cloud.settle()
    assert cloud.table(app.catalog).get("orders", "a")["seen"] == ["0", "1", "2"]
    assert cloud.table(app.catalog).get("orders", "b")["seen"] == ["0", "1", "2"]


@at_least_once(runs=100)
def test_an_ordered_queue_stays_in_order(cloud) -> None:
    for number in range(3):
        cloud.queue(app.orders).send(str(number), group="a")
    cloud.settle()
    seen = cloud.table(app.catalog).get("orders", "a")["seen"]
    assert list(dict.fromkeys(seen)) == ["0", "1", "2"]


def failing(cloud) -> None:
    cloud.queue(app.orders).send("x")
    cloud.settle()
    assert cloud.table(app.catalog).scan().items[0]["seen"] == ["x"]


def told(cloud, seed: int) -> str:
    with pytest.raises(AssertionError) as caught:
        explore(lambda: failing(cloud), cloud, runs=50, seed=seed)
    return "\n".join(caught.value.__notes__)


def test_a_failure_tells_its_seed_and_the_shortest_schedule(cloud) -> None:
    note = told(cloud, 7)
    assert "seed 7" in note
    assert note.count("order, delivery") == 1
    assert "replay=['order/" in note


def test_the_same_seed_tells_the_same(cloud) -> None:
    state = cloud.snapshot()
    first = told(cloud, 3)
    cloud.restore(state)
    assert told(cloud, 3) == first


def test_what_was_told_can_be_replayed(cloud) -> None:
    state = cloud.snapshot()
    fault = read(told(cloud, 7).rpartition("replay=['")[2].partition("'")[0])
    cloud.restore(state)
    with pytest.raises(AssertionError):
        explore(lambda: failing(cloud), cloud, replay=(fault,))


def test_a_fault_is_written_and_read() -> None:
    fault = Fault("work", "ab12cd-1", 2, "crash", 3)
    assert read(fault.write()) == fault


def test_a_test_that_fails_without_accidents_is_not_blamed_on_them(cloud) -> None:
    with pytest.raises(AssertionError) as caught:
        explore(lambda: cloud.http.get("/nothing").expect(200), cloud)
    assert not hasattr(caught.value, "__notes__")
