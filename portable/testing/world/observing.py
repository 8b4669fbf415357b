"""Observes every call of a handler: records it, and does its planned accidents at its resource calls."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from portable.base.log_lines import METRICS
from portable.errors import InProgress
from portable.eventing.response import Response
from portable.eventing.schedule import Tick
from portable.storage.objects import ObjectInfo
from portable.testing.scheduler import Actor, current
from portable.testing.world.active import Active, ends_quietly
from portable.testing.world.clock import Clock
from portable.testing.world.hearing import Logs
from portable.testing.world.kinds.registry import RESOURCES, TRIGGERS
from portable.testing.world.naming import Names
from portable.testing.world.records import (
    Call,
    Dropped,
    Failure,
    LogLine,
    Metric,
    Step,
    is_answer,
    label_of,
    user_traceback,
)
from portable.testing.world.script import Break, Died, Script
from portable.testing.world.watched import Watch
from portable.tooling.app.kinds.registry import RESOURCES as DECLARED

MOST_CALLS = 10_000
"""Number of resource calls in one call of a handler after which it counts as endless."""


class NeverEnds(AssertionError):
    """A handler makes resource calls for ever."""


Use = tuple[str, str, str, str]
"""Function, kind and name of a resource, and the permission that the function used on it."""


_active: ContextVar[Active | None] = ContextVar("portable_active", default=None)
_made: ContextVar[list[Call] | None] = ContextVar("portable_made", default=None)


@dataclass
class Observer(Watch):
    """Records calls, failures, logs and uses of permissions, and does what the script of a call says.

    `on_change` is told of objects. `breaks` are for the next call of a function, in order; `next_script` is for the call
    that begins now. Several calls may run at once: each is known by the context it runs in.
    """

    clock: Clock
    on_change: Callable[[str, str, str, ObjectInfo | None], None]
    names: Names = field(default_factory=Names)
    calls: list[Call] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    dropped: list[Dropped] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    used: set[Use] = field(default_factory=set)
    breaks: dict[str, list[Break]] = field(default_factory=dict)
    next_script: Script | None = None
    lenient: bool = False
    endless: NeverEnds | None = None
    _running: list[Active] = field(default_factory=list)
    _collected: list[Call] = field(default_factory=list)
    _logs: Logs | None = None

    def run(self, function: str, call: Callable[[Any, Any], Any], event: Any, context: Any) -> Any:
        """Run a generated call under observation; an awaitable that it returns is observed until its end."""
        if isinstance(event, Tick):  # no wire says when a schedule fired, and adapters ask the machine's clock
            event = Tick(event.scheduled_at, self.clock.now)
        active = self._begin(function, event, context)
        watched = next((kind.watched for kind in TRIGGERS.values() if type(event) in (kind.event, kind.several)), None)
        if watched is not None:
            event = watched(event, partial(setattr, active.call, "event"))
        try:
            active.break_at(0, after=True)
            result = call(event, context)
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
        active.break_at(0, after=True)

    def end(self, error: BaseException | None) -> None:
        """Take note of how the handler ended that began last in a host process."""
        active = self._now()
        if active is not None and error is None:
            self._leave(active)
        elif active is not None and error is not None:
            self._ended(active, error)

    @contextmanager
    def collecting(self) -> Iterator[list[Call]]:
        """Give a list that gets each call which begins in this context until the end of the block."""
        made: list[Call] = []
        token = _made.set(made)
        self._collected = made
        try:
            yield made
        finally:
            _made.reset(token)

    def sent(self, id: str) -> None:  # noqa: A002
        """Take note that a message was sent, by the call that runs here or by the test."""
        active = self._now()
        if active is None:
            actor = current.get()
            itself = "" if actor is None else actor.name
            self.names.sent(id, itself if _made.get() is None else "host", 0)
        else:
            active.call.sent += 1
            self.names.sent(id, active.call.label, active.call.sent)

    def waiting(self) -> Awaitable[None] | None:
        """Return what an `async def` handler awaits before its next resource call, None when it may go on."""
        active = self._now()
        actor = None if active is None else self._rests(active)
        return None if actor is None else actor.rest_async()

    def before(self, kind: str, name: str, method: str, first: Any = None) -> bool:
        """Count a resource call of the running handler; raise what was planned before it. True: do it in part."""
        active = self._now()
        if active is None:
            return False
        if active.dead:
            ends_quietly()
            raise Died
        self.used.update((active.call.function, kind, name, did) for did in DECLARED[kind].used(method, first))
        if kind not in RESOURCES:  # secrets and settings only say what they are
            return False
        actor = self._rests(active)
        if actor is not None:
            actor.rest()
        active.number += 1
        if active.number > MOST_CALLS:
            active.dead = True
            self.endless = NeverEnds(
                f"{active.call.function} {active.call.label} made {MOST_CALLS:,} resource calls in one call, the last "
                f"one was {name}.{method}: a loop that retries must read again and must end"
            )
            raise Died
        active.call.resource_calls.append((kind, name, method))
        self.steps.append(Step(active.call, kind, name, method))
        active.break_at(active.number, after=False)
        active.break_again(kind, name)
        partly = active.script.partial == active.number
        active.call.chaos = active.call.chaos or partly
        return partly

    def after(self, kind: str, name: str, method: str) -> None:
        """Raise what was planned after this resource call."""
        active = self._now()
        if active is not None and active.number:
            active.break_at(active.number, after=True)

    def changed(self, bucket: str, key: str, event: str, info: ObjectInfo | None) -> None:
        """Pass on that an object was created or deleted."""
        self.on_change(bucket, key, event, info)

    def check_end(self) -> None:
        """Raise NeverEnds when a handler did not come to an end, once."""
        endless, self.endless = self.endless, None
        if endless is not None:
            raise endless

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

    def whose(self) -> str | None:
        """Return whose coroutine is thrown away here and now; None for the test's own, or when chaos broke the call."""
        active = _active.get()
        if _made.get() is None or (active is not None and active.call.chaos):
            return None
        return "the host" if active is None else f"{active.call.function} {active.call.label}".rstrip()

    def close(self) -> None:
        """Let go of the log."""
        if self._logs is not None:
            self._logs.remove()
            self._logs = None

    def record_log(self, record: logging.LogRecord) -> None:
        """Add a log record or a metric to the call that runs."""
        active = self._now()
        if active is not None and record.name == METRICS:
            active.call.metrics.append(Metric(**record.__dict__["metric"]))
        elif active is not None and record.name != "portable":
            active.call.logs.append(LogLine.of(record))

    def _is_worth_a_log(self, record: logging.LogRecord) -> bool:
        """Return whether portable's own word on a failure is news: what chaos broke is not."""
        active = _active.get()
        return not (active is not None and active.call.chaos)

    def _begin(self, function: str, event: Any, context: Any) -> Active:
        if self._logs is None:
            self._logs = Logs(self.record_log, self._is_worth_a_log)
        ordered = self.breaks.get(function)
        script = Script(ordered.pop(0)) if ordered else self.next_script or Script()
        self.next_script = None
        call = Call(function, event, getattr(context, "attempt", None), self.clock.now)
        call.label = script.label or self.names.known(getattr(event, "id", None))
        self.calls.append(call)
        made = _made.get()
        (self._collected if made is None else made).append(call)
        active = Active(call, script)
        self._running.append(active)
        _active.set(active)
        return active

    def _now(self) -> Active | None:
        """Return the call that runs here; what comes from a thread of a handler's own belongs to the call that began last."""
        active = _active.get()
        if active is not None:
            return None if active.ended else active
        foreign = current.get() is None and _made.get() is None
        return self._running[-1] if foreign and self._running else None

    def _rests(self, active: Active) -> Actor | None:
        """Return the actor that rests before the next resource call, None when it goes on."""
        actor = current.get()
        if actor is None:
            return None
        if actor.late or actor.resting:
            return actor
        number = active.number + 1
        rests = active.script.rests
        if number in rests and active.rested != number:
            active.rested = number
            actor.why = rests[number] if isinstance(rests, Mapping) else ""
            return actor
        return None

    async def _awaited(self, active: Active, result: Any) -> Any:
        try:
            value = await result
        except BaseException as error:
            self._ended(active, error)
            raise
        return self._finished(active, value)

    def _finished(self, active: Active, result: Any) -> Any:
        try:
            active.break_at_end()
        except BaseException as error:
            self._ended(active, error)
            raise
        active.call.result = result
        chunks = result.chunks if isinstance(result, Response) else None
        if chunks is None:
            self._leave(active)
        else:  # the call goes on until its last chunk
            chunks.listen(lambda error: self._leave(active) if error is None else self._ended(active, error))
        return result

    def _ended(self, active: Active, error: BaseException) -> None:
        self._leave(active)
        call = active.call
        call.error = error
        if not is_answer(call.event, error) and not isinstance(error, InProgress):
            call.chaos = call.chaos or active.script.excused
            text = user_traceback(error)
            self.failures.append(Failure(call.function, error, call.attempt, call.event, text, call.chaos))

    def _leave(self, active: Active) -> None:
        active.ended = True
        if active in self._running:
            self._running.remove(active)
