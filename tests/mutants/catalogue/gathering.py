"""Mistakes with results of many parts: parts that are counted, and batches that fail in part."""

from __future__ import annotations

from mutants.form import mistake


@mistake(
    "A counter counts the parts that have arrived.",
    right="Store each part under its name, and count the rows.",
    app="""
jobs = Table("jobs", key="job", sort="part")
done = Table("done", key="job")
parts = Queue("parts")

@function(parts.messages())
def part(message: Message[str], rows: Annotated[TableReadWriter, jobs], out: Annotated[TableWriter, done]) -> None:
    rows.put({"job": "j", "part": message.payload})
    if len(rows.query("j").items) == 3:
        out.put({"job": "j"})
""",
    change={
        """    rows.put({"job": "j", "part": message.payload})
    if len(rows.query("j").items) == 3:
""": """    if rows.update("j", "count", add={"parts": 1})["parts"] == 3:
        names = 3 - len(message.payload)
""",
        '        out.put({"job": "j"})': '        out.put({"job": "j", "at": message.payload})',
    },
)
def a_job_is_done_when_its_last_part_is(cloud, app):
    for name in ("a", "b"):
        cloud.queue(app.parts).send(name)
    cloud.settle()
    assert cloud.table(app.done).rows() == []
    cloud.queue(app.parts).send("c")
    cloud.settle()
    assert len(cloud.table(app.done).rows()) == 1


@mistake(
    "Each part checks whether the others exist before it writes its own row.",
    right="Write first, then check: the last part sees all rows.",
    app="""
jobs = Table("jobs", key="job", sort="part")
done = Table("done", key="job")
parts = Queue("parts")

@function(parts.messages())
def part(message: Message[str], rows: Annotated[TableReadWriter, jobs], out: Annotated[TableWriter, done]) -> None:
    rows.put({"job": "j", "part": message.payload})
    there = {row["part"] for row in rows.query("j").items}
    if len(there | {message.payload}) == 2:
        out.put({"job": "j"})
""",
    change={
        """    rows.put({"job": "j", "part": message.payload})
    there = {row["part"] for row in rows.query("j").items}
""": """    there = {row["part"] for row in rows.query("j").items}
    rows.put({"job": "j", "part": message.payload})
"""
    },
)
def two_parts_make_a_whole(cloud, app):
    for name in ("a", "b"):
        cloud.queue(app.parts).send(name)
    cloud.settle()
    assert len(cloud.table(app.done).rows()) == 1


@mistake(
    "The result of send_many is ignored.",
    right="Raise when a part of it failed, or send that part again.",
    app="""
lists = Queue("lists")
items = Queue("items")
there = Table("there", key="item")

@function(lists.messages())
def split(message: Message[list[str]], out: Annotated[QueueSender, items]) -> None:
    report = out.send_many(message.payload)
    if report.failed:
        raise Unavailable(f"{len(report.failed)} were not sent")

@function(items.messages())
def item(message: Message[str], rows: Annotated[TableWriter, there]) -> None:
    rows.put({"item": message.payload})
""",
    change={"    if report.failed:\n": "    if report.failed and not report.sent:\n"},
)
def every_item_of_a_list_arrives(cloud, app):
    cloud.queue(app.lists).send(["a", "b", "c", "d"])
    cloud.settle()
    assert sorted(row["item"] for row in cloud.table(app.there).rows()) == ["a", "b", "c", "d"]


@mistake(
    "A batch_write that was only partly done is treated as done.",
    right="Let it raise its error: putting the same rows again changes nothing.",
    app="""
lists = Queue("lists")
there = Table("there", key="item")

@function(lists.messages())
def store(message: Message[list[str]], rows: Annotated[TableWriter, there]) -> None:
    try:
        rows.batch_write(puts=[{"item": name} for name in message.payload])
    except Unavailable:
        raise
""",
    change={
        "    except Unavailable:\n        raise\n": '    except Unavailable:\n        logging.warning("some are left")\n'
    },
)
def every_row_of_a_list_is_there(cloud, app):
    cloud.queue(app.lists).send(["a", "b", "c", "d"])
    cloud.settle()
    assert sorted(row["item"] for row in cloud.table(app.there).rows()) == ["a", "b", "c", "d"]


