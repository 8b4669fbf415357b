"""Mistakes in whole apps: an order comes by HTTP, is queued, booked and mailed; a payment is booked and announced."""

from __future__ import annotations

from mutants.form import PLAIN, mistake

ORDERS = """
from dataclasses import dataclass

orders = Table("orders", key="id")
totals = Table("totals", key="customer", sort="id")
incoming = Queue("incoming")
mails = Queue("mails")

@dataclass
class Order:
    id: str
    customer: str
    amount: int

@function(http.post("/orders"))
def place(request: Request, body: Order, out: Annotated[QueueSender, incoming]) -> Response:
    out.send(body, attributes={"caller": request.headers.get("X-Caller") or "unknown"})
    return Response.json({"id": body.id}, status=202)

@function(incoming.messages(batch=5), retry=Retry(attempts=3), dead_letter=True)
def book(
    message: Message[Order],
    rows: Annotated[TableWriter, orders],
    sums: Annotated[TableWriter, totals],
    out: Annotated[QueueSender, mails],
) -> None:
    order = message.payload
    if order.amount < 0:
        raise ValueError("an amount is not negative")
    sums.put({"customer": order.customer, "id": order.id, "amount": order.amount})
    rows.update(order.id, set={"booked": True, "caller": message.attributes["caller"]})
    out.send({"order": order.id})

@function(mails.messages())
def mail(message: Message[dict], rows: Annotated[TableWriter, orders]) -> None:
    rows.update(message.payload["order"], set={"mailed": True})
"""

_BOOKED = """    rows.update(order.id, set={"booked": True, "caller": message.attributes["caller"]})
"""
_SENT = """    out.send({"order": order.id})
"""
EARLY = ORDERS.replace(_BOOKED + _SENT, _SENT + _BOOKED)


def _orders_are_booked(cloud, app):
    for number in range(3):
        order = {"id": f"o-{number}", "customer": "ada", "amount": 10}
        cloud.http.post("/orders", json=order, headers={"X-Caller": "web"}).expect(202)
    cloud.settle()
    assert sum(row["amount"] for row in cloud.table(app.totals).query("ada").items) == 30
    for number in range(3):
        row = cloud.table(app.orders).get(f"o-{number}")
        assert (row["booked"], row["mailed"], row["caller"]) == (True, True, "web")
    assert cloud.queue(app.incoming).dead_letters == []
    assert cloud.failures == []


@mistake(
    "A Conflict with an earlier write of the same message is treated as a failure.",
    right="Write the same row again.",
    app=ORDERS,
    change={'"amount": order.amount})': '"amount": order.amount}, if_absent=True)'},
)
def orders_that_come_again_do_not_fail(cloud, app):
    _orders_are_booked(cloud, app)


@mistake(
    "One of several steps is done only at the first attempt.",
    right="Do every step at every attempt.",
    app=ORDERS,
    change={'    out.send({"order": order.id})': '    if message.attempt == 1:\n        out.send({"order": order.id})'},
)
def orders_are_mailed(cloud, app):
    _orders_are_booked(cloud, app)


@mistake(
    "One function overwrites fields of a row that another function wrote.",
    right="Update only the fields that belong to this function.",
    app=EARLY,
    change={
        'rows.update(message.payload["order"], set={"mailed": True})': (
            'rows.put({**rows.get(message.payload["order"], default={"id": message.payload["order"]}), "mailed": True})'
        ),
        "def mail(message: Message[dict], rows: Annotated[TableWriter, orders])": (
            "def mail(message: Message[dict], rows: Annotated[TableReadWriter, orders])"
        ),
    },
)
def no_function_writes_over_another(cloud, app):
    _orders_are_booked(cloud, app)


