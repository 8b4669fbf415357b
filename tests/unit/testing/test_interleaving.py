"""Deliveries at the same time: races are found and told step by step, right handlers pass, deadlocks end."""

from __future__ import annotations

import re
import threading
from time import monotonic

import pytest
from unit.testing import racing_app as app

from portable.testing import at_least_once
from portable.testing.accidents.faults import KINDS, read
from portable.testing.scheduler import Deadlock
from portable.testing.search.exploring import explore


@pytest.fixture
def portable_app():
    return app


def three(cloud, queue) -> None:
    for number in range(3):
        cloud.queue(queue).send(number)
    cloud.settle()
    assert sorted(cloud.table(app.sums).get("all")["seen"]) == [0, 1, 2]


def note_of(cloud, body, **options) -> str:
    with pytest.raises(AssertionError) as caught:
        explore(body, cloud, **options)
    return "\n".join(caught.value.__notes__)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("queue", [app.jobs, app.async_jobs], ids=["def", "async def"])
def test_an_update_that_two_deliveries_lose_is_found_by_ordinary_use(cloud, queue, seed: int) -> None:
    assert re.search(r"schedule \d+ of 50", note_of(cloud, lambda: three(cloud, queue), seed=seed))


def test_the_steps_are_told_in_their_order(cloud) -> None:
    note = note_of(cloud, lambda: three(cloud, app.jobs), kinds=("interleave",))
    assert "it pauses before table sums.put (its resource call 2) while all other pending messages are handled" in note
    steps = [line.strip() for line in note.splitlines() if re.match(r"  \d+\. book m\d:", line)]
    assert steps[0] == "1. book m1: sums.get"
    assert steps[-1].endswith("book m1: sums.put")
    assert len(steps) == 6


def test_a_schedule_with_pauses_is_replayed(cloud) -> None:
    state = cloud.snapshot()
    note = note_of(cloud, lambda: three(cloud, app.jobs), kinds=("interleave",))
    fault = read(note.rpartition("replay=['")[2].partition("'")[0])
    cloud.restore(state)
    assert "schedule 1 of" in note_of(cloud, lambda: three(cloud, app.jobs), replay=(fault,))


@at_least_once(runs=300)
def test_a_handler_that_writes_under_a_condition_is_not_accused(cloud) -> None:
    three(cloud, app.careful_jobs)


@at_least_once(runs=200)
def test_messages_of_one_group_never_run_together(cloud) -> None:
    for number in range(3):
        cloud.queue(app.ordered_jobs).send(number, group="a")
    cloud.settle()
    assert cloud.table(app.sums).get("all")["seen"] == [0, 1, 2]


@at_least_once(runs=15, kinds=["interleave", "twin", "slow"])
def test_a_lock_of_the_process_is_waited_for_and_nothing_hangs(cloud) -> None:
    three(cloud, app.locked_jobs)


@at_least_once(runs=15, kinds=["interleave", "twin", "slow"])
def test_an_asyncio_lock_is_shared_by_all_calls_and_nothing_hangs(cloud) -> None:
    three(cloud, app.awaited_jobs)


def test_a_lock_of_the_process_does_not_guard_what_two_instances_do(cloud) -> None:
    note = note_of(cloud, lambda: three(cloud, app.locked_jobs))
    assert "while another instance of the function handles all other" in note


