"""One leader fires each due moment, whatever happens to the processes that want to lead."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from threading import Event

import pytest
from hosts.container_scheduler import moments
from servers.postgres import Postgres as Server
from servers.waiting import until

from portable_container.runtime.clients import Postgres
from portable_container.runtime.due import LATE, DueMoment, Scheduler
from portable_container.runtime.leases import Lease
from portable_container.runtime.schema import migrate
from portable_container.runtime.schema_database import Database

Every = Callable[[str, datetime, datetime], Iterator[datetime]]
PROGRAM = Path(__file__).parents[2] / "hosts" / "container_scheduler.py"


@pytest.fixture
def schema(request: pytest.FixtureRequest, admin: Postgres) -> str:
    name = f"{request.node.name[5:45]}_dev"
    migrate(admin, Database(name, ()))
    return name


def every_second(function: str, start: datetime, end: datetime) -> Iterator[datetime]:
    return moments(1, start, end)


def every_ten_minutes(function: str, start: datetime, end: datetime) -> Iterator[datetime]:
    return moments(600, start, end)


def scheduler(
    admin: Postgres, schema: str, fired: list[DueMoment], holder: str, seconds: float = 30, every: Every = every_second
) -> Scheduler:
    return Scheduler(admin, schema, ["tick"], every, fired.append, holder, seconds)


def set_back(admin: Postgres, schema: str, seconds: float) -> None:
    """Move what was noted of the past: as if nothing had led since then."""
    admin.rows(f'UPDATE "{schema}".portable_due SET due = due - $1::interval', [timedelta(seconds=seconds)], "due")


def test_of_two_one_holds_the_lease_until_it_ends_or_is_released(admin: Postgres, schema: str) -> None:
    first, second = Lease(admin, schema, "x", "first", 0.3), Lease(admin, schema, "x", "second", 0.3)
    assert first.hold()
    assert not second.hold()
    assert first.hold()
    assert (first.term, second.left() <= 0, first.left() > 0) == (1, True, True)
    time.sleep(0.35)
    assert first.left() <= 0
    assert second.hold()
    assert second.term == 2
    assert not first.hold()
    second.release()
    assert first.hold()
    assert first.term == 3


def test_the_moments_of_a_new_function_begin_now_and_none_is_left_out_at_a_change_of_the_leader(
    admin: Postgres, schema: str
) -> None:
    fired: list[DueMoment] = []
    first, second = (scheduler(admin, schema, fired, who, every=every_ten_minutes) for who in ("first", "second"))
    assert first.step() == 0
    set_back(admin, schema, 5 * 600)
    assert second.step() == 0, "it does not lead"
    first.lease.release()
    assert second.step() == 5
    assert [moment.attempts for moment in fired] == [1] * 5
    assert {after.due - before.due for before, after in pairwise(fired)} == {timedelta(minutes=10)}
    assert first.step() == second.step() == 0


def test_a_leader_that_is_stopped_fires_nothing_more_and_the_next_one_does(admin: Postgres, schema: str) -> None:
    fired: list[DueMoment] = []
    stopped = Event()

    def fire(moment: DueMoment) -> None:
        fired.append(moment)
        stopped.set()

    first = Scheduler(admin, schema, ["tick"], every_second, fire, "first", 0.3)
    first.step()
    set_back(admin, schema, 3)
    first._planned.clear()
    assert first.step(stopped) == 1
    first.lease.release()
    assert scheduler(admin, schema, fired, "second").step() >= 2
    assert len({moment.id for moment in fired}) == len(fired)


def test_what_a_dead_leader_began_is_fired_again_under_its_id(admin: Postgres, schema: str) -> None:
    fired: list[DueMoment] = []

    def die(moment: DueMoment) -> None:
        fired.append(moment)
        raise SystemExit

    first = Scheduler(admin, schema, ["tick"], every_second, die, "first", 0.3)
    first.step()
    set_back(admin, schema, 3)
    first._planned.clear()
    with pytest.raises(SystemExit):
        first.step()
    second = scheduler(admin, schema, fired, "second")
    time.sleep(0.35)
    assert second.step() >= 3
    assert fired[0].id == fired[1].id
    assert [moment.attempts for moment in fired[:3]] == [1, 2, 1]


def test_a_leader_whose_lease_has_ended_plans_nothing_and_goes_on_when_it_leads_again(
    admin: Postgres, schema: str
) -> None:
    fired: list[DueMoment] = []
    only = scheduler(admin, schema, fired, "only")
    only.step()
    set_back(admin, schema, 3)
    only._planned.clear()
    admin.rows(f"UPDATE \"{schema}\".portable_leases SET ends_at = '-infinity'", [], "leases")
    assert not only._plan()
    assert only.step() >= 3
    assert only.lease.term == 1


def test_a_moment_that_could_not_be_handed_over_is_fired_by_the_next_step(
    admin: Postgres, schema: str, caplog: pytest.LogCaptureFixture
) -> None:
    fired: list[DueMoment] = []

    def fail_once(moment: DueMoment) -> None:
        fired.append(moment)
        if len(fired) == 1:
            raise ConnectionError("the stream is away")

    only = Scheduler(admin, schema, ["tick"], every_second, fail_once, "only", 30)
    only.step()
    set_back(admin, schema, 2)
    only._planned.clear()
    assert only.step() == 1
    assert only.step() >= 1
    assert [moment.attempts for moment in fired[:3]] == [1, 1, 2]
    assert "is fired again" in caplog.text


def test_what_is_late_by_hours_is_left_out_with_a_warning_and_old_rows_are_forgotten(
    admin: Postgres, schema: str, caplog: pytest.LogCaptureFixture
) -> None:
    fired: list[DueMoment] = []
    hourly = Scheduler(admin, schema, ["tick"], lambda f, s, e: moments(3600, s, e), fired.append, "only", 30)
    hourly.step()
    set_back(admin, schema, 10 * 86_400)
    hourly._planned.clear()
    assert hourly.step() == 1
    assert fired[0].due > datetime.now(UTC) - LATE
    assert "is left out" in caplog.text
    assert len(admin.rows(f'SELECT 1 FROM "{schema}".portable_due', [], "due")) == 3
    admin.rows(f"UPDATE \"{schema}\".portable_due SET fired_at = fired_at - interval '8 days'", [], "due")
    hourly.forget()
    assert len(admin.rows(f'SELECT 1 FROM "{schema}".portable_due', [], "due")) == 1


def test_leaders_that_are_killed_lose_no_moment(
    postgresql: Server, admin: Postgres, schema: str, tmp_path: Path
) -> None:
    kills, every = int(os.environ.get("PORTABLE_KILLS", "2")), "0.05"
    file, chance, running, killed = tmp_path / "fired", random.Random(3), [], set()
    file.touch()

    def start() -> None:
        command = [sys.executable, PROGRAM, postgresql.uri, schema, file, "2", every]
        running.append(subprocess.Popen([str(part) for part in command]))

    def leader() -> int | None:
        lines = [line.split() for line in file.read_text().splitlines() if "tick" in line]
        alive = {process.pid for process in running}
        return next((int(line[0]) for line in lines[::-1] if int(line[0]) in alive), None)

    start()
    start()
    for _ in range(kills):
        until(leader, lambda pid: pid is not None, 20)
        time.sleep(chance.uniform(0, 0.3))
        process = next(process for process in running if process.pid == leader())
        process.send_signal(signal.SIGKILL)
        process.wait(10)
        running.remove(process)
        killed.add(process.pid)
        start()
    until(leader, lambda pid: pid is not None, 20)
    for process in running:
        process.terminate()
        process.wait(10)
    fired = [line.split() for line in file.read_text().splitlines() if "tick" in line]
    due = sorted({datetime.fromisoformat(line[1].partition("/")[2]) for line in fired})
    assert due == list(moments(float(every), due[0], due[-1] + timedelta(microseconds=1))), "none is lost"
    assert len({line[0] for line in fired}) > kills, "each kill changed the leader"
    twice = {name for name, times in Counter(line[1] for line in fired).items() if times > 1}
    assert len(twice) <= kills
    for name in twice:  # the leader died between firing and noting it
        first, second = [line for line in fired if line[1] == name]
        assert int(first[0]) in killed
        assert (first[2], second[2]) == ("1", "2")
