"""The records of idempotent calls: a key and a deadline in; the right to run, a stored result or `InProgress` out.

A record is one row: `state` is "running" or "done" (or "failed", when others came meanwhile), `until` its end in epoch
milliseconds, `owner` who runs, `busy` how many deliveries were told to come again, `result` and `request` (a digest).
Every change is one conditional write, so two deliveries at the same time cannot both run.
"""

from __future__ import annotations

import logging
from contextlib import suppress

from portable.errors import Conflict, InProgress, PortableError, Timeout, Unavailable
from portable.persistence.clients import TableReadWriter
from portable.persistence.query import field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from portable.base.drivers import Drivers
    from portable.persistence.idempotency import Idempotent

_log = logging.getLogger("portable")


class Claim:
    """The right to run a key: `owner` proves it."""

    __slots__ = ("key", "owner")

    def __init__(self, key: str, owner: str) -> None:
        self.key = key
        self.owner = owner


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
        fields: dict[str, Any] = {"state": "running", "until": until, "owner": owner, **self._life(now)}
        if request is not None:
            fields["request"] = request
        unheard: PortableError | None = None
        for _ in range(3):
            try:
                self._rows.update(key, set=fields, remove=("result",), condition=free)
                return Claim(key, owner)
            except (Conflict, Timeout, Unavailable) as error:  # without a reply, the row tells whether it was written
                unheard = None if isinstance(error, Conflict) else error
                row = self._rows.get(key, default=None, consistent=True)
            if row is not None and row["state"] == "running" and row["owner"] == owner:
                return Claim(key, owner)
            if row is None or row["state"] == "failed" or row["until"] <= moment:
                continue
            if row["state"] == "done":
                return dict(row)
            self._count_busy(key)
            raise InProgress(key, max(1, -int((moment - row["until"]) // 1000)))
        raise unheard or InProgress(key, 1)

    def finish(self, claim: Claim, now: float, result: dict[str, Any]) -> None:
        """Keep the result. A claim that was taken over meanwhile keeps nothing."""
        fields = {"state": "done", "until": int((now + self._seconds) * 1000), "result": result, **self._life(now)}
        try:
            self._rows.update(claim.key, set=fields, remove=("busy",), condition=field("owner") == claim.owner)
        except Conflict:
            _log.warning("the call of %s took longer than its deadline and was taken over", claim.key)

    def abandon(self, claim: Claim) -> None:
        """Remove the record of a call that raised; only the count of deliveries that came meanwhile is kept."""
        mine = field("owner") == claim.owner
        try:
            try:
                self._rows.delete(claim.key, condition=mine & ~field("busy").exists())
            except Conflict:
                self._rows.update(claim.key, set={"state": "failed"}, condition=mine)
        except Conflict:
            pass  # taken over
        except PortableError as error:
            _log.warning("the record of %s could not be removed, it ends at its deadline: %s", claim.key, error)

    def busy(self, key: str) -> int:
        """Return how many deliveries of a key were told to come again."""
        row = self._rows.get(key, default=None, consistent=True)
        return 0 if row is None else int(row.get("busy", 0))

    def _count_busy(self, key: str) -> None:
        with suppress(Conflict):  # it ended meanwhile
            self._rows.update(key, add={"busy": 1}, condition=field("state") == "running")

    def _life(self, now: float) -> dict[str, Any]:
        if self._ttl is None:
            return {}
        from datetime import UTC, datetime

        return {self._ttl: datetime.fromtimestamp(now + self._seconds + 60, UTC)}
