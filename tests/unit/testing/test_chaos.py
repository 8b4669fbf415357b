"""Chaos: what happens, that it is legal, that it is repeated by its seed, and that it is told as shortly as can be."""

from __future__ import annotations

from unit.testing import kit_app as app

from portable.testing import at_least_once
from portable.testing.accidents.faults import KINDS
from portable.testing.search.exploring import explore


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
    explored = explore(lambda: photos_flow(cloud), cloud, runs=120, seed=1)
    assert explored.runs == 120
    assert set(explored.happened) == set(KINDS) - {"client", "partial", "early"}  # it has no such calls


@at_least_once(runs=50)
def test_poison_is_dead_once_whatever_happens(cloud) -> None:
    cloud.queue(app.jobs).send(app.Job("poison"))
    cloud.queue(app.jobs).send(app.Job("good"))
    cloud.settle()
    assert [dead.json() for dead in cloud.queue(app.jobs).dead_letters] == [{"name": "poison"}]
    assert len(cloud.failures) == 3
    assert cloud.table(app.catalog).get("news", "good")["announced"] is True


def test_chaos_as_dense_as_can_be_comes_to_rest(cloud) -> None:
    cloud.chaos(seed=5, density=1.0)
    photos_flow(cloud)
    assert len(cloud.calls) < 200


@at_least_once(runs=40)
def test_a_schedule_is_done_when_fire_returns(cloud) -> None:
    cloud.schedule(app.nightly).fire(at="2026-07-01T02:30")
    assert len(cloud.table(app.catalog).query("ticks").items) == 1
