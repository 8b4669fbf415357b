"""Mistakes with scarce things: two readers that both decide, and lost updates."""

from __future__ import annotations

from mutants.form import mistake

TAKE = """
stock = Table("stock", key="item")
orders = Queue("orders")

@function(orders.messages(), retry=Retry(attempts=5))
def take(message: Message[str], rows: Annotated[TableReadWriter, stock]) -> None:
    row = rows.get("chair")
    if message.payload in row["taken"]:
        return
    if len(row["taken"]) < row["pieces"]:
        taken = [*row["taken"], message.payload]
        rows.update("chair", set={"taken": taken}, condition=field("taken") == row["taken"])
"""


@mistake(
    "A row is read, changed and written back.",
    right="Write under the condition that the row has not changed; after a Conflict the message is delivered again.",
    app=TAKE,
    change={
        'rows.update("chair", set={"taken": taken}, condition=field("taken") == row["taken"])': (
            'rows.put({**row, "taken": taken})'
        )
    },
)
def every_order_takes_its_piece(cloud, app):
    cloud.table(app.stock).put({"item": "chair", "pieces": 5, "taken": []})
    for order in ("a", "b", "c"):
        cloud.queue(app.orders).send(order)
    cloud.settle()
    assert sorted(cloud.table(app.stock).get("chair")["taken"]) == ["a", "b", "c"]


@mistake(
    "A stock is checked first, and then reduced without a condition.",
    right="Put the condition that there is something left into the write.",
    app=TAKE,
    change={
        ', condition=field("taken") == row["taken"])': ")",
        'set={"taken": taken}': 'append={"taken": [message.payload]}',
    },
)
def no_more_is_sold_than_there_is(cloud, app):
    cloud.table(app.stock).put({"item": "chair", "pieces": 1, "taken": []})
    for order in ("a", "b", "c"):
        cloud.queue(app.orders).send(order)
    cloud.settle()
    assert len(cloud.table(app.stock).get("chair")["taken"]) == 1


@mistake(
    "A stock is reduced under a condition, and reduced again when the message is delivered again.",
    right="Store which orders have taken an item, and check this first.",
    app="""
stock = Table("stock", key="item")
orders = Queue("orders")

@function(orders.messages(), retry=Retry(attempts=5))
def take(message: Message[str], rows: Annotated[TableReadWriter, stock]) -> None:
    row = rows.get("chair")
    if message.payload in row["taken"] or row["left"] == 0:
        return
    rows.update(
        "chair",
        add={"left": -1},
        append={"taken": [message.payload]},
        condition=field("taken") == row["taken"],
    )
""",
    change={'if message.payload in row["taken"] or row["left"] == 0:': 'if row["left"] == 0:'},
)
def what_is_left_is_what_was_not_taken(cloud, app):
    cloud.table(app.stock).put({"item": "chair", "left": 5, "taken": []})
    for order in ("a", "b"):
        cloud.queue(app.orders).send(order)
    cloud.settle()
    assert cloud.table(app.stock).get("chair")["left"] == 3


@mistake(
    "After a Conflict the same old result is written again.",
    right="Read and compute again after a Conflict.",
    app="""
stock = Table("stock", key="item")
deliveries = Queue("deliveries")

@function(deliveries.messages(), retry=Retry(attempts=5))
def arrive(message: Message[int], rows: Annotated[TableReadWriter, stock]) -> None:
    for _ in range(5):
        row = rows.get("chair")
        came = {**row["came"], message.id: message.payload}
        try:
            rows.update("chair", set={"came": came}, condition=field("came") == row["came"])
            return
        except Conflict:
            continue
    raise Unavailable("too many write at once")
""",
    change={
        """            continue
""": """            rows.update("chair", set={"came": came})
            return
"""
    },
)
def all_that_came_is_there(cloud, app):
    cloud.table(app.stock).put({"item": "chair", "came": {}})
    for pieces in (1, 2, 3):
        cloud.queue(app.deliveries).send(pieces)
    cloud.settle()
    assert sorted(cloud.table(app.stock).get("chair")["came"].values()) == [1, 2, 3]


@mistake(
    "A Conflict with another writer is treated as done.",
    right="Let the Conflict be raised: the message is delivered again.",
    app="""
stock = Table("stock", key="item")
deliveries = Queue("deliveries")

@function(deliveries.messages(), retry=Retry(attempts=5))
def arrive(message: Message[str], rows: Annotated[TableReadWriter, stock]) -> None:
    row = rows.get("chair")
    try:
        if message.payload not in row["came"]:
            came = [*row["came"], message.payload]
            rows.update("chair", set={"came": came}, condition=field("came") == row["came"])
    except Conflict:
        raise
""",
    change={"    except Conflict:\n        raise\n": "    except Conflict:\n        return\n"},
)
def nothing_that_came_is_forgotten(cloud, app):
    cloud.table(app.stock).put({"item": "chair", "came": []})
    for name in ("a", "b", "c"):
        cloud.queue(app.deliveries).send(name)
    cloud.settle()
    assert sorted(cloud.table(app.stock).get("chair")["came"]) == ["a", "b", "c"]


@mistake(
    "A loop retries for ever with the row that it read before the loop.",
    right="Read again in the loop.",
    app="""
counts = Table("counts", key="name")
clicks = Queue("clicks")

@function(clicks.messages(), retry=Retry(attempts=5))
def click(message: Message[str], rows: Annotated[TableReadWriter, counts]) -> None:
    while True:
        row = rows.get("c")
        if message.payload in row["who"]:
            return
        try:
            who = [*row["who"], message.payload]
            rows.update("c", set={"who": who}, condition=field("who") == row["who"])
        except Conflict:
            continue
        return
""",
    change={'    while True:\n        row = rows.get("c")\n': '    row = rows.get("c")\n    while True:\n'},
)
def every_click_is_counted(cloud, app):
    cloud.table(app.counts).put({"name": "c", "who": []})
    for who in ("a", "b", "c"):
        cloud.queue(app.clicks).send(who)
    cloud.settle()
    assert sorted(cloud.table(app.counts).get("c")["who"]) == ["a", "b", "c"]