def test_calls_that_wait_for_one_another_are_a_deadlock_and_end(cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portable.testing.scheduler.DEADLOCK", 0.3)

    def body() -> None:
        cloud.queue(app.first_jobs).send(1)
        cloud.queue(app.second_jobs).send(1)
        cloud.settle()

    app.gate[0], app.other_gate[0] = threading.Lock(), threading.Lock()
    begun = monotonic()
    faults = tuple(read(f"{name}/{label}/1/interleave@2") for name, label in (("first", "m1"), ("second", "m2")))
    with pytest.raises(Deadlock, match="first m1 and second m2 did not end") as caught:
        explore(body, cloud, replay=faults)
    assert monotonic() - begun < 20
    assert "second, delivery 1 of message m2: it pauses before" in caught.value.__notes__[0]


def test_requests_at_once_take_turns_at_their_resource_calls(cloud) -> None:
    answers = cloud.at_once(*(lambda: cloud.http.post("/stock/tea").expect(200).json() for _ in range(2)))
    assert answers == [{"taken": True}, {"taken": True}]  # the race
    answers = cloud.at_once(*(lambda: cloud.http.post("/safe/tea").expect(200).json() for _ in range(3)))
    assert sorted(answer["taken"] for answer in answers) == [False, False, True] or not any(
        answer["taken"] for answer in answers
    )


def at_once(cloud, path: str) -> None:
    answers = cloud.at_once(*(lambda: cloud.http.post(path).expect(200).json() for _ in range(2)))
    assert [answer["taken"] for answer in answers].count(True) == 1


def test_requests_at_once_are_explored(cloud) -> None:
    note = note_of(cloud, lambda: at_once(cloud, "/stock/tea"))
    assert "take, request a1.r1: it pauses before table sums.put" in note
    assert "1. take a1.r1: sums.get" in note


@at_least_once(runs=60)
def test_right_requests_at_once_are_not_accused(cloud) -> None:
    at_once(cloud, "/safe/tea")


def test_what_a_call_at_once_raises_is_raised_when_all_are_done(cloud) -> None:
    with pytest.raises(AssertionError, match="answered 404"):
        cloud.at_once(lambda: cloud.http.post("/nowhere").expect(200), lambda: cloud.http.post("/safe/x").expect(200))
    assert [call.function for call in cloud.calls] == ["take-safely"]


@pytest.mark.parametrize("wire", ["aws", "azure", "gcp"])
@pytest.mark.parametrize("queue", [app.jobs, app.async_jobs, app.careful_jobs], ids=lambda queue: queue.name)
def test_deliveries_at_once_go_over_every_wire(wire: str, queue) -> None:
    from portable.testing import Cloud
    from portable.testing.app import load_modules

    cloud = Cloud(load_modules([app]), wire=wire)
    try:
        if queue is app.careful_jobs:
            explore(lambda: three(cloud, queue), cloud, runs=60)
        else:
            assert "pauses before" in note_of(cloud, lambda: three(cloud, queue), kinds=("interleave",))
    finally:
        cloud.close()


def filled(cloud, queue, table_rows: bool = False) -> None:
    cloud.queue(queue).send(4)
    cloud.settle()
    if table_rows:
        assert len(cloud.table(app.sums).rows()) == 4
    else:
        assert sorted(cloud.table(app.sums).get("all")["seen"]) == [0, 1, 2, 3]


def test_messages_that_were_sent_in_part_are_missed(cloud) -> None:
    note = note_of(cloud, lambda: filled(cloud, app.many), kinds=("partial",))
    assert "queue jobs.send_many (its resource call 1) is done only in part" in note


def test_rows_that_were_written_in_part_are_missed(cloud) -> None:
    assert "done only in part" in note_of(cloud, lambda: filled(cloud, app.batches, table_rows=True))


def test_who_sends_what_is_left_is_not_accused(cloud) -> None:
    explore(lambda: filled(cloud, app.parts), cloud, runs=20, kinds=("partial",))


def test_every_kind_can_be_asked_for_alone(cloud) -> None:
    for kind in KINDS:
        explore(lambda: three(cloud, app.careful_jobs), cloud, runs=10, kinds=(kind,))


def followed(cloud, path: str, *, look: bool = False) -> None:
    cloud.http.post(f"/{path}/tea").expect(204)
    if look:
        assert cloud.table(app.sums).get("tea")["state"] == "new"
        assert len(cloud.queue(app.sent).pending) == 1
    cloud.settle()
    assert cloud.table(app.sums).get("tea")["state"] == "done"


def test_a_message_that_is_sent_before_its_row_is_written_is_found(cloud) -> None:
    note = note_of(cloud, lambda: followed(cloud, "early", look=False), kinds=("early",))
    assert "send-first, request r1: it pauses before table sums.put (its resource call 2) while what it sent" in note


@at_least_once(runs=60)
def test_who_sends_last_is_not_accused(cloud) -> None:
    followed(cloud, "late")


def test_what_the_test_would_see_does_not_come_early(cloud) -> None:
    explored = explore(
        lambda: followed(cloud, "early", look=True), cloud, runs=40, kinds=("early", "duplicate", "late")
    )
    assert explored.happened["early"] == 0
