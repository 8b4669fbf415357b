"""Mistakes with messages that failed: lost, counted twice, or done twice after a redrive."""

from __future__ import annotations

from mutants.form import PLAIN, mistake


@mistake(
    "An error of a bad message is caught and ignored, so the message is lost.",
    right="Raise the error: dead_letter=True keeps the message.",
    app="""
orders = Queue("orders")
there = Table("there", key="id")

@function(orders.messages(), dead_letter=True)
def order(message: Message[dict], rows: Annotated[TableWriter, there]) -> None:
    if message.payload["amount"] < 0:
        raise ValueError("an amount is not negative")
    rows.put(message.payload)
""",
    change={'        raise ValueError("an amount is not negative")\n': "        return\n"},
    found_by=PLAIN,
)
def what_cannot_be_handled_is_kept(cloud, app):
    cloud.queue(app.orders).send({"id": "bad", "amount": -1})
    cloud.queue(app.orders).send({"id": "good", "amount": 1})
    cloud.settle()
    assert [dead.json()["id"] for dead in cloud.queue(app.orders).dead_letters] == ["bad"]
    assert [row["id"] for row in cloud.table(app.there).rows()] == ["good"]


@mistake(
    "A handler of dead letters counts each delivery.",
    right="Dead letters are delivered at least once, too: store each one under its id.",
    app="""
orders = Queue("orders")
complaints = Table("complaints", key="id")

@function(orders.messages(), dead_letter=True, retry=Retry(attempts=2))
def order(message: Message[str]) -> None:
    raise ValueError(message.payload)

@function(orders.dead_letters.messages())
def complain(message: Message[str], rows: Annotated[TableWriter, complaints]) -> None:
    rows.put({"id": message.payload, "count": 1})
""",
    change={'rows.put({"id": message.payload, "count": 1})': 'rows.update("all", add={"count": 1})'},
)
def every_dead_letter_is_told_once(cloud, app):
    for name in ("a", "b"):
        cloud.queue(app.orders).send(name)
    cloud.settle()
    assert sum(row["count"] for row in cloud.table(app.complaints).rows()) == 2


@mistake(
    "A redriven message is handled as if none of its work had been done.",
    right="Write the same rows again: this adds the missing half and does not change the first.",
    app="""
orders = Queue("orders")
sums = Table("sums", key="who", sort="order")
switch = Table("switch", key="name")

@function(orders.messages(), dead_letter=True, retry=Retry(attempts=2))
def order(
    message: Message[str], rows: Annotated[TableWriter, sums], mended: Annotated[TableReader, switch]
) -> None:
    rows.put({"who": "ada", "order": message.payload, "sum": 1})
    if mended.get("mended", default=None) is None:
        raise ValueError("not yet")
    rows.put({"who": "done", "order": message.payload, "sum": 1})
""",
    change={
        '    rows.put({"who": "ada", "order": message.payload, "sum": 1})\n': '    rows.update("ada", "all", add={"sum": 1})\n'
    },
    found_by=PLAIN,
)
def what_is_redriven_counts_once(cloud, app):
    cloud.queue(app.orders).send("a")
    cloud.settle()
    cloud.table(app.switch).put({"name": "mended"})
    cloud.queue(app.orders).redrive()
    cloud.settle()
    assert sum(row["sum"] for row in cloud.table(app.sums).query("ada").items) == 1


@mistake(
    "Dead letters are sent to another queue for a later retry, and counted there.",
    right="Give each one a fixed name, so that the later handler recognizes a duplicate.",
    app="""
jobs = Queue("jobs")
later = Queue("later")
tried = Table("tried", key="job")

@function(jobs.messages(), dead_letter=True, retry=Retry(attempts=2))
def run(message: Message[str]) -> None:
    raise ValueError(message.payload)

@function(jobs.dead_letters.messages())
def put_off(message: Message[str], out: Annotated[QueueSender, later]) -> None:
    out.send(message.payload)

@function(later.messages())
def try_later(message: Message[str], rows: Annotated[TableWriter, tried]) -> None:
    rows.put({"job": message.payload, "times": 1})
""",
    change={'rows.put({"job": message.payload, "times": 1})': 'rows.update(message.payload, add={"times": 1})'},
)
def what_is_tried_later_counts_once(cloud, app):
    cloud.queue(app.jobs).send("a")
    cloud.settle()
    assert cloud.table(app.tried).get("a")["times"] == 1
