"""Mistakes between two messages: they do not arrive in the order in which they were sent."""

from __future__ import annotations

from mutants.form import mistake


@mistake(
    "The step that arrives last decides, although an older one may arrive late.",
    right="Write under the condition that the version is newer.",
    app="""
states = Table("states", key="order")
steps = Queue("steps")

@function(steps.messages())
def step(message: Message[int], rows: Annotated[TableWriter, states]) -> None:
    newer = ~field("version").exists() | (field("version") < message.payload)
    try:
        rows.update("o", set={"version": message.payload}, condition=newer)
    except Conflict:
        return
""",
    change={", condition=newer)": ")"},
)
def the_newest_step_decides(cloud, app):
    for version in (1, 2, 3):
        cloud.queue(app.steps).send(version)
    cloud.settle()
    assert cloud.table(app.states).get("o")["version"] == 3


@mistake(
    "The code relies on two messages to arrive in the order in which they were sent.",
    right="Store the cancellation even if the order was not placed yet.",
    app="""
orders = Table("orders", key="id")
events = Queue("events")

@function(events.messages())
def follow(message: Message[dict], rows: Annotated[TableWriter, orders]) -> None:
    if message.payload["what"] == "placed":
        rows.update(message.payload["id"], set={"placed": True})
    else:
        rows.update(message.payload["id"], set={"cancelled": True})
""",
    change={
        'rows.update(message.payload["id"], set={"placed": True})': 'rows.put({"id": message.payload["id"], "placed": True})'
    },
)
def what_was_cancelled_stays_cancelled(cloud, app):
    cloud.queue(app.events).send({"id": "o", "what": "placed"})
    cloud.queue(app.events).send({"id": "o", "what": "cancelled"})
    cloud.settle()
    assert cloud.table(app.orders).get("o").get("cancelled") is True


@mistake(
    "An update creates a deleted row again.",
    right="Update under the condition that the row exists.",
    app="""
users = Table("users", key="name")
visits = Queue("visits")
goodbyes = Queue("goodbyes")

@function(visits.messages())
def visit(message: Message[str], rows: Annotated[TableWriter, users]) -> None:
    try:
        rows.update(message.payload, set={"seen": True}, condition=field("name").exists())
    except Conflict:
        return

@function(goodbyes.messages())
def goodbye(message: Message[str], rows: Annotated[TableWriter, users]) -> None:
    rows.delete(message.payload)
""",
    change={', condition=field("name").exists())': ")"},
)
def who_left_is_not_there(cloud, app):
    cloud.table(app.users).put({"name": "ada"})
    cloud.queue(app.visits).send("ada")
    cloud.queue(app.goodbyes).send("ada")
    cloud.settle()
    assert cloud.table(app.users).rows() == []


@mistake(
    "A cancellation and a confirmation each check whether the other exists, and then write.",
    right="Write each under the condition that the other does not exist.",
    app="""
orders = Table("orders", key="id")
confirms = Queue("confirms")
cancels = Queue("cancels")

def decide(rows, order: str, what: str, condition) -> None:
    try:
        rows.update(order, set={what: True}, condition=condition)
    except Conflict:
        return

@function(confirms.messages())
def confirm(message: Message[str], rows: Annotated[TableReadWriter, orders]) -> None:
    if "cancelled" not in rows.get(message.payload):
        decide(rows, message.payload, "confirmed", ~field("cancelled").exists())

@function(cancels.messages())
def cancel(message: Message[str], rows: Annotated[TableReadWriter, orders]) -> None:
    if "confirmed" not in rows.get(message.payload):
        decide(rows, message.payload, "cancelled", ~field("confirmed").exists())
""",
    change={", condition=condition)": ")"},
)
def an_order_is_confirmed_or_cancelled(cloud, app):
    cloud.table(app.orders).put({"id": "o"})
    cloud.queue(app.confirms).send("o")
    cloud.queue(app.cancels).send("o")
    cloud.settle()
    assert len(cloud.table(app.orders).get("o")) == 2


@mistake(
    "A step is skipped if the step before it is not done yet.",
    right="Raise: the message is delivered again later, when the other step is done.",
    app="""
family = Table("family", key="name")
parents = Queue("parents")
children = Queue("children")

@function(parents.messages())
def parent(message: Message[str], rows: Annotated[TableReadWriter, family]) -> None:
    if rows.get(message.payload, default=None) is None:
        try:
            rows.put({"name": message.payload, "children": []}, if_absent=True)
        except Conflict:
            return

@function(children.messages(), retry=Retry(attempts=5, backoff=1))
def child(message: Message[list[str]], rows: Annotated[TableReadWriter, family]) -> None:
    of, name = message.payload
    row = rows.get(of, default=None)
    if row is None:
        raise NotFound(of)
    if name not in row["children"]:
        rows.update(of, append={"children": [name]}, condition=field("children") == row["children"])
""",
    change={"        raise NotFound(of)\n": "        return\n"},
)
def a_child_waits_for_its_parent(cloud, app):
    cloud.queue(app.parents).send("ada")
    cloud.queue(app.children).send(["ada", "bob"])
    cloud.settle()
    assert cloud.table(app.family).get("ada")["children"] == ["bob"]
