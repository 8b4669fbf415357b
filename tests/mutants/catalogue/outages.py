"""Mistakes while a service does not answer: what gives up after a few tries, and what is undone although it is tried again."""

from __future__ import annotations

from mutants.form import mistake


@mistake(
    "A loop tries three times, then goes on as if it had succeeded.",
    right="Raise when the last try failed: the message comes again.",
    app="""
jobs = Queue("jobs")
there = Table("there", key="id")

@function(jobs.messages())
def work(message: Message[str], rows: Annotated[TableWriter, there]) -> None:
    for attempt in range(3):
        try:
            rows.put({"id": message.payload})
            return
        except (Unavailable, Throttled):
            continue
    raise Unavailable("not written")
""",
    change={'    raise Unavailable("not written")\n': '    logging.error("not written")\n'},
)
def every_job_is_written(cloud, app):
    for n in "abc":
        cloud.queue(app.jobs).send(n)
    cloud.settle()
    assert len(cloud.table(app.there).rows()) == 3


@mistake(
    "A helper that tries again returns nothing when every try failed.",
    right="It raises what the last try raised.",
    app="""
jobs = Queue("jobs")
other = Queue("other")
there = Table("there", key="id")

def again(call):
    for attempt in range(2):
        try:
            return call()
        except Unavailable:
            pass
    return call()

@function(jobs.messages())
def work(message: Message[str], rows: Annotated[TableWriter, there], out: Annotated[QueueSender, other]) -> None:
    again(lambda: rows.put({"id": message.payload}))
    again(lambda: out.send(message.payload))

@function(other.messages())
def hear(message: Message[str], rows: Annotated[TableWriter, there]) -> None:
    rows.put({"id": message.payload + "x"})
""",
    change={
        """            pass
    return call()
""": """            pass
    return None
"""
    },
)
def what_is_written_is_sent(cloud, app):
    for n in "abc":
        cloud.queue(app.jobs).send(n)
    cloud.settle()
    assert len(cloud.table(app.there).rows()) == 6


@mistake(
    "A step that failed is undone by a message, and tried again: the two may come in any order.",
    right="Try again only; undo when it is given up.",
    app="""
trips = Table("trips", key="id")
steps = Queue("steps")
undo = Queue("undo")

@function(steps.messages(), retry=Retry(attempts=4))
def book(message: Message[str], rows: Annotated[TableReadWriter, trips], out: Annotated[QueueSender, undo]) -> None:
    rows.update(message.payload, set={"hotel": True})
    rows.update(message.payload, set={"flight": True})

@function(undo.messages())
def cancel(message: Message[str], rows: Annotated[TableWriter, trips]) -> None:
    rows.update(message.payload, remove=["hotel", "flight"])
""",
    change={
        """    rows.update(message.payload, set={"hotel": True})
    rows.update(message.payload, set={"flight": True})
""": """    try:
        rows.update(message.payload, set={"hotel": True})
        rows.update(message.payload, set={"flight": True})
    except Unavailable:
        out.send(message.payload)
        raise
"""
    },
)
def a_trip_is_booked_in_the_end(cloud, app):
    cloud.queue(app.steps).send("t")
    cloud.settle()
    row = cloud.table(app.trips).get("t")
    assert row["hotel"]
    assert row["flight"]


@mistake(
    "What a scan found old is deleted, although it may be new by now.",
    right="Delete under the condition that it is still old.",
    app="""
sessions = Table("sessions", key="id")
touches = Queue("touches")
sweeps = Queue("sweeps")

@function(touches.messages())
def touch(message: Message[str], rows: Annotated[TableWriter, sessions]) -> None:
    rows.update(message.payload, set={"last": 100})

@function(sweeps.messages())
def sweep(message: Message[int], rows: Annotated[TableReadWriter, sessions]) -> None:
    page = rows.scan(filter=field("last") < 50)
    for row in page.items:
        try:
            rows.delete(row["id"], condition=field("last") < 50)
        except Conflict:
            pass
""",
    change={
        """        try:
            rows.delete(row["id"], condition=field("last") < 50)
        except Conflict:
            pass
""": '        rows.delete(row["id"])\n'
    },
)
def who_is_seen_meanwhile_stays(cloud, app):
    cloud.table(app.sessions).put({"id": "ada", "last": 10})
    cloud.queue(app.touches).send("ada")
    cloud.queue(app.sweeps).send(1)
    cloud.settle()
    assert [row["id"] for row in cloud.table(app.sessions).rows()] == ["ada"]


