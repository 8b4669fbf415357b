"""Mistakes with delivery itself: duplicates, order, and groups."""

from __future__ import annotations

from mutants.form import mistake


@mistake(
    "The code relies on the order of a queue that is not ordered.",
    right="Use Queue(…, ordered=True), and one group for the messages that must stay in order.",
    app="""
moves = Queue("moves", ordered=True)
games = Table("games", key="id")

@function(moves.messages(), retry=Retry(attempts=5))
def move(message: Message[int], rows: Annotated[TableReadWriter, games]) -> None:
    there = rows.get("g", default={"moves": []})["moves"]
    if message.payload not in there:
        rows.put({"id": "g", "moves": [*there, message.payload]})
""",
    change={'Queue("moves", ordered=True)': 'Queue("moves")'},
)
def the_moves_of_a_game_are_in_order(cloud, app):
    group = {"group": "g"} if app.moves.ordered else {}
    for number in (1, 2, 3):
        cloud.queue(app.moves).send(number, **group)
    cloud.settle()
    assert cloud.table(app.games).get("g")["moves"] == [1, 2, 3]


@mistake(
    "Every message of an ordered queue has its own group, so there is no order between them.",
    right="Use the thing whose messages must stay in order as the group, such as the account.",
    app="""
events = Queue("events", ordered=True)
states = Table("states", key="account")

@function(http.post("/accounts/{account}/{state}"))
def change(account: str, state: str, out: Annotated[QueueSender, events]) -> Response:
    out.send({"account": account, "state": state}, group=account)
    return Response(status=202)

@function(events.messages())
def follow(message: Message[dict], rows: Annotated[TableWriter, states]) -> None:
    rows.put(message.payload)
""",
    change={"group=account)": 'group=f"{account}-{state}")'},
)
def an_account_has_its_last_state(cloud, app):
    for state in ("open", "frozen", "closed"):
        cloud.http.post(f"/accounts/ada/{state}").expect(202)
    cloud.settle()
    assert cloud.table(app.states).get("ada")["state"] == "closed"


@mistake(
    "The code relies on an ordered queue to deliver each message only once.",
    right="Store which messages were handled: an ordered queue may deliver a message twice, too.",
    app="""
steps = Queue("steps", ordered=True)
games = Table("games", key="id")

@function(steps.messages(), retry=Retry(attempts=5))
def step(message: Message[int], rows: Annotated[TableReadWriter, games]) -> None:
    row = rows.get("g", default={"id": "g", "last": 0, "sum": 0})
    if message.payload > row["last"]:
        rows.put({"id": "g", "last": message.payload, "sum": row["sum"] + message.payload})
""",
    change={'    if message.payload > row["last"]:\n': '    if message.payload >= row["last"]:\n'},
)
def a_step_counts_once(cloud, app):
    for number in (1, 2, 3):
        cloud.queue(app.steps).send(number, group="g")
    cloud.settle()
    assert cloud.table(app.games).get("g")["sum"] == 6


@mistake(
    "Only the id of the last handled message is stored.",
    right="Store the id of each handled message.",
    app="""
orders = Queue("orders")
totals = Table("totals", key="who")

@function(orders.messages(), retry=Retry(attempts=6))
def order(message: Message[int], rows: Annotated[TableReadWriter, totals]) -> None:
    row = rows.get("ada")
    if message.id in row["seen"]:
        return
    seen = [*row["seen"], message.id]
    again = field("seen") == row["seen"]
    rows.update("ada", set={"seen": seen}, add={"total": message.payload}, condition=again)
""",
    change={'seen = [*row["seen"], message.id]': "seen = [message.id]"},
)
def every_order_counts_once(cloud, app):
    cloud.table(app.totals).put({"who": "ada", "total": 0, "seen": []})
    for amount in (1, 2, 4):
        cloud.queue(app.orders).send(amount)
    cloud.settle()
    assert cloud.table(app.totals).get("ada")["total"] == 7


@mistake(
    "A message inverts a value (on/off).",
    right="Send the new value in the message.",
    app="""
switches = Table("switches", key="name")
presses = Queue("presses")

@function(presses.messages(), retry=Retry(attempts=5))
def press(message: Message[bool], rows: Annotated[TableReadWriter, switches]) -> None:
    on = rows.get("lamp")["on"]
    rows.update("lamp", set={"on": message.payload})
""",
    change={'set={"on": message.payload}': 'set={"on": not on}'},
)
def the_lamp_is_on(cloud, app):
    cloud.table(app.switches).put({"name": "lamp", "on": False})
    cloud.queue(app.presses).send(True)
    cloud.settle()
    assert cloud.table(app.switches).get("lamp")["on"] is True


@mistake(
    "An item is appended to a list at each delivery.",
    right="Check whether the item is in the list, and append it under a condition.",
    app="""
tags = Table("tags", key="name")
adds = Queue("adds")

@function(adds.messages(), retry=Retry(attempts=6))
def add(message: Message[str], rows: Annotated[TableReadWriter, tags]) -> None:
    there = rows.get("photo")["tags"]
    if message.payload not in there:
        rows.update("photo", append={"tags": [message.payload]}, condition=field("tags") == there)
""",
    change={"    if message.payload not in there:\n        rows.update": "    if True:\n        rows.update"},
)
def a_tag_is_there_once(cloud, app):
    cloud.table(app.tags).put({"name": "photo", "tags": []})
    for tag in ("sea", "sun"):
        cloud.queue(app.adds).send(tag)
    cloud.settle()
    assert sorted(cloud.table(app.tags).get("photo")["tags"]) == ["sea", "sun"]


@mistake(
    "The time of handling decides which of two messages is newer.",
    right="Let the sender number its messages.",
    app="""
prices = Table("prices", key="item")
news = Queue("news")

@function(news.messages())
def price(message: Message[dict], rows: Annotated[TableWriter, prices]) -> None:
    at = message.payload["number"]
    newer = ~field("at").exists() | (field("at") < at)
    try:
        rows.update("tea", set={"at": at, "price": message.payload["price"]}, condition=newer)
    except Conflict:
        return
""",
    change={'    at = message.payload["number"]\n': "    at = time.time()\n"},
)
def the_price_is_the_newest(cloud, app):
    for number, price in enumerate((3, 4, 5)):
        cloud.queue(app.news).send({"number": number, "price": price})
    cloud.settle()
    assert cloud.table(app.prices).get("tea")["price"] == 5


@mistake(
    "The key of an entry contains the time of handling.",
    right="Use the id of the message in the key.",
    app="""
logs = Table("logs", key="day", sort="entry")
entries = Queue("entries")

@function(entries.messages())
def entry(message: Message[str], rows: Annotated[TableWriter, logs]) -> None:
    rows.put({"day": "today", "entry": message.id, "text": message.payload})
""",
    change={'"entry": message.id,': '"entry": datetime.now(UTC).isoformat(),'},
)
def an_entry_is_written_once(cloud, app):
    for text in ("a", "b"):
        cloud.queue(app.entries).send(text)
    cloud.settle()
    assert sorted(row["text"] for row in cloud.table(app.logs).query("today").items) == ["a", "b"]
