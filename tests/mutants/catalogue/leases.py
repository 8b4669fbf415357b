"""Mistakes with leases and locks: they expire while their holder still works, or stay when it dies."""

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
    "A handler continues after its lease has ended, and overwrites the result of the next handler.",
    right="Write with a fencing token, so that writes with an older token are refused.",
    app=FENCED,
    change={", condition=newer)": ")"},
)
def no_zombie_writes(cloud, app):
    for step in ("a", "b"):
        cloud.queue(app.tasks).send(step)
    cloud.settle()
    assert sorted(cloud.table(app.results).get("t")["steps"]) == ["a", "b"]


@mistake(
    "A message is handled a second time while the first handler still runs, and each draws a winner.",
    right="The first draw counts: put the winner only if there is none, and use the stored one.",
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
    "A lock never expires, and its holder has died.",
    right="Let the lock expire at the deadline of its holder.",
    app=LOCK.replace('key="name", ttl="ends")\nrooms', 'key="name", ttl="ends")\nrooms'),
    change={', "ends": context.deadline}': "}"},
)
def everyone_enters(cloud, app):
    for guest in ("ada", "bob"):
        cloud.queue(app.guests).send(guest)
    cloud.settle()
    assert sorted(cloud.table(app.rooms).get("room")["guests"]) == ["ada", "bob"]


@mistake(
    "Data under a lock is written without a condition, although the lock may have expired.",
    right="Also write under a condition: a lock only saves work.",
    app=LOCK,
    change={"[*there, message.payload]}, condition=same)": "[*there, message.payload]})"},
)
def a_lock_that_ended_protects_nothing(cloud, app):
    for guest in ("ada", "bob", "eve"):
        cloud.queue(app.guests).send(guest)
    cloud.settle()
    assert sorted(cloud.table(app.rooms).get("room")["guests"]) == ["ada", "bob", "eve"]


@mistake(
    'A claim with the state "begun" is treated as done, although its holder died.',
    right='Only the state "done" means done; repeat work that was only begun.',
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
    "A lease expires long before its holder ends, and nothing else prevents that the work is done twice.",
    right="Let the lease expire at the deadline of the call, and store the result under one fixed key.",
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
