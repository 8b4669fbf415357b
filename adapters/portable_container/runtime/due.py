"""The due moments of schedules: rows, each with a function and a moment, that one leader fires.

The leader writes a row for each moment up to now that has none, beginning after the last one, so no moment is lost while the
lead goes from one process to another. It fires the rows that are not fired, and marks them. A row belongs to the term of a
leader; the next leader fires again what an earlier one began and did not end, as the next attempt under the same id. So what
is fired must know its id: a stream that drops copies of a message id, or a function that counts attempts.
"""

from __future__ import annotations

import logging
from datetime import timedelta

from portable.base.calls import never
from portable.base.values import Value
from portable.errors import PortableError
from portable_container.runtime.leases import SECONDS, Lease
from portable_container.runtime.persistence_columns import quoted
from portable_container.runtime.schema_work import DUE, LEASES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime
    from threading import Event

    from portable_container.runtime.clients import Postgres

    Moments = Callable[[str, datetime, datetime], Iterable[datetime]]
    """A function's name and a span of time [start, end) in; its due moments out, aware and in UTC."""

NAME = "schedule"
LATE = timedelta(hours=1)
"""How late a moment may be fired. Older ones are left out, and a warning is logged: nothing led for that long."""
KEPT = timedelta(days=7)
_TICK = timedelta(microseconds=1)
_log = logging.getLogger("portable")


class DueMoment(Value):
    """A moment at which a function is due. `attempts` is 1 when it is fired for the first time."""

    function: str
    due: datetime
    attempts: int

    @property
    def id(self) -> str:
        """The same text for each attempt, also in another process."""
        return f"{self.function}/{self.due.isoformat()}"


