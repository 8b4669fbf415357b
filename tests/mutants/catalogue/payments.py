"""Mistakes with money: booked twice, lost half way, or booked at the wrong attempt."""

from __future__ import annotations

from mutants.form import PLAIN, mistake


@mistake(
    "Each delivery adds to a balance.",
    right="Write one row under the message's id, and sum the rows.",
    app="""
ledger = Table("ledger", key="account", sort="entry")
payments = Queue("payments")

@function(payments.messages())
def book(message: Message[int], rows: Annotated[TableWriter, ledger]) -> None:
    rows.put({"account": "ada", "entry": message.id, "amount": message.payload})
""",
    change={
        'rows.put({"account": "ada", "entry": message.id, "amount": message.payload})': (
            'rows.update("ada", "all", add={"amount": message.payload})'
        )
    },
)
def a_balance_is_the_sum_of_its_payments(cloud, app):
    for amount in (10, 20):
        cloud.queue(app.payments).send(amount)
    cloud.settle()
    assert sum(row["amount"] for row in cloud.table(app.ledger).query("ada").items) == 30


@mistake(
    "A payment is marked as paid before it is booked.",
    right="Book first, and mark it as paid last.",
    app="""
marks = Table("marks", key="payment")
ledger = Table("ledger", key="payment")
payments = Queue("payments")

@function(payments.messages())
def pay(
    message: Message[str], done: Annotated[TableReadWriter, marks], rows: Annotated[TableWriter, ledger]
) -> None:
    if done.get(message.payload, default=None) is not None:
        return
    rows.put({"payment": message.payload, "amount": 10})
    done.put({"payment": message.payload})
""",
    change={
        """    rows.put({"payment": message.payload, "amount": 10})
    done.put({"payment": message.payload})
""": """    done.put({"payment": message.payload})
    rows.put({"payment": message.payload, "amount": 10})
"""
    },
)
def every_payment_is_booked(cloud, app):
    for payment in ("rent", "food"):
        cloud.queue(app.payments).send(payment)
    cloud.settle()
    assert sorted(row["payment"] for row in cloud.table(app.ledger).rows()) == ["food", "rent"]


@mistake(
    "A charge is sent to the payment service with a new key each time.",
    right="Use the message's id as the key, so that the service recognizes the charge.",
    app="""
charged: dict[str, int] = {}  # stands for the payment service, which books each key once
payments = Queue("payments")
invoices = Table("invoices", key="id")

@function(payments.messages())
def charge(message: Message[int], rows: Annotated[TableWriter, invoices]) -> None:
    key = message.id
    charged[key] = message.payload
    rows.put({"id": message.id, "paid": True})
""",
    change={"key = message.id\n": "key = uuid.uuid4().hex\n"},
)
def a_card_is_charged_once(cloud, app):
    app.charged.clear()
    cloud.queue(app.payments).send(25)
    cloud.queue(app.payments).send(10)
    cloud.settle()
    assert sum(app.charged.values()) == 35


@mistake(
    "The idempotency key contains the number of the attempt.",
    right="Use the same key for every delivery of a message.",
    app="""
seen = Table("seen", key="id", ttl="ends")
totals = Table("totals", key="account")
payments = Queue("payments")

def key_of(message: Message[int]) -> str:
    return message.id

@function(payments.messages(), idempotent=Idempotent(seen, key=key_of))
def book(message: Message[int], rows: Annotated[TableReadWriter, totals]) -> None:
    row = rows.get("ada", default={"account": "ada", "entries": {}})
    rows.put(
        {"account": "ada", "entries": {**row["entries"], message.id: message.payload}},
        condition=field("entries") == row["entries"] if row["entries"] else ~field("entries").exists(),
    )
""",
    change={
        "    return message.id\n": '    return f"{message.id}-{message.attempt}"\n',
        '{**row["entries"], message.id: message.payload}': (
            '{**row["entries"], f"{len(row[\'entries\'])}": message.payload}'
        ),
    },
)
def a_total_counts_each_payment_once(cloud, app):
    for amount in (1, 2):
        cloud.queue(app.payments).send(amount)
    cloud.settle()
    assert sum(cloud.table(app.totals).get("ada")["entries"].values()) == 3


@mistake(
    "The idempotency key is the same for two payments.",
    right="The key must identify the payment, not only the customer.",
    app="""
seen = Table("seen", key="id", ttl="ends")
ledger = Table("ledger", key="payment")
payments = Queue("payments")

@function(payments.messages(), idempotent=Idempotent(seen, key=lambda message: message.payload["payment"]))
def pay(message: Message[dict], rows: Annotated[TableWriter, ledger]) -> None:
    rows.put(message.payload)
""",
    change={'message.payload["payment"])': 'message.payload["customer"])'},
    found_by=PLAIN,
)
def two_payments_of_a_customer_are_two(cloud, app):
    cloud.queue(app.payments).send({"payment": "p1", "customer": "ada"})
    cloud.queue(app.payments).send({"payment": "p2", "customer": "ada"})
    cloud.settle()
    assert len(cloud.table(app.ledger).rows()) == 2


@mistake(
    "A transfer is two writes.",
    right="One transaction holds both rows, with the transfer's own row put only if it is absent.",
    app="""
accounts = Table("accounts", key="bank", sort="name")
transfers = Queue("transfers")

@function(transfers.messages())
def transfer(message: Message[int], rows: Annotated[TableReadWriter, accounts]) -> None:
    if rows.get("b", f"done-{message.id}", default=None) is not None:
        return
    with rows.transaction("b") as changes:
        changes.put({"bank": "b", "name": f"done-{message.id}"}, if_absent=True)
        changes.update("ada", add={"balance": -message.payload})
        changes.update("bob", add={"balance": message.payload})
""",
    change={
        """    with rows.transaction("b") as changes:
        changes.put({"bank": "b", "name": f"done-{message.id}"}, if_absent=True)
        changes.update("ada", add={"balance": -message.payload})
        changes.update("bob", add={"balance": message.payload})
""": """    rows.update("b", "ada", add={"balance": -message.payload})
    rows.update("b", "bob", add={"balance": message.payload})
    rows.put({"bank": "b", "name": f"done-{message.id}"})
"""
    },
)
def money_is_moved_and_none_is_made(cloud, app):
    for name in ("ada", "bob"):
        cloud.table(app.accounts).put({"bank": "b", "name": name, "balance": 100})
    cloud.queue(app.transfers).send(30)
    cloud.settle()
    assert [cloud.table(app.accounts).get("b", name)["balance"] for name in ("ada", "bob")] == [70, 130]


@mistake(
    "A transaction adds to a balance, and nothing in it shows that it was made before.",
    right="Put the transfer's own row in the same transaction, only if it is absent. A Conflict then means that it was done.",
    app="""
accounts = Table("accounts", key="bank", sort="name")
deposits = Queue("deposits")

@function(deposits.messages())
def deposit(message: Message[int], rows: Annotated[TableWriter, accounts]) -> None:
    try:
        with rows.transaction("b") as changes:
            changes.put({"bank": "b", "name": f"done-{message.id}"}, if_absent=True)
            changes.update("ada", add={"balance": message.payload})
    except Conflict:
        return
""",
    change={'"name": f"done-{message.id}"}, if_absent=True)': '"name": f"done-{message.id}"})'},
)
def a_deposit_is_made_once(cloud, app):
    cloud.queue(app.deposits).send(30)
    cloud.queue(app.deposits).send(5)
    cloud.settle()
    assert cloud.table(app.accounts).get("b", "ada")["balance"] == 35
