"""What a process counts: takes the end of each call, and who to ask about queues and the lead; returns families of metrics.

All roles of a process share one `Measures`. `exposition` writes it in the format of Prometheus.
"""

from __future__ import annotations

from bisect import bisect_left
from threading import Lock
from time import monotonic

from portable.base.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Look = Callable[[], "tuple[int, float] | None"]

BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0)
"""Seconds that divide calls by how long they took. No function runs longer than 900 s."""
LOOK_SECONDS = 5.0
"""How long what a queue answered counts."""


class Sample(Value):
    """One number of a family. `name` is the family's, or with `_bucket`, `_sum` or `_count` for a histogram."""

    name: str
    labels: tuple[tuple[str, str], ...]
    value: float


class Family(Value):
    """The samples of one metric: its name, type (counter, gauge or histogram), and what it means."""

    name: str
    type: str
    meaning: str
    samples: tuple[Sample, ...]


class Measures:
    """Counts calls. Each method may be called by any thread."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._calls: dict[str, _Calls] = {}
        self._making = Lock()
        self._queues: dict[str, _Queue] = {}
        self._leads: Callable[[], bool] | None = None
        self._clock = clock

    def called(self, function: str, seconds: float, failed: bool = False) -> None:
        """Count a call that has ended. `function` is "" for a request that no function gets."""
        calls = self._calls.get(function) or self._made(function)
        with calls.lock:
            calls.ended[bisect_left(BOUNDS, seconds)] += 1
            calls.seconds += seconds
            calls.failed += failed

    def queue(self, name: str, look: Look) -> None:
        """Ask `look` about a queue: how many messages wait, and the age of the oldest in seconds. None: not known.

        It is asked for whoever reads the metrics, in their thread, and not more often than every 5 s.
        """
        self._queues[name] = _Queue(look, self._clock)

    def leads(self, look: Callable[[], bool]) -> None:
        """Ask `look` whether this process is the leader of the schedules."""
        self._leads = look

    def families(self) -> Iterator[Family]:
        """Return all that is known now."""
        counted: list[Sample] = []
        timed: list[Sample] = []
        for function, calls in sorted(self._calls.items()):
            label = ("function", function)
            with calls.lock:
                ended, seconds, failed = list(calls.ended), calls.seconds, calls.failed
            counts = {"done": sum(ended) - failed, "failed": failed}
            counted += [
                Sample("portable_calls_total", (label, ("outcome", name)), count) for name, count in counts.items()
            ]
            timed += _histogram(label, ended, seconds)
        yield Family("portable_calls_total", "counter", "Calls of functions that have ended.", tuple(counted))
        yield Family("portable_call_seconds", "histogram", "How long calls of functions took.", tuple(timed))
        yield from self._waiting()
        if self._leads is not None:
            leads = Sample("portable_schedule_leader", (), float(self._leads()))
            yield Family("portable_schedule_leader", "gauge", "Whether this process fires schedules.", (leads,))

    def _waiting(self) -> Iterator[Family]:
        found = {name: known for name, queue in sorted(self._queues.items()) if (known := queue.state()) is not None}
        for at, name, meaning in (
            (0, "portable_queue_waiting", "Messages that wait in a queue."),
            (1, "portable_queue_oldest_seconds", "Age of the oldest message that waits."),
        ):
            samples = tuple(Sample(name, (("queue", queue),), state[at]) for queue, state in found.items())
            if samples:
                yield Family(name, "gauge", meaning, samples)

    def _made(self, function: str) -> _Calls:
        with self._making:
            return self._calls.setdefault(function, _Calls())


class _Calls:
    """The calls of one function. `ended` counts them by `BOUNDS`, the last number is for the slowest."""

    __slots__ = ("ended", "failed", "lock", "seconds")

    def __init__(self) -> None:
        self.lock = Lock()
        self.ended = [0] * (len(BOUNDS) + 1)
        self.seconds = 0.0
        self.failed = 0


class _Queue:
    """A queue, and what it answered last."""

    def __init__(self, look: Look, clock: Callable[[], float]) -> None:
        self._look = look
        self._clock = clock
        self._asking = Lock()
        self._until = 0.0
        self._known: tuple[int, float] | None = None

    def state(self) -> tuple[int, float] | None:
        """Return what is known, asked for again after some seconds. A queue that cannot be asked is not known."""
        with self._asking:
            if self._clock() >= self._until:
                try:
                    self._known = self._look()
                except Exception:  # noqa: BLE001 - an engine that is away must not end the metrics
                    self._known = None
                self._until = self._clock() + LOOK_SECONDS
            return self._known


def _histogram(label: tuple[str, str], ended: list[int], seconds: float) -> Iterator[Sample]:
    """Return the samples of one function: how many calls took no longer than each bound, all seconds, all calls."""
    total = 0
    for bound, count in zip((*map(str, BOUNDS), "+Inf"), ended, strict=True):
        total += count
        yield Sample("portable_call_seconds_bucket", (label, ("le", bound)), total)
    yield Sample("portable_call_seconds_sum", (label,), seconds)
    yield Sample("portable_call_seconds_count", (label,), total)
