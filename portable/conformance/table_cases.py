"""The tables, the values and the store under test of the table suite.

Every test writes under its own keys, so the tables may be shared and need not be empty. The suite can run against a real
account.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from portable.conformance.shared import Harness
from portable.persistence.async_clients import AsyncTableReadWriter
from portable.persistence.clients import TableReadWriter
from portable.persistence.table import Index, Key, Table

if TYPE_CHECKING:
    from portable.persistence.driver import TableDriver


@dataclass
class Item:
    """The row type of the typed table."""

    id: str
    price: Decimal
    tags: list[str] = field(default_factory=list)
    group: str | None = None
    stock: int = 0


SHELF = Table("conformance-shelf", key="owner", sort="name")
PLAIN = Table("conformance-plain", key="id")
NUMBERS = Table("conformance-numbers", key=Key("n", int), sort=Key("m", int))
TIMES = Table("conformance-times", key="day", sort=Key("at", datetime))
ORDERS = Table(
    "conformance-orders",
    key="customer",
    sort="order",
    indexes=(
        Index("by_status", key="status", sort=Key("placed_at", datetime)),
        Index("by_total", key="region", sort=Key("total", int)),
        Index("by_mail", key="mail"),
    ),
)
SESSIONS = Table("conformance-sessions", key="id", ttl="ttl")
TYPED = Table("conformance-typed", row=Item, key="id", indexes=(Index("by_group", key="group"),))
ABILITIES = {
    "wide sums": "add is exact in sums of more than 28 digits",
}
"""The abilities that a server under test may lack. A real store has all of them."""
TABLES = (SHELF, PLAIN, NUMBERS, TIMES, ORDERS, SESSIONS, TYPED)
"""Every table of the suite. A harness makes them, empty or not, before the first test."""


@dataclass(frozen=True)
class Store(Harness):
    """The store under test.

    `open` returns a new driver of one of TABLES, as after a restart: what an earlier driver wrote is still there.
    `lacks` maps an ability to the reason why this server lacks it; the test is skipped with that reason. `native` is a
    type that `unwrap` returns. `examples` is the number of examples per property for hypothesis. `patience` is the
    longest time, in seconds, until an index has followed a write.
    """

    open: Callable[[Table], TableDriver]
    lacks: Mapping[str, str] = field(default_factory=dict)
    native: type = object
    examples: int = 25
    patience: float = 5.0

    def client(self, table: Table) -> TableReadWriter[Any]:
        """Return a client with all permissions on a new driver."""
        return TableReadWriter(table, self)  # type: ignore[arg-type]

    def async_client(self, table: Table) -> AsyncTableReadWriter[Any]:
        """Return an asynchronous client with all permissions on a new driver."""
        return AsyncTableReadWriter(table, self)  # type: ignore[arg-type]

    @property
    def settings(self) -> settings:
        """Return hypothesis' settings for this store."""
        return settings(
            max_examples=self.examples,
            deadline=None,
            database=None,
            suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
        )


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
key_texts = texts.filter(lambda text: 0 < len(text.encode()) <= 255)
numbers = st.one_of(
    st.integers(-(10**38) + 1, 10**38 - 1),
    st.integers(-100, 100),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(
        [0.0, -0.0, 1.0, 0.1, 1e23, 2.0**60, 5e-324, 1.7976931348623157e308, 2**53, 2**53 + 1, 2**63, 1e126]
    ),
)
times = st.datetimes(
    datetime(1, 1, 3),
    datetime(9999, 12, 29),
    timezones=st.sampled_from([UTC]),
)
scalars = st.one_of(
    st.none(), st.booleans(), numbers, texts, st.sampled_from(["@", "@@", "@b", "@n1"]), times, st.binary(max_size=12)
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(texts, inner, max_size=4)),
    max_leaves=8,
)
compared = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from([0, 1, 2, -1, 1.0, 1.5, 2**53, float(2**53), 2**53 + 1, 10**37, 1e200, -1e200, 1e-200, 0.1]),
    st.sampled_from(["", "a", "b", "A", "@", "@a", "@2026", "z", "é", "\uffff", "\U0001f600"]),
    st.sampled_from([b"", b"a", b"b"]),
    st.sampled_from([datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC) + timedelta(microseconds=1)]),
    st.sampled_from([[], [1], [1.0], [True], {"a": 1}, {}, [None]]),
)
"""A few values of every type, so that random ones are often equal."""