@mistake(
    "A handler does not declare the client that it needs.",
    right="Declare the client in the parameter's type, such as TableWriter: it is the permission.",
    app=ORDERS,
    change={
        "def mail(message: Message[dict], rows: Annotated[TableWriter, orders])": (
            "def mail(message: Message[dict], rows: Annotated[TableReader, orders])"
        )
    },
    found_by=PLAIN,
)
def a_permission_is_declared(cloud, app):
    _orders_are_booked(cloud, app)


PAYMENTS = """
seen = Table("seen", key="id", ttl="ends")
ledger = Table("ledger", key="account", sort="entry")
payments = Queue("payments")
news = Topic("news")

@function(payments.messages(), idempotent=Idempotent(seen), retry=Retry(attempts=4))
def pay(message: Message[str], rows: Annotated[TableReadWriter, ledger], out: Annotated[TopicPublisher, news]) -> None:
    with rows.transaction("cash") as changes:
        changes.put({"account": "cash", "entry": message.id, "what": message.payload})
    out.publish(message.payload)

@function(news.messages())
async def heard(message: Message[str], rows: Annotated[AsyncTableWriter, ledger]) -> None:
    await rows.put({"account": "heard", "entry": message.payload})
"""


def _payments_are_booked(cloud, app):
    for what in ("rent", "food"):
        cloud.queue(app.payments).send(what)
    cloud.settle()
    assert sorted(row["what"] for row in cloud.table(app.ledger).query("cash").items) == ["food", "rent"]
    assert sorted(row["entry"] for row in cloud.table(app.ledger).query("heard").items) == ["food", "rent"]
    assert cloud.failures == []


@mistake(
    "An idempotent handler books under a new id each time, and dies before its idempotency record is written.",
    right="Book under the message's id: the idempotency record saves work, but it does not undo half-finished work.",
    app=PAYMENTS,
    change={'"entry": message.id,': '"entry": uuid.uuid4().hex,'},
)
def a_payment_is_booked_under_its_id(cloud, app):
    _payments_are_booked(cloud, app)


@mistake(
    "A booking is announced before it is made, and not announced at all if it was made by an earlier delivery.",
    right="Announce it last, at every attempt.",
    app=PAYMENTS.replace(", idempotent=Idempotent(seen)", ""),
    change={
        """    with rows.transaction("cash") as changes:
""": """    if rows.get("cash", message.id, default=None) is not None:
        return
    with rows.transaction("cash") as changes:
"""
    },
)
def a_payment_is_announced(cloud, app):
    _payments_are_booked(cloud, app)


@mistake(
    "If a lease is taken, the handler returns, although the holder of the lease may have died.",
    right="Raise, so that the message is delivered again after the lease has ended. A message's own lease does not block it.",
    app="""
leases = Table("leases", key="task", ttl="ends")
results = Table("results", key="task")
cache = Bucket("cache")
tasks = Queue("tasks")

@function(tasks.messages(), retry=Retry(attempts=5), timeout=20)
def work(
    message: Message[str],
    context: Context,
    held: Annotated[TableReadWriter, leases],
    rows: Annotated[TableReadWriter, results],
    store: Annotated[BucketWriter, cache],
) -> None:
    if rows.get(message.payload, default=None) is not None:
        return
    ends = context.deadline - timedelta(seconds=1)
    try:
        held.put({"task": message.payload, "ends": ends, "by": message.id}, if_absent=True)
    except Conflict:
        if held.get(message.payload, default={"by": None})["by"] != message.id:
            raise
    try:
        store.put(message.payload, b"warm")
    except PortableError:
        logging.info("the cache stays cold")
    rows.put({"task": message.payload, "done": True})
    held.delete(message.payload)
""",
    change={
        """        if held.get(message.payload, default={"by": None})["by"] != message.id:
            raise
""": "        return\n"
    },
)
def a_task_is_done_under_its_lease(cloud, app):
    for _ in range(2):
        cloud.queue(app.tasks).send("sweep")
    cloud.settle()
    assert cloud.table(app.results).get("sweep")["done"] is True
