"""Every call of a handler goes through here: it is recorded, and broken where it was told to break."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from portable.errors import HTTPError, InProgress
from portable.eventing.message import Message
from portable.eventing.request import Request
from portable.eventing.schedule import Tick
from portable.storage.objects import ObjectInfo
from portable.testing.world.clock import Clock
from portable.testing.world.drivers import EFFECTS
from portable.testing.world.records import Call, Failure, LogLine, Watched, label_of, user_traceback

ResourceCall = tuple[str, str, str, str]
"""Function, kind, name and method of a call of a resource."""


class Died(BaseException):
    """The process of a handler ended half way. No handler can catch it by `except Exception`, as none could."""

    ends_process = True
    """What runs handlers does nothing after it, as nothing could (`portable.base.ending`)."""


@dataclass
class Break:
    """What goes wrong in one call: `error` is raised at the `at`-th resource call, before or after it happened.

    `at` 0 is before the handler begins. A place beyond the last resource call is the handler's end, for what can happen
    there: a death (`at_end`), and whatever a test ordered (not `chaos`).
    """

    at: int
    error: Callable[[], BaseException]
    after: bool = True
    chaos: bool = False
    at_end: bool = False


@dataclass
class _Active:
    """The call that runs now."""

    call: Call
    broken: Break | None = None
    number: int = 0
    dead: bool = False
    fired: bool = False


@dataclass
class Observer:
    """Records calls, failures, logs and uses of permissions, and breaks the calls it was told to break.

    `changed` is told of objects. `breaks` are for the next call of a function, in order; `plan` asks for a break of
    the call that begins now (chaos), None for none.
    """

    clock: Clock
    on_change: Callable[[str, str, str, ObjectInfo | None], None]
    calls: list[Call] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    used: set[ResourceCall] = field(default_factory=set)
    breaks: dict[str, list[Break]] = field(default_factory=dict)
    next_break: Break | None = None
    lenient: bool = False
    _active: _Active | None = None
    _logs: _Logs | None = None

    def run(self, function: str, call: Callable[[Any, Any], Any], event: Any, context: Any) -> Any:
        """Run a generated call under observation; an awaitable that it returns is observed until its end."""
        if isinstance(event, Tick):  # no wire says when a schedule fired, and adapters ask the machine's clock
            event = Tick(event.scheduled_at, self.clock.now)
        active = self._begin(function, event, context)
        if type(event) is Message:
            event = Watched(event, active.call)
        try:
            result = self._started(active, call, event, context)
        except BaseException as error:
            self._ended(active, error)
            raise
        if hasattr(result, "__await__"):
            return self._awaited(active, result)
        return self._finished(active, result)

    def begin(self, function: str, attempt: int | None, event: Any) -> None:
        """Take note that a handler begins in a host process; raise what was planned before it."""
        active = self._begin(function, event, None)
        active.call.attempt = attempt
        if active.broken is not None and active.broken.at == 0:
            self._break(active, active.broken)

    def end(self, error: BaseException | None) -> None:
        """Take note of how the handler ended that began last in a host process."""
        if self._active is not None and error is None:
            self._active = None
        elif self._active is not None and error is not None:
            self._ended(self._active, error)

    def before(self, kind: str, name: str, method: str) -> None:
        """Count a resource call of the running handler; raise what was planned before it."""
        active = self._active
        if active is None:
            return
        if active.dead:
            raise Died
        self.used.add((active.call.function, kind, name, method))
        if kind in ("secret", "setting"):
            return
        active.number += 1
        active.call.resource_calls.append((kind, name, method))
        broken = active.broken
        if broken is not None and not broken.after and broken.at == active.number:
            self._break(active, broken)

    def after(self, kind: str, name: str, method: str) -> None:
        """Raise what was planned after this resource call."""
        active = self._active
        if active is None:
            return
        broken = active.broken
        if broken is not None and broken.after and broken.at == active.number:
            self._break(active, broken)

    def changed(self, bucket: str, key: str, event: str, info: ObjectInfo | None) -> None:
        """Pass on that an object was created or deleted."""
        self.on_change(bucket, key, event, info)

    def own_failures(self) -> list[Failure]:
        """Return the failures, oldest first; with `lenient` neither chaos's own nor what a later delivery made good."""
        if not self.lenient:
            return list(self.failures)
        good = {(call.function, label_of(call.event)) for call in self.calls if call.error is None}
        return [
            failure
            for failure in self.failures
            if not failure.chaos and (failure.function, label_of(failure.event)) not in good
        ]

    def close(self) -> None:
        """Let go of the log."""
        if self._logs is not None:
            self._logs.remove()
            self._logs = None

    def record_log(self, record: logging.LogRecord) -> None:
        """Add a log record to the call that runs."""
        if self._active is not None and record.name != "portable":
            self._active.call.logs.append(LogLine.of(record))

    def _is_worth_a_log(self, record: logging.LogRecord) -> bool:
        """Say whether portable's own word on a failure is news: what chaos broke is not."""
        return not (self.calls and self.calls[-1].chaos)

    def _begin(self, function: str, event: Any, context: Any) -> _Active:
        if self._logs is None:
            self._logs = _Logs(self.record_log, self._is_worth_a_log)
        waiting = self.breaks.get(function)
        broken = waiting.pop(0) if waiting else self.next_break
        self.next_break = None
        call = Call(function, event, getattr(context, "attempt", None), self.clock.now)
        self.calls.append(call)
        active = self._active = _Active(call, broken)
        return active

    def _started(self, active: _Active, call: Callable[[Any, Any], Any], event: Any, context: Any) -> Any:
        broken = active.broken
        if broken is not None and broken.at == 0:
            self._break(active, broken)
        return call(event, context)

    async def _awaited(self, active: _Active, result: Any) -> Any:
        try:
            value = await result
        except BaseException as error:
            self._ended(active, error)
            raise
        return self._finished(active, value)

    def _finished(self, active: _Active, result: Any) -> Any:
        broken = active.broken
        if broken is not None and not active.fired and (broken.at_end or not broken.chaos):
            try:
                self._break(active, broken)
            except BaseException as error:
                self._ended(active, error)
                raise
        active.call.result = result
        self._active = None
        return result

    def _ended(self, active: _Active, error: BaseException) -> None:
        self._active = None
        active.call.error = error
        call = active.call
        answered = isinstance(error, HTTPError) and (call.event is None or isinstance(call.event, Request))
        if not answered and not isinstance(error, InProgress):
            text = user_traceback(error)
            self.failures.append(Failure(call.function, error, call.attempt, call.event, text, call.chaos))

    def _break(self, active: _Active, broken: Break) -> None:
        active.fired = True
        active.call.chaos = broken.chaos
        error = broken.error()
        active.dead = isinstance(error, Died)
        raise error


def is_effect(call: tuple[str, str, str]) -> bool:
    """Say whether a resource call (kind, name, method) changes something."""
    return (call[0], call[2]) in EFFECTS


class _Logs(logging.Handler):
    """Hears what handlers log, from INFO on, as on every target."""

    def __init__(self, hear: Callable[[logging.LogRecord], None], worth: Callable[[logging.LogRecord], bool]) -> None:
        super().__init__()
        self._hear = hear
        self._worth = worth
        logging.getLogger("portable").addFilter(worth)
        root = logging.getLogger()
        self._level = root.level
        if root.level in (logging.NOTSET, logging.WARNING):
            root.setLevel(logging.INFO)
        root.addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        """Pass a record on."""
        self._hear(record)

    def remove(self) -> None:
        """Leave the root logger as it was."""
        root = logging.getLogger()
        root.removeHandler(self)
        logging.getLogger("portable").removeFilter(self._worth)
        root.setLevel(self._level)
