"""Fires schedules: puts a tick into the queue of its function when it is due, once, however many processes there are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from threading import Event, Thread
from typing import TYPE_CHECKING

from portable.base.values import replace
from portable.errors import PortableError
from portable.eventing.due import due
from portable.eventing.schedule import Tick
from portable.tooling.app.model import FunctionModel
from portable.tooling.dev.engine import Schedule
from portable.tooling.dev.journal.reading import Journal
from portable.tooling.run.kinds.feeds import write_tick

if TYPE_CHECKING:
    from portable.eventing.driver import HostedQueue

NEXT = 5
"""How many moments of a schedule are told."""
HORIZON = timedelta(days=8 * 366)
"""How far it is looked ahead: a leap day may be eight years away."""
LATE = timedelta(minutes=1)
"""A moment that is further past, because this machine slept, is passed over."""
LONGEST = 60.0
"""Seconds of one wait, so that a clock that was set is noticed."""


def next_moments(function: FunctionModel, after: datetime, count: int) -> tuple[datetime, ...]:
    """Return the next moments of a schedule after one, in UTC."""
    start = after.astimezone(UTC) + timedelta(microseconds=1)
    return tuple(islice(due(function.trigger, start, start + HORIZON), count))


def schedule_of(function: FunctionModel, journal: Journal) -> Schedule:
    """Return what the dashboard tells of a schedule."""
    trigger = function.trigger
    last = [datetime.fromtimestamp(row.began, UTC) for row in journal.recent(1, function=function.name)]
    moments = next_moments(function, datetime.now(UTC), NEXT)
    return Schedule(
        function.name, trigger["expression"], trigger["timezone"], trigger["days"], moments, next(iter(last), None)
    )


class Ticker:
    """The schedules of an app. `sent` is told when a tick was sent."""

    def __init__(
        self,
        functions: Sequence[FunctionModel],
        queues: Mapping[str, HostedQueue],
        sent: Callable[[], None],
        tell: Callable[[str], None],
    ) -> None:
        self._functions = functions
        self._queues = queues
        self._sent = sent
        self._tell = tell
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="portable-ticker", daemon=True)

    def start(self) -> None:
        """Begin to fire."""
        if self._functions:
            self._thread.start()

    def stop(self) -> None:
        """Fire nothing more."""
        self._stopping.set()

    def fire(self, now: datetime, upcoming: dict[str, datetime | None]) -> None:
        """Fire what is due, and set the next moment of each schedule."""
        for function in self._functions:
            moment = upcoming.get(function.name)
            if moment is not None and moment <= now:
                if now - moment <= LATE:
                    self._send(function, moment)
                moment = None
            if moment is None:
                upcoming[function.name] = next(iter(next_moments(function, now, 1)), None)

    def _run(self) -> None:
        upcoming: dict[str, datetime | None] = {}
        while True:
            self.fire(datetime.now(UTC), upcoming)
            known = [moment for moment in upcoming.values() if moment is not None]
            left = (min(known) - datetime.now(UTC)).total_seconds() if known else LONGEST
            if self._stopping.wait(max(0.0, min(left, LONGEST))):
                return

    def _send(self, function: FunctionModel, moment: datetime) -> None:
        name = f"{function.name} {moment.isoformat()}"
        try:
            self._queues[function.name].send(replace(write_tick(Tick(moment, moment)), deduplicate=name))
            self._sent()
        except PortableError as error:
            self._tell(f"{function.name} could not be fired at {moment.isoformat()}: {error}")
