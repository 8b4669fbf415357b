"""Mistakes with several subscribers, with streams, and with external services that get every duplicate."""

from __future__ import annotations

from mutants.form import mistake


@mistake(
    "A subscriber reads what another subscriber of the same message writes.",
    right="Make them independent, or let one send a message to the other.",
    app="""
placed = Topic("placed")
stocks = Table("stocks", key="order")
labels = Table("labels", key="order")
labelling = Queue("labelling")

@function(placed.messages())
def a_stock(
    message: Message[str], rows: Annotated[TableWriter, stocks], out: Annotated[QueueSender, labelling]
) -> None:
    rows.put({"order": message.payload, "shelf": "7"})
    out.send(message.payload)

@function(labelling.messages())
def b_label(
    message: Message[str], rows: Annotated[TableReader, stocks], out: Annotated[TableWriter, labels]
) -> None:
    found = rows.get(message.payload, default={"shelf": "unknown"})
    out.put({"order": message.payload, "shelf": found["shelf"]})
""",
    change={
        "@function(labelling.messages())": "@function(placed.messages())",
    },
)
def a_label_names_its_shelf(cloud, app):
    for order in ("a", "b"):
        cloud.topic(app.placed).publish(order)
    cloud.settle()
    assert {row["shelf"] for row in cloud.table(app.labels).rows()} == {"7"}


@mistake(
    "A subscriber of a topic counts each delivery.",
    right="Store each message under its key.",
    app="""
placed = Topic("placed")
orders = Queue("orders")
counts = Table("counts", key="order")

@function(orders.messages())
def order(message: Message[str], out: Annotated[TopicPublisher, placed]) -> None:
    out.publish(message.payload)

@function(placed.messages())
async def count(message: Message[str], rows: Annotated[AsyncTableWriter, counts]) -> None:
    await rows.put({"order": message.payload, "count": 1})
""",
    change={'await rows.put({"order": message.payload, "count": 1})': 'await rows.update("all", add={"count": 1})'},
)
def every_order_is_counted_once(cloud, app):
    for order in ("a", "b"):
        cloud.queue(app.orders).send(order)
    cloud.settle()
    assert sum(row["count"] for row in cloud.table(app.counts).rows()) == 2


@mistake(
    "A mail is sent twice, because it is marked as sent only after it was sent.",
    right="Give the mail service a key that it recognizes, such as the order's id.",
    app="""
orders = Queue("orders")
marks = Table("marks", key="order")
mails: dict[str, str] = {}  # stands for the mail service, which sends one mail for each key

@function(orders.messages())
def thank(message: Message[str], rows: Annotated[TableReadWriter, marks]) -> None:
    if rows.get(message.payload, default=None) is not None:
        return
    mails[f"thanks-{message.payload}"] = "thank you"
    rows.put({"order": message.payload})
""",
    change={'mails[f"thanks-{message.payload}"]': 'mails[f"thanks-{uuid.uuid4()}"]'},
)
def one_mail_goes_out_for_an_order(cloud, app):
    app.mails.clear()
    for order in ("a", "b"):
        cloud.queue(app.orders).send(order)
    cloud.settle()
    assert len(app.mails) == 2


@mistake(
    "A record of a stream is counted at each delivery.",
    right="Store each record under its id: a stream keeps the order of a key, but it delivers at least once.",
    app="""
clicks = Stream("clicks")
counts = Table("counts", key="page", sort="id")

@function(clicks.records())
def count(record: Record[str], rows: Annotated[TableWriter, counts]) -> None:
    rows.put({"page": record.payload, "id": record.id, "clicks": 1})
""",
    change={
        'rows.put({"page": record.payload, "id": record.id, "clicks": 1})': (
            'rows.update(record.payload, "all", add={"clicks": 1})'
        )
    },
)
def every_click_of_a_stream_counts_once(cloud, app):
    for key in ("ada", "bob"):
        cloud.stream(app.clicks).send("home", key=key)
    cloud.settle()
    assert sum(row["clicks"] for row in cloud.table(app.counts).query("home").items) == 2
