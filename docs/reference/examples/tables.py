"""The examples of the page on tables; they run from top to bottom."""

# --- Table
from dataclasses import dataclass
from datetime import UTC, datetime

from portable import Index, Table


@dataclass
class Order:
    customer: str
    number: int
    status: str
    placed_at: datetime
    total: int = 0


orders = Table(
    "orders",
    row=Order,
    key="customer",
    sort="number",
    indexes=(Index("by_status", key="status", sort="placed_at"),),
)
sessions = Table("sessions", key="id", ttl="expires_at")  # without a row type, rows are dicts

# --- Key
from portable import Key, Table

readings = Table("readings", key="sensor", sort=Key("at", datetime))

# --- TableWriter
from typing import Annotated

from portable import TableWriter, field, function, http
from portable.testing import memory


@function(http.post("/orders/{customer}/{number}"))
def place(customer: str, number: int, rows: Annotated[TableWriter[Order], orders]) -> None:
    rows.put(Order(customer, number, "new", datetime.now(UTC), total=10), if_absent=True)


@function(http.post("/orders/{customer}/{number}/pay"))
def pay(customer: str, number: int, rows: Annotated[TableWriter[Order], orders]) -> Order:
    return rows.update(customer, number, set={"status": "paid"}, condition=field("status") == "new")


rows = memory(orders)  # may do everything
place("ada", 7, rows)
assert pay("ada", 7, rows).status == "paid"

# --- TableReader
from portable import TableReader, sort


@function(http.get("/orders/{customer}"))
def newest(customer: str, rows: Annotated[TableReader[Order], orders]) -> list[Order]:
    return rows.query(customer, sort.ge(1), reverse=True, limit=10).items


assert [order.number for order in newest("ada", rows)] == [7]

# --- Index
from portable import Index

by_status = Index("by_status", key="status", sort="placed_at")
assert orders.indexes == (by_status,)
assert len(rows.query("paid", index="by_status")) == 1

# --- field
from portable import field

condition = (field("status") == "paid") & (field("total") >= 10) | ~field("total").exists()
assert [order.number for order in rows.scan(filter=condition)] == [7]

# --- sort
from portable import sort

assert len(rows.query("ada", sort.between(1, 9))) == 1
assert len(rows.query("ada", sort.lt(7))) == 0

# --- TableReadWriter
from portable import TableReadWriter


@function(http.post("/orders/{customer}/{number}/split"))
def split(customer: str, number: int, rows: Annotated[TableReadWriter[Order], orders]) -> None:
    order = rows.get(customer, number)
    with rows.transaction(customer) as writes:  # both writes are done, or none
        writes.update(number, add={"total": -5}, condition=field("total") >= 5)
        writes.put(Order(customer, number + 1, order.status, order.placed_at, total=5), if_absent=True)


split("ada", 7, rows)
assert [order.total for order in rows.query("ada")] == [5, 5]

# --- AsyncTableWriter
import asyncio

from portable import AsyncTableWriter
from portable.testing import async_memory


@function(http.put("/sessions/{id}"))
async def begin(id: str, rows: Annotated[AsyncTableWriter, sessions]) -> None:
    await rows.put({"id": id, "expires_at": datetime(2100, 1, 1, tzinfo=UTC)})


waiting = async_memory(sessions)
asyncio.run(begin("s-1", waiting))

# --- AsyncTableReader
from portable import AsyncTableReader


@function(http.get("/sessions/{id}"))
async def look(id: str, rows: Annotated[AsyncTableReader, sessions]) -> dict[str, object]:
    return await rows.get(id, default={})


assert asyncio.run(look("s-1", waiting))["id"] == "s-1"

# --- AsyncTableReadWriter
from portable import AsyncTableReadWriter


@function(http.post("/sessions/{id}/visits"))
async def visit(id: str, rows: Annotated[AsyncTableReadWriter, sessions]) -> dict[str, object]:
    return await rows.update(id, add={"visits": 1})


assert asyncio.run(visit("s-1", waiting))["visits"] == 1
