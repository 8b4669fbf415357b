"""What follows from an accident is tried as well; an outage lasts; a batch breaks whole; instances and tasks keep apart."""

from __future__ import annotations

import pytest
from unit.testing import accidents_app as app

from portable.testing import at_least_once
from portable.testing.accidents.faults import read
from portable.testing.search.exploring import explore


@pytest.fixture
def portable_app():
    return app


def tell(cloud, body, **options) -> str:
    with pytest.raises(AssertionError) as caught:
        explore(body, cloud, **options)
    return caught.value.__notes__[0]


def test_a_loop_that_gives_up_silently_is_found_by_an_outage(cloud) -> None:
    def body() -> None:
        cloud.queue(app.tries).send("a")
        cloud.settle()
        assert cloud.table(app.there).rows() == [{"id": "a"}]

    assert "and so do the next calls of that resource, 6 in all" in tell(cloud, body)


@at_least_once
def test_a_loop_that_never_gives_up_outlasts_an_outage(cloud) -> None:
    cloud.queue(app.patient).send("a")
    cloud.settle()
    assert cloud.table(app.there).rows() == [{"id": "a"}]


def test_what_only_a_late_message_leads_to_gets_an_accident_too(cloud) -> None:
    cloud.table(app.there).put({"id": "a", "seen": 1})

    def body() -> None:
        cloud.queue(app.touches).send("a")
        cloud.queue(app.sweeps).send("now")
        cloud.settle()
        assert cloud.table(app.there).rows() == [{"id": "a", "seen": 9}]

    note = tell(cloud, body)
    assert "  2. " in note
    assert "before table there.delete" in note


def test_a_call_that_takes_a_batch_breaks_with_all_its_records(cloud) -> None:
    def body() -> None:
        for number in range(4):
            cloud.stream(app.moves).send({"key": f"k{number}", "number": number})
        cloud.settle()
        assert len(cloud.table(app.there).rows()) == 4

    assert "moves, delivery 1 of message" in tell(cloud, body)


def test_what_a_batch_returned_as_failed_at_last_is_dropped(cloud) -> None:
    cloud.stream(app.refused).send({"key": "a"})
    cloud.settle()
    (dropped,) = cloud.dropped
    assert str(dropped).startswith("refuse dropped message m1 after 2 attempts (RuntimeError")


def test_a_lock_of_the_module_does_not_keep_two_instances_apart(cloud) -> None:
    def body() -> None:
        found = cloud.at_once(*(lambda: cloud.http.post("/seats") for _ in range(2)))
        assert sorted(answer.status_code for answer in found) == [201, 409]

    assert "another instance of the function" in tell(cloud, body)


@pytest.mark.parametrize("faults", [("interleave@2", "interleave@3"), ("twin@2", "interleave@3", "interleave@4")])
def test_tasks_of_one_call_rest_and_go_on_together(cloud, faults) -> None:
    def body() -> None:
        for name in ("m", "n"):
            cloud.queue(app.lists).send([f"{name}{number}" for number in range(4)])
        cloud.settle()
        assert len(cloud.table(app.there).rows()) == 8

    explore(body, cloud, replay=tuple(read(f"store/m1/1/{fault}") for fault in faults))


@at_least_once
def test_a_handler_whose_own_thread_died_has_died(cloud) -> None:
    cloud.queue(app.threads).send(["a", "b", "c"])
    cloud.settle()
    assert len(cloud.table(app.there).rows()) == 3


def test_rows_that_are_put_and_deleted_at_once_may_only_be_deleted(cloud) -> None:
    cloud.table(app.there).put({"id": "a"})

    def body() -> None:
        cloud.queue(app.renames).send("go")
        cloud.settle()
        assert cloud.table(app.there).rows() == [{"id": "b"}]

    assert "table there.batch_write (its resource call 2) is done only in part" in tell(cloud, body)
