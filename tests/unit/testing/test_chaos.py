"""Chaos: what happens, that it is legal, that it is repeated by its seed, and that it is told as shortly as can be."""

from __future__ import annotations

import pytest
from unit.testing import kit_app as app

from portable.testing import at_least_once
from portable.testing.exploring import explore
from portable.testing.faults import KINDS, Fault, read


def photos_flow(cloud) -> None:
    for name in ("a.jpg", "b.jpg", "c.jpg"):
        cloud.bucket(app.photos).put(name, b"xyz")
    cloud.settle()
    assert [row["name"] for row in cloud.table(app.catalog).query("ada").items] == ["a.jpg", "b.jpg", "c.jpg"]
    assert len(cloud.table(app.catalog).query("news").items) == 3
    assert cloud.queue(app.jobs).pending == []
    assert cloud.queue(app.jobs).dead_letters == []
    assert cloud.failures == []


@at_least_once(runs=60)
def test_a_correct_app_stands_every_accident(cloud) -> None:
    photos_flow(cloud)


@at_least_once
async def test_an_async_test_is_repeated_too(cloud) -> None:
    photos_flow(cloud)


def test_every_kind_of_accident_happens(cloud) -> None:
    explored = explore(lambda: photos_flow(cloud), cloud, runs=200, seed=1)
    assert explored.runs == 200
    assert set(explored.happened) == set(KINDS)


@at_least_once(runs=100)
def test_an_ordered_queue_stays_in_order(cloud) -> None:
    for number in range(3):
        cloud.queue(app.orders).send(str(number), group="a")
    cloud.settle()
    seen = cloud.table(app.catalog).get("orders", "a")["seen"]
    assert list(dict.fromkeys(seen)) == ["0", "1", "2"]


@at_least_once(runs=100)
def test_poison_is_dead_once_whatever_happens(cloud) -> None:
    cloud.queue(app.jobs).send(app.Job("poison"))
    cloud.queue(app.jobs).send(app.Job("good"))
    cloud.settle()
    assert [dead.json() for dead in cloud.queue(app.jobs).dead_letters] == [{"name": "poison"}]
    assert len(cloud.failures) == 3
    assert cloud.table(app.catalog).get("news", "good")["announced"] is True


@at_least_once(runs=40)
def test_a_schedule_is_done_when_fire_returns(cloud) -> None:
    cloud.schedule(app.nightly).fire(at="2026-07-01T02:30")
    assert len(cloud.table(app.catalog).query("ticks").items) == 1


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


