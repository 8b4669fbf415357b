"""What the search tries: requests at another instance, two pauses together; how it tells what it found."""

from __future__ import annotations

import pytest
from unit.testing import instances_app as app

from portable.testing.accidents.chaos import Chaos
from portable.testing.accidents.faults import Fault
from portable.testing.search.exploring import explore
from portable.testing.world.observing import NeverEnds


@pytest.fixture
def portable_app():
    return app


def _a_color_is_seen(cloud) -> None:
    text = {"content-type": "text/plain"}
    for color in ("red", "blue"):
        cloud.http.put("/colors/sky", content=color, headers=text).expect(204)
        assert cloud.http.get("/colors/sky").expect(200).text == color


def _an_order_is_booked_and_mailed(cloud) -> None:
    cloud.queue(app.incoming).send("o")
    cloud.settle()
    assert cloud.table(app.orders).get("o") == {"id": "o", "new": True, "booked": True, "mailed": True}


def test_a_request_may_be_handled_by_another_instance(cloud) -> None:
    with pytest.raises(AssertionError) as caught:
        explore(lambda: _a_color_is_seen(cloud), cloud)
    assert "paint, request r3: is handled by another instance of the function" in caught.value.__notes__[0]


def test_what_each_instance_remembers_is_its_own_again_in_the_next_schedule(cloud) -> None:
    first = Fault("paint", "r1", 1, "restart")
    explore(lambda: _a_color_is_seen(cloud), cloud, replay=(first,))
    explore(lambda: _a_color_is_seen(cloud), cloud, replay=(first,))


def test_a_request_that_breaks_is_told_with_the_call_at_which_it_broke(cloud) -> None:
    with pytest.raises(AssertionError) as caught:
        explore(lambda: cloud.http.post("/members/ada").expect(201), cloud, http=True, kinds=("crash",))
    assert (
        "join, request r1: the process dies after table members.put (its resource call 2); "
        "its client sends the request again"
    ) in caught.value.__notes__[0]


@pytest.mark.parametrize("seed", range(6))
def test_a_mistake_that_needs_two_pauses_is_found(cloud, seed: int) -> None:
    with pytest.raises(AssertionError) as caught:
        explore(lambda: _an_order_is_booked_and_mailed(cloud), cloud, seed=seed)
    assert "Not reproducible" not in caught.value.__notes__[0]


def test_a_call_pauses_once_at_one_place(cloud) -> None:
    twice = tuple(Fault("book", "m1", 1, kind, 3) for kind in ("twin", "interleave"))
    chaos = Chaos(cloud.inside.world.observer.names, faults=twice)
    cloud.accidents(chaos)
    cloud.queue(app.incoming).send("o")
    cloud.settle()
    cloud.accidents(None)
    assert chaos.done == [twice[0]]


def test_without_accidents_events_come_in_the_order_of_a_plain_run(cloud) -> None:
    def body() -> list[str]:
        bucket = cloud.bucket(app.files)
        bucket.put("a", b"1")
        bucket.delete("a")
        bucket.put("a", b"2")
        cloud.settle()
        return [call.function for call in cloud.calls]

    state = cloud.snapshot()
    plain = body()
    assert plain == ["created", "deleted", "created"]
    cloud.restore(state)
    cloud.accidents(Chaos(cloud.inside.world.observer.names, faults=()))
    assert body() == plain
    cloud.accidents(None)


def test_a_handler_that_tries_for_ever_is_ended_and_told(cloud) -> None:
    cloud.queue(app.clicks).send("a")
    with pytest.raises(NeverEnds, match=r"click m1 made 10,000 resource calls in one call, .* colors\.update"):
        cloud.settle()
    with pytest.raises(NeverEnds, match="click-now r1 made"):
        cloud.http.post("/clicks")


def test_a_handler_that_tries_for_ever_only_when_another_writes_is_found(cloud) -> None:
    cloud.table(app.colors).put({"name": "c", "n": 0})

    def body() -> None:
        for name in "ab":
            cloud.queue(app.clicks).send(name)
        cloud.settle()

    with pytest.raises(NeverEnds) as caught:
        explore(body, cloud, kinds=("interleave",))
    assert "it pauses before table colors.update (its resource call 2)" in caught.value.__notes__[0]
