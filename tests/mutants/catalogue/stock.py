"""Mistakes with what is scarce: two readers who both decide, and writes over what another one wrote."""

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
    "A row is read, changed and put back.",
    right="Write under the condition that the row is still what was read; a Conflict has the message come again.",
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
    "A stock is checked first, and taken from without a condition.",
    right="The condition that there is something left belongs to the write.",
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
    "A stock is counted down under a condition, and counted down again when the message comes again.",
    right="Keep which orders took a piece, and look there first.",
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
    "A Conflict is answered by writing again what was computed before.",
    right="Read again after a Conflict, and compute anew.",
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
    "A Conflict with another writer is taken for done.",
    right="Let the Conflict be raised: the message comes again.",
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
    "A seat is free when no row is found, and is then taken.",
    right="Put the row only if it is absent, and look whose it is after a Conflict.",
    app="""
seats = Table("seats", key="seat")
wishes = Queue("wishes")
answers = Table("answers", key="who")

@function(wishes.messages())
def seat(
    message: Message[str], rows: Annotated[TableReadWriter, seats], said: Annotated[TableWriter, answers]
) -> None:
    try:
        rows.put({"seat": "1a", "who": message.payload}, if_absent=True)
        mine = True
    except Conflict:
        mine = rows.get("1a")["who"] == message.payload
    said.put({"who": message.payload, "has": mine})
""",
    change={
        """    try:
        rows.put({"seat": "1a", "who": message.payload}, if_absent=True)
        mine = True
    except Conflict:
        mine = rows.get("1a")["who"] == message.payload
""": """    found = rows.get("1a", default=None)
    mine = found is None or found["who"] == message.payload
    if found is None:
        rows.put({"seat": "1a", "who": message.payload})
"""
    },
)
def a_seat_is_given_to_one(cloud, app):
    for who in ("ada", "bob"):
        cloud.queue(app.wishes).send(who)
    cloud.settle()
    told = {row["who"] for row in cloud.table(app.answers).rows() if row["has"]}
    assert told == {cloud.table(app.seats).get("1a")["who"]}


@mistake(
    "Who comes again finds his own claim, and takes it for another's.",
    right="Keep who made the claim, and compare.",
    app="""
seats = Table("seats", key="seat")
wishes = Queue("wishes")
refused = Table("refused", key="who")

@function(wishes.messages())
def seat(
    message: Message[str], rows: Annotated[TableReadWriter, seats], no: Annotated[TableWriter, refused]
) -> None:
    try:
        rows.put({"seat": message.payload, "by": message.id}, if_absent=True)
    except Conflict:
        if rows.get(message.payload)["by"] != message.id:
            no.put({"who": message.id})
""",
    change={'        if rows.get(message.payload)["by"] != message.id:\n            no.put(': "        no.put("},
)
def nobody_is_refused_his_own_seat(cloud, app):
    for name in ("1a", "1b"):
        cloud.queue(app.wishes).send(name)
    cloud.settle()
    assert cloud.table(app.refused).rows() == []


@mistake(
    "Invoice numbers are read, counted up and put back.",
    right="Keep each number under the order that has it, in the write under a condition.",
    app="""
numbers = Table("numbers", key="name")
invoices = Table("invoices", key="order")
orders = Queue("orders")

@function(orders.messages(), retry=Retry(attempts=6))
def invoice(
    message: Message[str], rows: Annotated[TableReadWriter, numbers], made: Annotated[TableWriter, invoices]
) -> None:
    given = rows.get("invoice", default={"given": []})["given"]
    if message.payload not in given:
        given = [*given, message.payload]
        same = field("given") == given[:-1] if given[:-1] else ~field("given").exists()
        rows.update("invoice", set={"given": given}, condition=same)
    made.put({"order": message.payload, "number": 1 + given.index(message.payload)})
""",
    change={'set={"given": given}, condition=same)': 'set={"given": given})'},
)
def no_invoice_number_is_given_twice(cloud, app):
    for order in ("a", "b", "c"):
        cloud.queue(app.orders).send(order)
    cloud.settle()
    assert sorted(row["number"] for row in cloud.table(app.invoices).rows()) == [1, 2, 3]


@mistake(
    "The next number is how many there are.",
    right="Put under the number only if it is absent, and take the next one otherwise.",
    app="""
tickets = Table("tickets", key="day", sort="number")
requests = Queue("requests")

@function(requests.messages(), retry=Retry(attempts=6))
def ticket(message: Message[str], rows: Annotated[TableReadWriter, tickets]) -> None:
    there = rows.query("today").items
    if any(row["who"] == message.payload for row in there):
        return
    rows.put({"day": "today", "number": f"{len(there):03}", "who": message.payload}, if_absent=True)
""",
    change={'"who": message.payload}, if_absent=True)': '"who": message.payload})'},
)
def everyone_gets_a_ticket(cloud, app):
    for who in ("ada", "bob", "eve"):
        cloud.queue(app.requests).send(who)
    cloud.settle()
    assert sorted(row["who"] for row in cloud.table(app.tickets).query("today").items) == ["ada", "bob", "eve"]
