"""Mistakes with leases and locks: they end while their holder still works, and are left behind when it dies."""

from __future__ import annotations

from mutants.form import mistake

FENCED = """
leases = Table("leases", key="task")
results = Table("results", key="task")
tasks = Queue("tasks")

@function(tasks.messages(), retry=Retry(attempts=6), timeout=20)
def work(
    message: Message[str], held: Annotated[TableReadWriter, leases], rows: Annotated[TableReadWriter, results]
) -> None:
    token = held.update("t", add={"token": 1})["token"]
    before = rows.get("t", default={"steps": [], "token": 0})
    if message.payload in before["steps"]:
        return
    steps = [*before["steps"], message.payload]
    newer = ~field("token").exists() | ((field("token") < token) & (field("steps") == before["steps"]))
    rows.update("t", set={"steps": steps, "token": token}, condition=newer)
"""


@mistake(
    "A handler whose lease has ended goes on, and writes over what the next one wrote.",
    right="Write under a fencing token: an older one is refused.",
    app=FENCED,
    change={", condition=newer)": ")"},
)
def no_zombie_writes(cloud, app):
    for step in ("a", "b"):
        cloud.queue(app.tasks).send(step)
    cloud.settle()
    assert sorted(cloud.table(app.results).get("t")["steps"]) == ["a", "b"]


@mistake(
    "A message is handled a second time while its first handler still works, and each draws a winner.",
    right="The first draw counts: put it only if it is absent, and tell the one that is there.",
    app="""
draws = Table("draws", key="lottery")
told = Table("told", key="winner")
lotteries = Queue("lotteries")
winners = Queue("winners")

@function(lotteries.messages(), timeout=20)
def draw(
    message: Message[str], rows: Annotated[TableReadWriter, draws], out: Annotated[QueueSender, winners]
) -> None:
    if rows.get(message.payload, default=None) is None:
        try:
            rows.put({"lottery": message.payload, "winner": uuid.uuid4().hex}, if_absent=True)
        except Conflict:
            pass
    out.send(rows.get(message.payload)["winner"])

@function(winners.messages())
def tell(message: Message[str], rows: Annotated[TableWriter, told]) -> None:
    rows.put({"winner": message.payload})
""",
    change={'"winner": uuid.uuid4().hex}, if_absent=True)': '"winner": uuid.uuid4().hex})'},
)
def a_lottery_has_one_winner(cloud, app):
    cloud.queue(app.lotteries).send("may")
    cloud.settle()
    assert len(cloud.table(app.told).rows()) == 1


LOCK = """
locks = Table("locks", key="name", ttl="ends")
rooms = Table("rooms", key="name")
guests = Queue("guests")

@function(guests.messages(), retry=Retry(attempts=6, backoff=5), timeout=10)
def enter(
    message: Message[str],
    context: Context,
    held: Annotated[TableReadWriter, locks],
    rows: Annotated[TableReadWriter, rooms],
) -> None:
    held.put({"name": "door", "by": message.id, "ends": context.deadline}, if_absent=True)
    try:
        there = rows.get("room", default={"guests": []})["guests"]
        if message.payload not in there:
            same = field("guests") == there if there else ~field("guests").exists()
            rows.update("room", set={"guests": [*there, message.payload]}, condition=same)
    finally:
        try:
            held.delete("door", condition=field("by") == message.id)
        except Conflict:
            pass
"""


@mistake(
    "A lock has no end, and whoever held it died.",
    right="A lock ends with its holder's deadline.",
    app=LOCK.replace('key="name", ttl="ends")\nrooms', 'key="name", ttl="ends")\nrooms'),
    change={', "ends": context.deadline}': "}"},
)
def everyone_enters(cloud, app):
    for guest in ("ada", "bob"):
        cloud.queue(app.guests).send(guest)
    cloud.settle()
    assert sorted(cloud.table(app.rooms).get("room")["guests"]) == ["ada", "bob"]


@mistake(
    "What the lock protects is written without a condition, although the lock may have ended.",
    right="Write under a condition as well: a lock only spares work.",
    app=LOCK,
    change={"[*there, message.payload]}, condition=same)": "[*there, message.payload]})"},
)
def a_lock_that_ended_protects_nothing(cloud, app):
    for guest in ("ada", "bob", "eve"):
        cloud.queue(app.guests).send(guest)
    cloud.settle()
    assert sorted(cloud.table(app.rooms).get("room")["guests"]) == ["ada", "bob", "eve"]


@mistake(
    "A claim that says begun is taken for done, and its holder died.",
    right="Only done is done; what was begun is begun again.",
    app="""
tasks = Queue("tasks")
claims = Table("claims", key="task")
done = Table("done", key="task")

@function(tasks.messages(), retry=Retry(attempts=5))
def work(
    message: Message[str], held: Annotated[TableReadWriter, claims], rows: Annotated[TableWriter, done]
) -> None:
    row = held.get(message.payload, default={"state": "new"})
    if row["state"] == "done":
        return
    held.put({"task": message.payload, "state": "begun"})
    rows.put({"task": message.payload})
    held.put({"task": message.payload, "state": "done"})
""",
    change={'    if row["state"] == "done":\n': '    if row["state"] != "new":\n'},
)
def every_task_is_done(cloud, app):
    for task in ("a", "b"):
        cloud.queue(app.tasks).send(task)
    cloud.settle()
    assert sorted(row["task"] for row in cloud.table(app.done).rows()) == ["a", "b"]


@mistake(
    "A lease ends long before its holder does, and nothing else keeps the work from being done twice.",
    right="A lease ends with the deadline of the call, and what is kept is kept under one name.",
    app="""
tasks = Queue("tasks")
leases = Table("leases", key="task", ttl="ends")
runs = Table("runs", key="task")

@function(tasks.messages(), retry=Retry(attempts=6, backoff=10), timeout=60)
def work(
    message: Message[str],
    context: Context,
    held: Annotated[TableReadWriter, leases],
    rows: Annotated[TableReadWriter, runs],
) -> None:
    if message.payload in {row["task"] for row in rows.scan().items}:
        return
    held.put({"task": message.payload, "ends": context.deadline}, if_absent=True)
    rows.put({"task": message.payload})
""",
    change={
        '"ends": context.deadline}': '"ends": context.deadline - timedelta(seconds=55)}',
        '    rows.put({"task": message.payload})\n': '    rows.update(message.payload, add={"runs": 1})\n',
    },
)
def a_task_is_done_once(cloud, app):
    cloud.queue(app.tasks).send("sweep")
    cloud.settle()
    assert cloud.table(app.runs).get("sweep").get("runs", 1) == 1
