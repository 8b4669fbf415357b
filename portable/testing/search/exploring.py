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
    names = cloud.inside.world.observer.names
    search = _Search(body, cloud, cloud.snapshot(), seed, freeze)
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
                raise search.explained(chaos, error, number, runs)
        cloud.restore(search.state)
    finally:
        cloud.accidents(None)
    return explored


@dataclass
class _Search:
    """A body, the start state of each run, and the messages that it drops without accidents, too.

    With `asks` the body asks for chaos itself, and gets the schedule instead of its own.
    """

    body: Callable[[], object]
    cloud: Cloud
    state: Snapshot
    seed: int
    freeze: bool = False
    dropped: set[tuple[str, str]] = field(default_factory=set)
    deadlock: Deadlock | None = None
    asks: bool = False

    def run(self, chaos: Chaos) -> BaseException | None:
        """Run the body under a schedule. Return its error. Nothing can run after a deadlock, as locks are still held."""
        if self.deadlock is not None:
            return None
        self.cloud.restore(self.state)
        self.cloud.accidents(None if self.asks else chaos)
        self.cloud.inside.instead = chaos if self.asks else None
        try:
            with frozen(self.cloud.clock, self.seed) if self.freeze else nullcontext():
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

    def explained(self, chaos: Chaos, error: BaseException, number: int = 1, runs: int = 1) -> BaseException:
        """Return the error of the shortest failing schedule, with an explanation."""
        if self.deadlock is not None:
            return self.deadlock
        first = self.cloud.inside.steps()
        repeated = self.run(again(chaos, tuple(chaos.done)))
        if repeated is not None:
            least = shrink(chaos, self.run)
            shortest = self.run(least)
            if self.deadlock is not None:
                return self.deadlock
            if shortest is not None:
                shortest.add_note(story(least, self.cloud, self.seed, number, runs, len(chaos.done)))
                return shortest
        error.add_note(not_reproducible(first, self.cloud.inside.steps(), number, runs, self.seed))
        return error


def explained(
    body: Callable[[], object], cloud: Cloud, state: Snapshot, chaos: Chaos, error: BaseException
) -> BaseException:
    """Return the error of the shortest schedule under which a body fails that asked for chaos, with an explanation."""
    return _Search(body, cloud, state, chaos.seed, asks=True).explained(chaos, error)
