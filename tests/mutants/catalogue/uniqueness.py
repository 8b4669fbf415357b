"""Mistakes with things that must be unique: checked first, and created without a condition."""

from __future__ import annotations

from mutants.form import mistake


@mistake(
    "A seat counts as free if there is no row, and is then taken without a condition.",
    right="Put the row only if it is absent, and check whose it is after a Conflict.",
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
    "A message that is delivered again finds its own claim, and treats it as another's.",
    right="Store who made the claim, and compare.",
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
    "An invoice number is read, increased and written back.",
    right="Store each number with its order, in a write under a condition.",
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
    "The next number is the count of existing ones.",
    right="Put the row under the number only if it is absent, or else use the next number.",
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


@mistake(
    "An address is checked in one table, and written only after the user was written to another table.",
    right="Claim the address first, only if it is absent.",
    app="""
users = Table("users", key="name")
addresses = Table("addresses", key="address")
signups = Queue("signups")

@function(signups.messages())
def sign_up(
    message: Message[str],
    people: Annotated[TableReadWriter, users],
    known: Annotated[TableReadWriter, addresses],
) -> None:
    name, address = message.payload, "home"
    try:
        known.put({"address": address, "name": name}, if_absent=True)
    except Conflict:
        if known.get(address)["name"] != name:
            return
    people.put({"name": name, "address": address})
""",
    change={
        """    try:
        known.put({"address": address, "name": name}, if_absent=True)
    except Conflict:
        if known.get(address)["name"] != name:
            return
    people.put({"name": name, "address": address})
""": """    if known.get(address, default={"name": name})["name"] != name:
        return
    people.put({"name": name, "address": address})
    known.put({"address": address, "name": name})
"""
    },
)
def an_address_belongs_to_one(cloud, app):
    for name in ("ada", "bob"):
        cloud.queue(app.signups).send(name)
    cloud.settle()
    assert len(cloud.table(app.users).rows()) == 1
