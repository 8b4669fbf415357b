"""What a test holds of a function, a schedule, a secret or a setting: its name in, its look from outside.

What it holds of a resource is with the kind of the resource; those names can be imported from here too.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from portable.eventing.queue import Queue
from portable.testing.session.firing import Firing
from portable.testing.world.kinds.buckets import BucketView as BucketView
from portable.testing.world.kinds.messages import Waiting as Waiting
from portable.testing.world.kinds.messages import waiting
from portable.testing.world.kinds.queues import QueueView as QueueView
from portable.testing.world.kinds.stream_view import StreamView as StreamView
from portable.testing.world.kinds.tables import TableView as TableView
from portable.testing.world.kinds.topics import TopicView as TopicView
from portable.testing.world.records import Call, Failure, LogLine, Metric
from portable.testing.world.script import Break

if TYPE_CHECKING:
    from portable.base.drivers import Drivers


class SecretView:
    """A secret's or setting's value in this test."""

    def __init__(self, values: dict[str, str], name: str) -> None:
        self._values = values
        self._name = name

    def set(self, value: str) -> None:
        """Give it a value."""
        self._values[self._name] = value

    def get(self) -> str | None:
        """Return the value that it was given, or None."""
        return self._values.get(self._name)


class ScheduleView:
    """A schedule: fire it, or ask when it is due."""

    def __init__(self, firing: Firing, name: str) -> None:
        self._firing = firing
        self._name = name

    def fire(self, at: datetime | str | None = None) -> None:
        """Fire it now, or at a moment, to which the clock jumps; a time without an offset is in the schedule's zone.

        The handler runs at once. If it raises, `settle` runs it again.
        """
        moment = self._firing.world.clock.now if at is None else self._moment(at)
        self._firing.fire_schedule(self._name, moment)

    def due(self, start: datetime | str, end: datetime | str) -> list[datetime]:
        """Return the moments from `start` up to, not including, `end` at which it is due, in UTC."""
        return list(self._firing.due(self._name, self._moment(start), self._moment(end)))

    def _moment(self, at: datetime | str) -> datetime:
        found = datetime.fromisoformat(at) if isinstance(at, str) else at
        if found.tzinfo is None:
            trigger = self._firing.app.functions[self._name].trigger
            found = found.replace(tzinfo=ZoneInfo(trigger["timezone"]))
        return found.astimezone(UTC)


class FunctionView:
    """A function from outside: `calls failures logs metrics fail_next(error, after=n)`."""

    def __init__(self, firing: Firing, drivers: Drivers, name: str) -> None:
        self._firing = firing
        self._observer = firing.world.observer
        self._drivers = drivers
        self._name = name

    @property
    def calls(self) -> list[Call]:
        """Every call, oldest first."""
        return [call for call in self._observer.calls if call.function == self._name]

    @property
    def failures(self) -> list[Failure]:
        """Every call that raised anything but an HTTPError, oldest first."""
        return [failure for failure in self._observer.own_failures() if failure.function == self._name]

    @property
    def logs(self) -> list[LogLine]:
        """Every line that it logged, INFO and above, oldest first."""
        return [line for call in self.calls for line in call.logs]

    @property
    def metrics(self) -> list[Metric]:
        """Every metric that it gave to `Context.metric`, oldest first."""
        return [metric for call in self.calls for metric in call.metrics]

    @property
    def dead_letters(self) -> list[Waiting]:
        """Every dead letter that it made, oldest first."""
        return waiting(self._drivers, Queue(self._firing.pending(self._name).dead_letters_of).dead_letters)

    def fail_next(self, error: BaseException | type[BaseException], after: int = 0) -> None:
        """Let its next call raise `error`: before it starts, or after its n-th resource call. Each use affects one more call."""
        make: Callable[[], BaseException] = error if isinstance(error, type) else lambda: error
        self._observer.breaks.setdefault(self._name, []).append(Break(after, make))

    def fire(self, event: Any) -> None:
        """Call it at once with an event of `portable.testing.events`. If it raises, `settle` calls it again."""
        self._firing.fire(self._name, event)
