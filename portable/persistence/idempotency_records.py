"""The records of idempotent calls: a key and a deadline in; the right to run, a stored result or `InProgress` out.

A record is one row: `state` is "running" or "done" (or "failed", when others came meanwhile), `until` its end in epoch
milliseconds, `owner` who runs, `fence` the token of that run, `busy` how many deliveries were told to come again,
`result` and `request` (a digest). Every change is one conditional write, so two deliveries at the same time cannot both
run. A run whose lease has ended can be taken over; the one who takes it over has a larger `fence`, for it must come at
or after the end of the lease, and what the first one writes later is refused.
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
    """The right to run a key: `owner` proves it, `fence` orders it among all runs of the key."""

    __slots__ = ("fence", "key", "owner")

    def __init__(self, key: str, owner: str, fence: int) -> None:
        self.key = key
        self.owner = owner
        self.fence = fence

    def held(self) -> Condition:
        """Return the condition that nobody has taken the key over."""
        return (field("owner") == self.owner) & (field("fence") == self.fence)


class History(Value):
    """What earlier deliveries of a key left: how many found it at work, whether it is done, whether it is at work."""

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
        """Return a claim to run until `ends`, or the record of the call that is done. Raises InProgress."""
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
            except (Conflict, Timeout, Unavailable) as error:  # without a reply, the row tells whether it was written
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
        """Keep the result. Return False for a claim that was taken over meanwhile, which keeps nothing."""
        fields = {"state": "done", "until": int((now + self._seconds) * 1000), "result": result, **self._life(now)}
        try:
            self._rows.update(claim.key, set=fields, remove=("busy",), condition=claim.held())
        except Conflict:
            _log.warning("the call of %s took longer than its deadline and was taken over", claim.key)
            return False
        return True

    def result(self, key: str) -> dict[str, Any] | None:
        """Return the record of a key that is done, else None."""
        row = self._rows.get(key, default=None, consistent=True)
        return dict(row) if row is not None and row["state"] == "done" else None

    def abandon(self, claim: Claim) -> None:
        """Remove the record of a call that raised; only the count of deliveries that came meanwhile is kept."""
        mine = claim.held()
        try:
            try:
                self._rows.delete(claim.key, condition=mine & ~field("busy").exists())
            except Conflict:
                self._rows.update(claim.key, set={"state": "failed"}, condition=mine)
        except Conflict:
            pass  # taken over
        except PortableError as error:
            _log.warning("the record of %s could not be removed, it ends at its deadline: %s", claim.key, error)

    def history(self, key: str, now: float) -> History:
        """Return what earlier deliveries of a key left."""
        row = self._rows.get(key, default=None, consistent=True)
        if row is None:
            return History()
        state = row["state"]
        running = state == "running" and row["until"] > int(now * 1000)
        return History(int(row.get("busy", 0)), state == "done", running)

    def _count_busy(self, key: str) -> None:
        with suppress(Conflict):  # it ended meanwhile
            self._rows.update(key, add={"busy": 1}, condition=field("state") == "running")

    def _life(self, now: float) -> dict[str, Any]:
        if self._ttl is None:
            return {}
        from datetime import UTC, datetime

        return {self._ttl: datetime.fromtimestamp(now + self._seconds + 60, UTC)}