class Scheduler:
    """Fires due moments while this process leads."""

    def __init__(
        self,
        postgres: Postgres,
        schema: str,
        functions: Iterable[str],
        moments: Moments,
        fire: Callable[[DueMoment], None],
        holder: str | None = None,
        seconds: float = SECONDS,
    ) -> None:
        """`fire` hands a moment over and returns. If it raises, the moment is fired again by the next step."""
        self.lease = Lease(postgres, schema, NAME, holder, seconds)
        self._postgres = postgres
        self._functions = sorted(functions)
        self._moments = moments
        self._fire = fire
        self._what = f"due moments (PostgreSQL {schema})"
        due, leases = quoted(schema, DUE), quoted(schema, LEASES)
        self._leads = (
            f"EXISTS (SELECT 1 FROM {leases} WHERE name = '{NAME}' AND holder = $1 AND term = $2 "  # noqa: S608
            "AND ends_at > clock_timestamp())"
        )
        self._last = f"SELECT f, (SELECT max(due) FROM {due} WHERE function = f) FROM unnest($1::text[]) AS f"  # noqa: S608
        self._add = (
            f"WITH led AS (SELECT {self._leads} AS yes), added AS (INSERT INTO {due} (function, due, fired_at) "  # noqa: S608
            "SELECT f, d, CASE WHEN over THEN d END FROM unnest($3::text[], $4::timestamptz[], $5::boolean[]) "
            "AS w (f, d, over), led WHERE led.yes ON CONFLICT DO NOTHING) SELECT yes FROM led"
        )
        self._claim = (
            f"UPDATE {due} SET term = $2, attempts = attempts + 1 WHERE (function, due) IN "  # noqa: S608
            f"(SELECT function, due FROM {due} WHERE fired_at IS NULL AND term < $2 AND due <= clock_timestamp() "
            f"AND function = ANY ($3) ORDER BY due LIMIT 1 FOR UPDATE SKIP LOCKED) AND {self._leads} "
            "RETURNING function, due, attempts"
        )
        self._done = f"UPDATE {due} SET fired_at = clock_timestamp() WHERE function = $1 AND due = $2 AND term = $3"  # noqa: S608
        self._again = f"UPDATE {due} SET term = 0 WHERE term = $1 AND fired_at IS NULL"  # noqa: S608
        self._old = (
            f"DELETE FROM {due} AS t WHERE fired_at < clock_timestamp() - $1::interval "  # noqa: S608
            f"AND due < (SELECT max(due) FROM {due} WHERE function = t.function)"
        )
        self._wrong: str | None = None
        self._failing: dict[str, str] = {}
        self._planned: dict[str, datetime] = {}
        self._planned_by = 0
        self._unfinished = False

    def wrong(self) -> str | None:
        """Return why the last step or a moment failed, None if nothing did. Each problem is logged once."""
        return self._wrong or next(iter(list(self._failing.values())), None)

    def run(self, stopped: Event) -> None:
        """Lead, or wait to lead, until `stopped` is set. Then another process may begin at once."""
        while not stopped.is_set():
            wrong = None
            try:
                self.step(stopped)
            except PortableError as error:  # the next step tries again
                wrong = str(error)
            except Exception as error:  # noqa: BLE001 - whatever it is, the role goes on
                wrong = f"{type(error).__name__}: {error}"
                _log.exception("schedules failed")
            if wrong is not None and self._wrong is None:
                _log.warning("schedules: %s", wrong)
            self._wrong = wrong
            stopped.wait(min(1.0, self.lease.seconds / 3))
        if self.lease.left() > 0:
            try:
                self.lease.release()
            except PortableError as error:
                _log.warning("the lead ends by itself in %.0f s: %s", self.lease.seconds, error)

    def step(self, stopped: Event | None = None) -> int:
        """Renew the lease, and fire what is due if this process holds it. Return how many moments were fired.

        Once `stopped` is set it fires no further one: the next leader does.
        """
        if not self.lease.hold():
            return 0
        if self._unfinished:
            self._postgres.rows(self._again, [self.lease.term], self._what)
        self._unfinished = True  # until this step has ended well
        if not self._plan():
            return 0
        fired, failed = 0, False
        while self.lease.left() > self.lease.seconds / 3 or self.lease.hold():
            if stopped is not None and stopped.is_set():
                return fired
            moment = self._next()
            if moment is None:
                break
            done = self._fired(moment)
            fired += done
            failed = failed or not done
        self._unfinished = failed
        return fired

    def forget(self) -> None:
        """Remove moments that were fired long ago. The last one of each function stays: there the next leader goes on."""
        self._postgres.rows(self._old, [KEPT], self._what)

    def _plan(self) -> bool:
        """Write the moments of each function up to now. Return whether this process still leads."""
        if self._planned_by != self.lease.term:
            self._planned, self._planned_by = {}, self.lease.term
        ((now,),) = self._postgres.rows("SELECT clock_timestamp()", [], self._what)
        new = [function for function in self._functions if function not in self._planned]
        last = self._planned | (dict(self._postgres.rows(self._last, [new], self._what)) if new else {})
        rows: list[tuple[str, datetime, bool]] = []
        for function in self._functions:
            start, over = self._start(function, last[function], now)
            rows += [(function, moment, True) for moment in over]
            rows += [(function, moment, False) for moment in self._moments(function, start, now + _TICK)]
        if rows:
            values = [self.lease.holder, self.lease.term, *(list(column) for column in zip(*rows, strict=True))]
            if self._postgres.rows(self._add, values, self._what) != [(True,)]:
                return False  # nothing was written, so nothing may be taken for planned
        self._planned = {function: now for function in self._functions}  # noqa: C420 - pyright
        return True

    def _start(self, function: str, last: datetime | None, now: datetime) -> tuple[datetime, list[datetime]]:
        """Return where the moments of a function go on, and moments to note as over: so the next leader begins there.

        `last` is the last moment that was looked at, or None for a function that is new: its moments begin now.
        """
        if last is None:
            return now + _TICK, [now]
        start = last + _TICK
        if start >= now - LATE or not any(True for _ in self._moments(function, start, now - LATE)):
            return start, []
        _log.warning("%s: what was due before %s is left out, because nothing led until now", function, now - LATE)
        return now - LATE, [now - LATE]

    def _next(self) -> DueMoment | None:
        values = [self.lease.holder, self.lease.term, self._functions]
        claimed = self._postgres.rows(self._claim, values, self._what, never)
        return DueMoment(*claimed[0]) if claimed else None

    def _fired(self, moment: DueMoment) -> bool:
        if self.lease.left() <= 0:  # this process was stopped for a while, and another one may lead
            return False
        try:
            self._fire(moment)
        except Exception as error:  # noqa: BLE001 - whatever a handler or a stream raises, the moment is fired again
            if moment.function not in self._failing:
                _log.warning("%s was not fired and is fired again: %s: %s", moment.id, type(error).__name__, error)
            self._failing[moment.function] = f"{moment.id} was not fired yet: {error}"
            return False
        self._failing.pop(moment.function, None)
        self._postgres.rows(self._done, [moment.function, moment.due, self.lease.term], self._what)
        return True
