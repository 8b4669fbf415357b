"""Exploring: a test body in; it is repeated under many schedules of accidents, and the shortest that fails is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import zip_longest
from random import Random
from time import monotonic
from typing import TYPE_CHECKING

from portable.testing.accidents.chaos import Chaos
from portable.testing.accidents.faults import BREAKING, KINDS, Fault
from portable.testing.world.observing import is_effect

if TYPE_CHECKING:
    from portable.testing.cloud import Cloud, Snapshot
    from portable.testing.world.records import Call

SHRINKING = 10.0
"""Seconds that shrinking may take."""


@dataclass
class Explored:
    """What one exploration did: the schedules it ran, and how often each kind of accident happened."""

    runs: int = 0
    happened: dict[str, int] = field(default_factory=dict)


def explore(
    body: Callable[[], object],
    cloud: Cloud,
    runs: int = 50,
    seed: int = 0,
    kinds: tuple[str, ...] = KINDS,
    replay: tuple[Fault, ...] | None = None,
    http: bool = False,
) -> Explored:
    """Run a body once without accidents, then under `runs` schedules, each from the same state of the cloud.

    With `http` requests break as well, and are sent again as their client would. Raises what the body raised under the
    shortest schedule that makes it fail, with a note that tells that schedule.
    """
    cloud.accidents(None)
    state = cloud.snapshot()
    explored = Explored()

    def run(chaos: Chaos) -> BaseException | None:
        cloud.restore(state)
        chaos.http = http
        cloud.accidents(chaos)
        try:
            body()
        except Exception as error:  # noqa: BLE001 - the body may raise anything
            return error
        except BaseException as error:
            if type(error).__name__ == "Failed":  # pytest.fail
                return error
            raise
        return None

    watched = Chaos(faults=())
    error = run(watched)
    if error is not None:
        raise error
    sizes = _sizes(cloud)
    schedules = iter([Chaos(seed, replay)]) if replay is not None else _schedules(cloud, watched, runs, seed, kinds)
    for number, chaos in enumerate(schedules, 1):
        chaos.sizes = sizes
        error = run(chaos)
        explored.runs = number
        for fault in chaos.done:
            explored.happened[fault.kind] = explored.happened.get(fault.kind, 0) + 1
        if error is not None:
            least = shrink(chaos, run)
            error = run(least) or error
            error.add_note(story(least, cloud, seed, number, runs, len(chaos.done)))
            raise error
    cloud.restore(state)
    cloud.accidents(None)
    return explored


def shrink(chaos: Chaos, run: Callable[[Chaos], BaseException | None]) -> Chaos:
    """Return the run with as few faults as can be that still fails: each fault that is not needed is left out."""
    best = Chaos(chaos.seed, tuple(sorted(chaos.done)))
    ends = monotonic() + SHRINKING
    for pieces in (_halves, _singles):
        found = True
        while found and monotonic() < ends:
            found = False
            for fewer in pieces(best.faults or ()):
                trial = Chaos(chaos.seed, fewer)
                if run(trial) is not None:
                    best, found = Chaos(chaos.seed, tuple(sorted(trial.done))), True
                    break
    return best


def shrink_once(cloud: Cloud, state: Snapshot, body: Callable[[], object], chaos: Chaos, error: BaseException) -> None:
    """Add to the failure of a test that asked for chaos the shortest schedule that makes it fail."""

    def run(trial: Chaos) -> BaseException | None:
        cloud.restore(state)
        cloud.accidents(None)
        trial.http = chaos.http
        cloud._forced = trial
        try:
            body()
        except Exception as failed:  # noqa: BLE001 - the body may raise anything
            return failed
        return None

    least = shrink(chaos, run)
    run(least)
    error.add_note(story(least, cloud, chaos.seed, 1, 1, len(chaos.done)))


def story(chaos: Chaos, cloud: Cloud, seed: int, number: int, runs: int, before: int) -> str:
    """Return what happened in words, and how to run it again."""
    calls: dict[str, tuple[tuple[str, str, str], ...]] = {}
    for call in cloud.calls:
        known = calls.setdefault(call.function, ())
        if len(call.resource_calls) > len(known):
            calls[call.function] = tuple(call.resource_calls)
    if not chaos.done:
        return (
            "It fails when it is merely run again from the same state: something outside of the cloud remembers the "
            "run before (a global of a module, a file, a fixture)"
        )
    shrunk = f", shrunk from {before} accidents to {len(chaos.done)}" if before > len(chaos.done) else ""
    lines = [f"It passes without accidents and fails with these (schedule {number} of {runs}, seed {seed}{shrunk}):"]
    lines += [f"  {index}. {fault.tell(calls.get(fault.function, ()))}" for index, fault in enumerate(chaos.done, 1)]
    written = ", ".join(repr(fault.write()) for fault in chaos.done)
    lines.append(f"Run just this again: @at_least_once(replay=[{written}])")
    return "\n".join(lines)


def _halves(faults: tuple[Fault, ...]) -> list[tuple[Fault, ...]]:
    middle = len(faults) // 2
    return [faults[:middle], faults[middle:]] if middle else []


def _singles(faults: tuple[Fault, ...]) -> list[tuple[Fault, ...]]:
    return [faults[:index] + faults[index + 1 :] for index in range(len(faults))]


def _sizes(cloud: Cloud) -> Callable[[str], int]:
    largest: dict[str, int] = {}
    for call in cloud.calls:
        largest[call.function] = max(largest.get(call.function, 0), len(call.resource_calls))
    return lambda function: largest.get(function, 1)


def _schedules(cloud: Cloud, watched: Chaos, runs: int, seed: int, kinds: tuple[str, ...]) -> Iterator[Chaos]:
    """Yield first the accidents that can happen alone, the likeliest mistakes before the rest, then mixtures of them."""
    alone = list(_alone(cloud, watched, kinds))
    random = Random(seed)  # noqa: S311
    random.shuffle(alone)
    first = _in_turns(alone)[: max(1, runs * 3 // 5)]
    for fault in first:
        yield Chaos(seed, (fault,))
    for number in range(len(first), runs):
        yield Chaos(random.getrandbits(32), None, 0.2 + 0.6 * (number % 5) / 4, kinds)


def _in_turns(faults: list[Fault]) -> list[Fault]:
    """Return faults so that every kind has its turn, the likeliest to be mistaken first."""
    groups = [[fault for fault in faults if fault.kind == kind] for kind in KINDS]
    return [fault for turn in zip_longest(*groups) for fault in turn if fault is not None]


def _alone(cloud: Cloud, watched: Chaos, kinds: tuple[str, ...]) -> Iterator[Fault]:
    """Yield every single accident of the deliveries that a run without accidents made."""
    calls: dict[str, list[Call]] = {}
    for call in cloud.calls:
        calls.setdefault(call.function, []).append(call)
    for visit in watched.visits:
        waiting = calls.get(visit.function)
        made = waiting.pop(0).resource_calls if waiting else []
        for kind in kinds:
            if kind in BREAKING:
                if not visit.breakable:
                    continue
                for at, resource_call in enumerate(made, 1):
                    if kind not in ("crash", "timeout", "lost") or is_effect(resource_call):
                        yield Fault(visit.function, visit.message, visit.delivery, kind, at)
            elif not visit.http and (kind == "duplicate" or not visit.ordered):
                yield Fault(visit.function, visit.message, visit.delivery, kind)
                if kind == "duplicate" and not visit.ordered:
                    yield Fault(visit.function, visit.message, visit.delivery, kind, 1)
