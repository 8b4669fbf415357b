"""Orders: taken over HTTP, stock held for them, paid through a queue, told to whom it concerns, counted every night.

Every step may run twice or break off in the middle and runs again: an order's id is made from the client's key, the
hold on the stock and each count carry a mark in the same transaction, and payments are idempotent by order.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from uuid import NAMESPACE_URL, uuid5

from portable import (
    AsyncTableWriter,
    Conflict,
    Context,
    HTTPError,
    Idempotent,
    Index,
    Message,
    Queue,
    QueueSender,
    Response,
    Retry,
    Secret,
    Setting,
    Table,
    TableReader,
    TableReadWriter,
    TableWriter,
    Tick,
    Topic,
    TopicPublisher,
    function,
    http,
    schedule,
)
from portable import field as stored

HOLD = timedelta(minutes=30)


@dataclass
class Line:
    """So many of one thing."""

    sku: str
    count: int


@dataclass
class NewOrder:
    """What a client sends."""

    customer: str
    lines: list[Line]


@dataclass
class Order:
    """What is kept of an order. `status` is new, paid or cancelled; `total` is in cents."""

    customer: str
    id: str
    status: str
    placed_at: datetime
    total: int
    lines: list[Line] = field(default_factory=list)
    receipt: str | None = None


@dataclass
class Payment:
    """A payment that is due."""

    customer: str
    order: str
    total: int


orders = Table("orders", row=Order, key="customer", sort="id", indexes=(Index("by_status", "status", "placed_at"),))
stock = Table("stock", key="shelf", sort="entry")  # entries: sku/<sku> what there is, order/<id> what an order holds
holds = Table("holds", key="order", ttl="ends")
ledger = Table("ledger", key="order")
figures = Table("figures", key="day", sort="entry")  # entries: total/<kind> and one mark per event
letters = Table("letters", key="order")
seen = Table("seen", key="id", ttl="expires")
payments = Queue("payments")
news = Topic("order-news")

SHELF = "main"


@function(http.put("/stock/{sku}"))
def restock(sku: str, shelf: Annotated[TableWriter, stock], count: int, price: int) -> None:
    """Put so many things on the shelf, at a price in cents."""
    shelf.put({"shelf": SHELF, "entry": f"sku/{sku}", "free": count, "held": 0, "price": price})


@function(http.get("/stock/{sku}"))
def in_stock(sku: str, shelf: Annotated[TableReader, stock]) -> dict[str, Any]:
    """Tell what is free and what is held."""
    row = shelf.get(SHELF, f"sku/{sku}", default=None, consistent=True)
    if row is None:
        raise HTTPError(404, f"there is no {sku}")
    return {"free": row["free"], "held": row["held"]}


@function(http.post("/orders"), idempotent=Idempotent(seen, ttl=timedelta(hours=24)))
def place(
    body: NewOrder,
    context: Context,
    kept: Annotated[TableReadWriter[Order], orders],
    shelf: Annotated[TableReadWriter, stock],
    held: Annotated[TableWriter, holds],
    due: Annotated[QueueSender, payments],
    tell: Annotated[TopicPublisher, news],
    key: Annotated[str | None, http.Header("idempotency-key")] = None,
) -> Response:
    """Take an order: hold its stock or refuse it, then ask for the payment."""
    number = str(uuid5(NAMESPACE_URL, f"orders/{body.customer}/{key or context.request_id}"))
    counts = _counts(body.lines)
    found = shelf.batch_get([(SHELF, f"sku/{sku}") for sku in counts])
    prices = {row["entry"].removeprefix("sku/"): row["price"] for row in found if row is not None}
    missing = sorted(counts.keys() - prices.keys())
    if missing:
        raise HTTPError(422, f"there is no {', '.join(missing)}")
    if shelf.get(SHELF, f"order/{number}", default=None, consistent=True) is None:
        _hold(shelf, number, counts)
    total = sum(count * prices[sku] for sku, count in counts.items())
    order = Order(body.customer, number, "new", datetime.now(UTC), total, body.lines)
    held.put({"order": number, "customer": body.customer, "ends": datetime.now(UTC) + HOLD})
    try:
        kept.put(order, if_absent=True)
    except Conflict:
        order = kept.get(body.customer, number, consistent=True)
    due.send(Payment(body.customer, number, total), attributes={"customer": body.customer})
    tell.publish({"order": number, "customer": body.customer}, attributes={"kind": "placed"})
    return Response.json({"id": number, "total": total, "status": order.status}, status=201)


@function(http.get("/orders/{customer}/{number}"))
def show(customer: str, number: str, kept: Annotated[TableReader[Order], orders]) -> Order:
    """Show one order."""
    found = kept.get(customer, number, default=None, consistent=True)
    if found is None:
        raise HTTPError(404, f"{customer} has no order {number}")
    return found


@function(http.get("/orders"))
def find(
    kept: Annotated[TableReader[Order], orders], status: str, limit: int = 20, page: str | None = None
) -> dict[str, Any]:
    """List orders of a status, oldest first, page by page."""
    found = kept.query(status, index="by_status", limit=limit, page=page)
    return {"orders": found.items, "next": found.next}


@function(
    payments.messages(),
    retry=Retry(attempts=3),
    dead_letter=True,
    idempotent=Idempotent(seen, key=lambda message: message.payload.order, ttl=timedelta(hours=24)),
)
def pay(
    message: Message[Payment],
    kept: Annotated[TableReadWriter[Order], orders],
    books: Annotated[TableWriter, ledger],
    tell: Annotated[TopicPublisher, news],
    key: Annotated[str, Secret("payment-key")],
    limit: Annotated[str, Setting("payment-limit", default="100000")],
    currency: Annotated[str, Setting("currency", default="EUR")],
) -> None:
    """Charge a customer once; more than the limit is declined, and a declined payment ends as a dead letter."""
    due = message.payload
    if due.total > int(limit):
        raise ValueError(f"{due.total} {currency} is more than {limit}")
    receipt = str(uuid5(NAMESPACE_URL, f"{key}/{due.order}"))
    entry = {"order": due.order, "customer": due.customer, "amount": due.total, "currency": currency}
    books.put(entry | {"receipt": receipt})
    try:
        kept.update(
            due.customer, due.order, set={"status": "paid", "receipt": receipt}, condition=stored("status") == "new"
        )
    except Conflict:
        if kept.get(due.customer, due.order, consistent=True).status != "paid":
            raise
    tell.publish({"order": due.order, "customer": due.customer}, attributes={"kind": "paid"})


@function(payments.dead_letters.messages())
def give_up(
    message: Message[Payment],
    kept: Annotated[TableReadWriter[Order], orders],
    shelf: Annotated[TableReadWriter, stock],
    held: Annotated[TableWriter, holds],
    tell: Annotated[TopicPublisher, news],
) -> None:
    """Cancel an order that was not paid, and put its things back."""
    due = message.payload
    order = kept.get(due.customer, due.order, consistent=True)
    if order.status == "paid":
        return
    if order.status == "new":
        kept.update(due.customer, due.order, set={"status": "cancelled"}, condition=stored("status") == "new")
    if shelf.get(SHELF, f"order/{due.order}", default=None, consistent=True) is not None:
        with shelf.transaction(SHELF) as writes:
            writes.delete(f"order/{due.order}", condition=stored("shelf").exists())
            for sku, count in _counts(order.lines).items():
                writes.update(f"sku/{sku}", add={"free": count, "held": -count})
    held.delete(due.order)
    tell.publish({"order": due.order, "customer": due.customer}, attributes={"kind": "cancelled"})


@function(news.messages())
def tally(message: Message[dict[str, str]], counts: Annotated[TableReadWriter, figures]) -> None:
    """Count each event of an order once."""
    kind, mark = message.attributes["kind"], f"{message.attributes['kind']}/{message.payload['order']}"
    if counts.get("all", mark, default=None, consistent=True) is None:
        with counts.transaction("all") as writes:
            writes.put({"day": "all", "entry": mark}, if_absent=True)
            writes.update(f"total/{kind}", add={"count": 1})


@function(news.messages(filter={"kind": "paid"}))
async def inform(message: Message[dict[str, str]], out: Annotated[AsyncTableWriter, letters]) -> None:
    """Write to a customer who has paid."""
    await out.put({"order": message.payload["order"], "to": message.payload["customer"], "text": "thank you"})


@function(schedule.cron("0 3 * * *", timezone="Europe/Berlin"))
def nightly(tick: Tick, kept: Annotated[TableReader[Order], orders], report: Annotated[TableWriter, figures]) -> None:
    """Write how many orders there are of each status and what was earned, under the day of the tick."""
    count: dict[str, int] = {}
    earned, page = 0, None
    while True:
        found = kept.scan(limit=2, page=page)
        for order in found.items:
            count[order.status] = count.get(order.status, 0) + 1
            earned += order.total if order.status == "paid" else 0
        page = found.next
        if page is None:
            break
    report.put({"day": f"{tick.scheduled_at:%Y-%m-%d}", "entry": "report", "count": count, "earned": earned})


def _counts(lines: list[Line]) -> dict[str, int]:
    found: dict[str, int] = {}
    for line in lines:
        if line.count < 1:
            raise HTTPError(422, f"{line.sku}: a count is at least 1")
        found[line.sku] = found.get(line.sku, 0) + line.count
    if not found:
        raise HTTPError(422, "an order has at least one line")
    return found


def _hold(shelf: TableReadWriter, number: str, counts: dict[str, int]) -> None:
    """Take everything from the shelf or nothing. Raises HTTPError 409 when there is not enough."""
    try:
        with shelf.transaction(SHELF) as writes:
            writes.put({"shelf": SHELF, "entry": f"order/{number}", "counts": counts}, if_absent=True)
            for sku, count in counts.items():
                writes.update(f"sku/{sku}", add={"free": -count, "held": count}, condition=stored("free") >= count)
    except Conflict as error:
        if shelf.get(SHELF, f"order/{number}", default=None, consistent=True) is None:
            raise HTTPError(409, f"not enough in stock: {error}") from error