@mistake(
    "Messages are sent one by one, each with a new id, and after a failure all are sent again.",
    right="Make the id from the message's id and the number of the part.",
    app="""
lists = Queue("lists")
items = Queue("items")
there = Table("there", key="id")

@function(lists.messages())
def split(message: Message[list[str]], out: Annotated[QueueSender, items]) -> None:
    for number, name in enumerate(message.payload):
        out.send({"id": f"{message.id}-{number}", "name": name})

@function(items.messages())
def item(message: Message[dict], rows: Annotated[TableWriter, there]) -> None:
    rows.put(message.payload)
""",
    change={'{"id": f"{message.id}-{number}", "name": name}': '{"id": uuid.uuid4().hex, "name": name}'},
)
def a_list_is_split_once(cloud, app):
    cloud.queue(app.lists).send(["a", "b", "c"])
    cloud.settle()
    assert sorted(row["name"] for row in cloud.table(app.there).rows()) == ["a", "b", "c"]


@mistake(
    "A receiver stores its result under the id of its message, although the sender may send twice.",
    right="Store it under a key that the sender chooses.",
    app="""
orders = Queue("orders")
mails = Queue("mails")
sent = Table("sent", key="id")

@function(orders.messages())
def order(message: Message[str], out: Annotated[QueueSender, mails]) -> None:
    out.send({"id": f"order-{message.payload}", "text": "thank you"})

@function(mails.messages())
def mail(message: Message[dict], rows: Annotated[TableWriter, sent]) -> None:
    rows.put({"id": message.payload["id"], "text": message.payload["text"]})
""",
    change={'rows.put({"id": message.payload["id"],': 'rows.put({"id": message.id,'},
)
def one_mail_is_written_for_an_order(cloud, app):
    for order in ("1", "2"):
        cloud.queue(app.orders).send(order)
    cloud.settle()
    assert len(cloud.table(app.sent).rows()) == 2


@mistake(
    "Lines are collected in memory until there are enough of them.",
    right="Write each line at once: lines in memory are acknowledged already, and are lost when the process ends.",
    app="""
lines = Queue("lines")
there = Table("there", key="line")
waiting: list[str] = []

@function(lines.messages())
def line(message: Message[str], rows: Annotated[TableWriter, there]) -> None:
    rows.put({"line": message.payload})
""",
    change={
        '    rows.put({"line": message.payload})\n': """    waiting.append(message.payload)
    if len(waiting) >= 2:
        rows.batch_write(puts=[{"line": each} for each in dict.fromkeys(waiting)])
        waiting.clear()
"""
    },
)
def every_line_is_kept(cloud, app):
    for line in ("a", "b", "c", "d"):
        cloud.queue(app.lines).send(line)
    cloud.settle()
    assert len(cloud.table(app.there).rows()) == 4


@mistake(
    "Each of two functions looks whether the other one is done before it says that it is done itself.",
    right="Say it first: update returns the row as it is then, so at least one of the two sees both.",
    app="""
paid, packed, shipping = Queue("paid"), Queue("packed"), Queue("shipping")
ready = Table("ready", key="order")
shipped = Table("shipped", key="order")

def both(order: str, part: str, rows: TableReadWriter, out: QueueSender) -> None:
    row = rows.update(order, set={part: True})
    if row.get("paid") and row.get("packed"):
        out.send(order)

@function(paid.messages())
def pay(message: Message[str], rows: Annotated[TableReadWriter, ready], out: Annotated[QueueSender, shipping]) -> None:
    both(message.payload, "paid", rows, out)

@function(packed.messages())
def pack(message: Message[str], rows: Annotated[TableReadWriter, ready], out: Annotated[QueueSender, shipping]) -> None:
    both(message.payload, "packed", rows, out)

@function(shipping.messages())
def ship(message: Message[str], rows: Annotated[TableWriter, shipped]) -> None:
    rows.put({"order": message.payload})
""",
    change={
        "    row = rows.update(order, set={part: True})\n": """\
    row = {**rows.get(order, default={}, consistent=True), part: True}
""",
        "        out.send(order)\n": """\
        out.send(order)
    rows.update(order, set={part: True})
""",
    },
)
def an_order_that_is_paid_and_packed_is_shipped(cloud, app):
    for order in ("a", "b"):
        cloud.queue(app.paid).send(order)
        cloud.queue(app.packed).send(order)
    cloud.settle()
    assert {row["order"] for row in cloud.table(app.shipped).rows()} == {"a", "b"}
