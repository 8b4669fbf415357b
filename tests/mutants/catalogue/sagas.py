"""Mistakes between steps: a step that is announced before it is done, lost after it is done, or undone twice."""

from __future__ import annotations

from mutants.form import mistake

ORDER = """
orders = Table("orders", key="id")
parcels = Table("parcels", key="order")
incoming = Queue("incoming")
shipping = Queue("shipping")

@function(incoming.messages())
def confirm(
    message: Message[str], rows: Annotated[TableReadWriter, orders], out: Annotated[QueueSender, shipping]
) -> None:
    rows.put({"id": message.payload, "confirmed": True})
    out.send(message.payload)

@function(shipping.messages())
def ship(
    message: Message[str], rows: Annotated[TableReader, orders], sent: Annotated[TableWriter, parcels]
) -> None:
    row = rows.get(message.payload, default=None)
    if row is None:
        return  # it is no order of ours
    sent.put({"order": message.payload})
"""


def _is_shipped(cloud, app):
    for order in ("a", "b"):
        cloud.queue(app.incoming).send(order)
    cloud.settle()
    assert sorted(row["order"] for row in cloud.table(app.parcels).rows()) == ["a", "b"]


@mistake(
    "A message is sent before the row is written that its receiver reads.",
    right="Write first, then send.",
    app=ORDER,
    change={
        """    rows.put({"id": message.payload, "confirmed": True})
    out.send(message.payload)
""": """    out.send(message.payload)
    rows.put({"id": message.payload, "confirmed": True})
"""
    },
)
def an_order_is_known_when_it_is_shipped(cloud, app):
    _is_shipped(cloud, app)


@mistake(
    "A written row is treated as done, although the message that follows was never sent.",
    right="Send the message again at the next delivery: the receiver can handle duplicates.",
    app=ORDER,
    change={
        """    rows.put({"id": message.payload, "confirmed": True})
    out.send""": """    if rows.get(message.payload, default=None) is not None:
        return
    rows.put({"id": message.payload, "confirmed": True})
    out.send"""
    },
)
def every_confirmed_order_is_shipped(cloud, app):
    _is_shipped(cloud, app)


@mistake(
    "A message is sent only at the first attempt.",
    right="Send at every attempt.",
    app=ORDER,
    change={"    out.send(message.payload)\n": "    if message.attempt == 1:\n        out.send(message.payload)\n"},
)
def a_second_attempt_ships_too(cloud, app):
    _is_shipped(cloud, app)


@mistake(
    "An error of a resource is caught and ignored.",
    right="Let it be raised: the message is delivered again.",
    app=ORDER,
    change={
        "    out.send(message.payload)\n": (
            "    try:\n        out.send(message.payload)\n    except PortableError:\n        pass\n"
        )
    },
)
def an_order_is_shipped_in_the_end(cloud, app):
    _is_shipped(cloud, app)


@mistake(
    "Every error is caught and logged, so every message is acknowledged.",
    right="Log it and raise it again.",
    app=ORDER,
    change={
        """    rows.put({"id": message.payload, "confirmed": True})
    out.send(message.payload)
""": """    try:
        rows.put({"id": message.payload, "confirmed": True})
        out.send(message.payload)
    except Exception:
        logging.exception("could not confirm")
"""
    },
)
def a_failure_is_tried_again(cloud, app):
    _is_shipped(cloud, app)


@mistake(
    "A compensation is made at each delivery of its message.",
    right="Make it under the condition that it was not made before.",
    app="""
wallets = Table("wallets", key="who")
refunds = Queue("refunds")

@function(refunds.messages(), retry=Retry(attempts=5))
def refund(message: Message[str], rows: Annotated[TableReadWriter, wallets]) -> None:
    given = rows.get("ada")["given"]
    if message.payload in given:
        return
    again = field("given") == given
    rows.update("ada", add={"money": 10}, append={"given": [message.payload]}, condition=again)
""",
    change={"    if message.payload in given:\n        return\n": ""},
)
def money_is_given_back_once(cloud, app):
    cloud.table(app.wallets).put({"who": "ada", "money": 0, "given": []})
    cloud.queue(app.refunds).send("order-1")
    cloud.queue(app.refunds).send("order-2")
    cloud.settle()
    assert cloud.table(app.wallets).get("ada")["money"] == 20


@mistake(
    "A row of an outbox is marked as sent before it is sent.",
    right="Send first, then mark: the receiver recognizes duplicates.",
    app="""
outbox = Table("outbox", key="id")
inbox = Table("inbox", key="id")
mails = Queue("mails")

@function(schedule.every(minutes=5))
def flush(tick: Tick, rows: Annotated[TableReadWriter, outbox], out: Annotated[QueueSender, mails]) -> None:
    for row in rows.scan(filter=~field("sent").exists()).items:
        out.send(row["id"])
        rows.update(row["id"], set={"sent": True})

@function(mails.messages())
def mail(message: Message[str], rows: Annotated[TableWriter, inbox]) -> None:
    rows.put({"id": message.payload})
""",
    change={
        """        out.send(row["id"])
        rows.update(row["id"], set={"sent": True})
""": """        rows.update(row["id"], set={"sent": True})
        out.send(row["id"])
"""
    },
)
def everything_in_the_outbox_is_sent(cloud, app):
    for number in range(3):
        cloud.table(app.outbox).put({"id": f"m{number}"})
    cloud.schedule(app.flush).fire(at="2026-05-01T10:00")
    cloud.settle()
    assert len(cloud.table(app.inbox).rows()) == 3
