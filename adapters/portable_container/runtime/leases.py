"""A lease: of all processes that ask for it, one holds it until it ends, and renews it before. It is one row.

The server's clock decides when a lease ends. The holder counts from before it asked, so it stops before another one can
begin. `term` grows with each new holder: what an earlier holder still does is refused by its term.
"""

from __future__ import annotations

from portable.base.calls import never
from portable_container.runtime.persistence_columns import quoted
from portable_container.runtime.schema_work import LEASES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from portable_container.runtime.clients import Postgres

SECONDS = 6.0
"""How long a lease lasts. Its holder renews it each second. When it dies, another one begins within 7 s."""


class Lease:
    """The lease `name` of a schema, for one holder."""

    def __init__(
        self, postgres: Postgres, schema: str, name: str, holder: str | None = None, seconds: float = SECONDS
    ) -> None:
        """`holder` names this process among all others; by default by a random text."""
        if holder is None:
            from uuid import uuid4

            holder = uuid4().hex
        self.holder = holder
        self.name = name
        self.seconds = seconds
        self.term = 0
        self._until = 0.0
        self._postgres = postgres
        self._what = f"lease {name} (PostgreSQL {schema})"
        table = quoted(schema, LEASES)
        ends = "clock_timestamp() + $3::float8 * interval '1 second'"
        self._take = (
            f"INSERT INTO {table} AS l (name, holder, term, ends_at) VALUES ($1, $2, 1, {ends}) "  # noqa: S608
            "ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, ends_at = excluded.ends_at, "
            "term = l.term + CASE WHEN l.holder = excluded.holder THEN 0 ELSE 1 END "
            "WHERE l.holder = excluded.holder OR l.ends_at < clock_timestamp() RETURNING term"
        )
        self._end = f"UPDATE {table} SET ends_at = '-infinity' WHERE name = $1 AND holder = $2"  # noqa: S608

    def hold(self) -> bool:
        """Take the lease or renew it. Return whether this process holds it now."""
        asked = _now()
        found = self._postgres.rows(self._take, [self.name, self.holder, self.seconds], self._what, never)
        if not found:
            self._until = 0.0
            return False
        self.term = found[0][0]
        self._until = asked + self.seconds
        return True

    def left(self) -> float:
        """Return the seconds until the lease ends. It is not above 0 if this process does not hold it."""
        return self._until - _now()

    def release(self) -> None:
        """End the lease, so that another process can begin at once."""
        self._until = 0.0
        self._postgres.rows(self._end, [self.name, self.holder], self._what)


def _now() -> float:
    """Return seconds of a clock that also runs while the machine sleeps."""
    import time

    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))
