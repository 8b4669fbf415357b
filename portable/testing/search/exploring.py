"""Exploring: takes a test body; repeats it under many schedules of accidents, and reports the shortest that fails."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field

from portable.testing.accidents.chaos import Chaos
from portable.testing.accidents.faults import KINDS, Fault
from portable.testing.cloud import Cloud
from portable.testing.scheduler import Deadlock
from portable.testing.search.frozen import frozen
from portable.testing.search.schedules import Watched, schedules
from portable.testing.search.shrinking import again, shrink
from portable.testing.search.telling import not_reproducible, story
from portable.testing.session.snapshot import Snapshot


@dataclass
class Explored:
    """What one exploration did: the schedules it ran, how often each kind of accident happened, and what they dropped.

    `dropped` holds each message that was dropped only under accidents, with the schedule. This is not a failure by itself:
    an event about a deleted object may be refused at every attempt.
    """

    runs: int = 0
    happened: Counter[str] = field(default_factory=Counter)
    dropped: dict[tuple[str, str], str] = field(default_factory=dict)


def explore(
    body: Callable[[], object],
    cloud: Cloud,
    runs: int = 50,
    seed: int = 0,
    kinds: tuple[str, ...] = KINDS,
    replay: tuple[Fault, ...] | None = None,
    http: bool = False,
    freeze: bool = False,
) -> Explored:
    """Run a body once without accidents, then under `runs` schedules, each from the same state of the cloud.

    With `http` every request breaks as well, and is sent again as its client would. With `freeze` time and chance are the
    same in every run. Raises what the body raised under
    the shortest schedule that makes it fail, with a note that tells that schedule.
    """
    __tracebackhide__ = True
    cloud.test = cloud.test or body
    names = cloud._world.observer.names
    search = _Search(body, cloud, cloud.snapshot(), seed if freeze else None)
    try:
        watching = Chaos(names, seed, (), http=http)
        error = search.run(watching)
        if error is not None:
            raise error
        search.dropped = search.dropped_now()
        watched = Watched(watching.visits, list(cloud.calls), names)
        if replay is None:
            tried: Iterator[Chaos] = schedules(watched, runs, seed, kinds, http=http, made=lambda: list(cloud.calls))
        else:
            tried = iter([Chaos(names, seed, replay, http=http)])
        explored = Explored()
        for number, chaos in enumerate(tried, 1):
            error = search.run(chaos)
            explored.runs = number
            explored.happened.update(fault.kind for fault in chaos.done)
            for key in search.dropped_now() - search.dropped:
                line = next(str(found) for found in cloud.dropped if (found.function, found.message) == key)
                explored.dropped.setdefault(key, f"under accidents (schedule {number} of {runs}): {line}")
            if error is not None:
                raise search.explained(chaos, error, seed, number, runs)
        cloud.restore(search.state)
    finally:
        cloud.accidents(None)
    return explored


@dataclass
class _Search:
    """A body, the start state of each run, and the messages that it drops without accidents, too."""

    body: Callable[[], object]
    cloud: Cloud
    state: Snapshot
    frozen: int | None = None
    dropped: set[tuple[str, str]] = field(default_factory=set)
    deadlock: Deadlock | None = None

    def run(self, chaos: Chaos) -> BaseException | None:
        """Run the body under a schedule. Return its error. Nothing can run after a deadlock, as locks are still held."""
        if self.deadlock is not None:
            return None
        self.cloud.restore(self.state)
        self.cloud.accidents(chaos)
        try:
            with nullcontext() if self.frozen is None else frozen(self.cloud.clock, self.frozen):
                self.body()
            self.cloud.check()
        except Deadlock as error:
            self.deadlock = error
            error.add_note(story(chaos, self.cloud, chaos.seed, 1, 1, len(chaos.done)))
            return error
        except Exception as error:  # noqa: BLE001 - the body may raise anything
            return error
        except BaseException as error:
            if type(error).__name__ == "Failed":  # pytest.fail
                return error
            raise
        return None

    def dropped_now(self) -> set[tuple[str, str]]:
        """Return function and name of each message that was dropped and never handled."""
        good = {(call.function, call.label) for call in self.cloud.calls if call.error is None}
        return {(found.function, found.message) for found in self.cloud.dropped} - good

    def explained(self, chaos: Chaos, error: BaseException, seed: int, number: int, runs: int) -> BaseException:
        """Return the error of the shortest failing schedule, with an explanation."""
        if self.deadlock is not None:
            return self.deadlock
        first = self._steps()
        repeated = self.run(again(chaos, tuple(chaos.done)))
        if repeated is not None:
            least = shrink(chaos, self.run)
            shortest = self.run(least)
            if self.deadlock is not None:
                return self.deadlock
            if shortest is not None:
                shortest.add_note(story(least, self.cloud, seed, number, runs, len(chaos.done)))
                return shortest
        error.add_note(not_reproducible(first, self._steps(), number, runs, seed))
        return error

    def _steps(self) -> list[str]:
        return [str(step) for step in self.cloud._world.observer.steps]


def shrink_once(cloud: Cloud, state: Snapshot, body: Callable[[], object], chaos: Chaos, error: BaseException) -> None:
    """Add to the failure of a test that asked for chaos the shortest schedule that makes it fail."""

    def run(trial: Chaos) -> BaseException | None:
        cloud.restore(state)
        cloud.accidents(None)
        cloud._forced = trial
        try:
            body()
        except Exception as failed:  # noqa: BLE001 - the body may raise anything
            return failed
        return None

    first = [str(step) for step in cloud._world.observer.steps]
    least = shrink(chaos, run)
    if run(least) is None:
        error.add_note(not_reproducible(first, [str(step) for step in cloud._world.observer.steps], 1, 1, chaos.seed))
    else:
        error.add_note(story(least, cloud, chaos.seed, 1, 1, len(chaos.done)))