@mistake(
    "A trip is said to be cancelled before its room is given back, and an error there is swallowed.",
    right="Give back first, say so last, and let errors be raised.",
    app="""
trips = Table("trips", key="id")
hotels = Table("hotels", key="id")
flights = Table("flights", key="id")
books = Queue("books")
undo = Queue("undo")

@function(books.messages(), retry=Retry(attempts=3), dead_letter=True)
def book(message: Message[str], h: Annotated[TableReadWriter, hotels], f: Annotated[TableReadWriter, flights]) -> None:
    h.put({"id": message.payload, "booked": True})
    if f.get("full", default=None):
        raise ValueError("no flight")
    f.put({"id": message.payload})

@function(books.dead_letters.messages())
def give_back(message: Message[str], h: Annotated[TableReadWriter, hotels], t: Annotated[TableWriter, trips]) -> None:
    h.delete(message.payload)
    t.put({"id": message.payload, "state": "cancelled"})
""",
    change={
        """    h.delete(message.payload)
    t.put({"id": message.payload, "state": "cancelled"})
""": """    t.put({"id": message.payload, "state": "cancelled"})
    if h.get(message.payload, default=None) is None:
        return
    try:
        h.delete(message.payload)
    except Exception:
        pass
"""
    },
)
def a_trip_that_failed_has_no_room(cloud, app):
    cloud.table(app.flights).put({"id": "full"})
    cloud.queue(app.books).send("t")
    cloud.settle()
    assert cloud.table(app.hotels).rows() == []
    assert cloud.table(app.trips).get("t")["state"] == "cancelled"


@mistake(
    "Rows are moved in one batch_write, which may do the deletions and not the puts.",
    right="Put first, in a call of its own, then delete.",
    app="""
items = Table("items", key="box", sort="id")
moves = Queue("moves")

@function(moves.messages())
def move(message: Message[str], rows: Annotated[TableReadWriter, items]) -> None:
    found = rows.query("a").items
    rows.batch_write(puts=[{**r, "box": "b"} for r in found])
    rows.batch_write(deletes=[("a", r["id"]) for r in found])
""",
    change={
        """    rows.batch_write(puts=[{**r, "box": "b"} for r in found])
    rows.batch_write(deletes=[("a", r["id"]) for r in found])
""": """    rows.batch_write(puts=[{**r, "box": "b"} for r in found], deletes=[("a", r["id"]) for r in found])
"""
    },
)
def what_moves_is_never_gone(cloud, app):
    for n in "xyz":
        cloud.table(app.items).put({"box": "a", "id": n})
    cloud.queue(app.moves).send("go")
    cloud.settle()
    assert len(cloud.table(app.items).query("b").items) == 3


@mistake(
    "An alert is sent when a count is just three, and the process may die between.",
    right="Send it at every count from three on: who hears it knows it again.",
    app="""
windows = Table("windows", key="id")
alerts = Queue("alerts")
hits = Queue("hits")
told = Table("told", key="id")

@function(hits.messages(), retry=Retry(attempts=8))
def hit(message: Message[str], rows: Annotated[TableReadWriter, windows], out: Annotated[QueueSender, alerts]) -> None:
    row = rows.get("w", default={"id": "w", "seen": []})
    if message.id not in row["seen"]:
        there = field("seen") == row["seen"] if row["seen"] else ~field("seen").exists()
        row = rows.update("w", set={"seen": [*row["seen"], message.id]}, condition=there)
    if len(row["seen"]) >= 3:
        out.send("three")

@function(alerts.messages())
def alert(message: Message[str], rows: Annotated[TableWriter, told]) -> None:
    rows.put({"id": message.payload})
""",
    change={
        """    if len(row["seen"]) >= 3:
        out.send("three")
""": """        if len(row["seen"]) == 3:
            out.send("three")
"""
    },
)
def the_third_hit_is_told(cloud, app):
    for n in "abc":
        cloud.queue(app.hits).send(n)
    cloud.settle()
    assert len(cloud.table(app.told).rows()) == 1
