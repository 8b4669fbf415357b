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
    assert row.get("hotel") and row.get("flight")


@mistake(
    "The results of pool.map are never read, so its errors are lost.",
    right="Read them: list(pool.map(…)).",
    app="""
from concurrent.futures import ThreadPoolExecutor
lists = Queue("lists")
there = Table("there", key="id")

@function(lists.messages())
def store(message: Message[list[str]], rows: Annotated[TableWriter, there]) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda name: rows.put({"id": name}), message.payload))
""",
    change={
        '        list(pool.map(lambda name: rows.put({"id": name}), message.payload))\n': '        pool.map(lambda name: rows.put({"id": name}), message.payload)\n'
    },
)
def every_name_of_a_pool_is_written(cloud, app):
    cloud.queue(app.lists).send(["a", "b", "c"])
    cloud.settle()
    assert len(cloud.table(app.there).rows()) == 3


@mistake(
    "Threads write and are joined: what they raise is lost.",
    right="Write in the handler, or keep what each thread raised and raise it.",
    app="""
lists = Queue("lists")
there = Table("there", key="id")

@function(lists.messages())
def store(message: Message[list[str]], rows: Annotated[TableWriter, there]) -> None:
    for name in message.payload:
        rows.put({"id": name})
""",
    change={
        """    for name in message.payload:
        rows.put({"id": name})
""": """    threads = [threading.Thread(target=rows.put, args=({"id": name},)) for name in message.payload]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
"""
    },
)
def every_name_of_threads_is_written(cloud, app):
    cloud.queue(app.lists).send(["a", "b", "c"])
    cloud.settle()
    assert len(cloud.table(app.there).rows()) == 3


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
