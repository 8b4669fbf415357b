"""The records of idempotent calls: returns a claim or a stored result for a key, or raises InProgress.

A record is one row. `state` is "running" or "done" (or "failed", if other deliveries came in the meantime). `until` is
its end in milliseconds since the epoch. `owner` identifies the run, and `fence` is its fencing token. `busy` counts the
deliveries that were told to come again. `result` is the result, `request` a digest. Every change is one conditional
write, so two deliveries at the same time cannot both run.

A run whose lease has ended can be taken over. The new run starts at or after the end of the lease, so its `fence` is
larger, and later writes of the old run are refused.
"""

from __future__ import annotations

import logging
from contextlib import suppress

from portable.base.values import Value
from portable.errors import Conflict, InProgress, PortableError, Timeout, Unavailable
from portable.persistence.clients import TableReadWriter
from portable.persistence.query import field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from portable.base.drivers import Drivers
    from portable.persistence.idempotency import Idempotent
    from portable.persistence.query import Condition

_log = logging.getLogger("portable")


class Claim:
    """The right to run a key. `owner` proves it. `fence` orders the runs of the key."""

    __slots__ = ("fence", "key", "owner")

    def __init__(self, key: str, owner: str, fence: int) -> None:
        self.key = key
        self.owner = owner
        self.fence = fence

    def held(self) -> Condition:
        """Return the condition that the key was not taken over."""
        return (field("owner") == self.owner) & (field("fence") == self.fence)


class History(Value):
    """What earlier deliveries of a key left behind.

    `skipped` is how many of them found the key running, `done` whether its work is done, `running` whether it still
    runs.
    """

    skipped: int = 0
    done: bool = False
    running: bool = False


class Records:
    """The records of one declaration."""

    def __init__(self, declared: Idempotent, drivers: Drivers) -> None:
        table = declared.table
        self._field = table.key if isinstance(table.key, str) else table.key.name
        self._ttl = table.ttl
        self._seconds = declared.seconds
        self._rows: TableReadWriter[Any] = TableReadWriter(table, drivers)

    def claim(self, key: str, now: float, ends: float, request: str | None) -> Claim | dict[str, Any]:
        """Return a claim to run until `ends`, or the record of the finished call. Raises InProgress."""
        from uuid import uuid4

        owner = uuid4().hex
        moment = int(now * 1000)
        until = max(moment + 1, int(ends * 1000))
        free = ~field(self._field).exists() | (field("state") == "failed") | (field("until") <= moment)
        fields: dict[str, Any] = {
            "state": "running",
            "until": until,
            "owner": owner,
            "fence": moment,
            **self._life(now),
        }
        if request is not None:
            fields["request"] = request
        unheard: PortableError | None = None
        for _ in range(3):
            try:
                self._rows.update(key, set=fields, remove=("result",), condition=free)
                return Claim(key, owner, moment)
            except (
                Conflict,
                Timeout,
                Unavailable,
            ) as error:  # if there was no reply, the row shows whether it was written
                unheard = None if isinstance(error, Conflict) else error
                row = self._rows.get(key, default=None, consistent=True)
            if row is not None and row["state"] == "running" and row["owner"] == owner:
                return Claim(key, owner, moment)
            if row is None or row["state"] == "failed" or row["until"] <= moment:
                continue
            if row["state"] == "done":
                return dict(row)
            self._count_busy(key)
            raise InProgress(key, max(1, -int((moment - row["until"]) // 1000)))
        raise unheard or InProgress(key, 1)

    def finish(self, claim: Claim, now: float, result: dict[str, Any]) -> bool:
        """Store the result. If the key was taken over, return False and store nothing."""
        fields = {"state": "done", "until": int((now + self._seconds) * 1000), "result": result, **self._life(now)}
        try:
            self._rows.update(claim.key, set=fields, remove=("busy",), condition=claim.held())
        except Conflict:
            _log.warning("the call of %s ran beyond its deadline, and another delivery took its key over", claim.key)
            return False
        return True

    def result(self, key: str) -> dict[str, Any] | None:
        """Return the record of a key if its work is done, else None."""
        row = self._rows.get(key, default=None, consistent=True)
        return dict(row) if row is not None and row["state"] == "done" else None

    def abandon(self, claim: Claim) -> None:
        """Remove the record of a call that raised. Only the count of deliveries that came in the meantime is kept."""
        held = claim.held()
        try:
            try:
                self._rows.delete(claim.key, condition=held & ~field("busy").exists())
            except Conflict:
                self._rows.update(claim.key, set={"state": "failed"}, condition=held)
        except Conflict:
            pass  # taken over
        except PortableError as error:
            _log.warning("the record of %s could not be removed; it ends at its deadline: %s", claim.key, error)

    def history(self, key: str, now: float) -> History:
        """Return what earlier deliveries of a key left behind."""
        row = self._rows.get(key, default=None, consistent=True)
        if row is None:
            return History()
        state = row["state"]
        running = state == "running" and row["until"] > int(now * 1000)
        return History(int(row.get("busy", 0)), state == "done", running)

    def _count_busy(self, key: str) -> None:
        with suppress(Conflict):  # the call has ended in the meantime
            self._rows.update(key, add={"busy": 1}, condition=field("state") == "running")

    def _life(self, now: float) -> dict[str, Any]:
        if self._ttl is None:
            return {}
        from datetime import UTC, datetime

        return {self._ttl: datetime.fromtimestamp(now + self._seconds + 60, UTC)}
