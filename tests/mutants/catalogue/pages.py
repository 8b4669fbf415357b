"""Mistakes with pages: only the first one is read, one is left out, one is counted twice."""

from __future__ import annotations

from mutants.form import PLAIN, mistake


@mistake(
    "Only the first page is read.",
    right="Follow next until it is None.",
    app="""
users = Table("users", key="name")
greeted = Table("greeted", key="name")

@function(schedule.cron("0 9 * * *"))
def greet(tick: Tick, rows: Annotated[TableReader, users], out: Annotated[TableWriter, greeted]) -> None:
    page = None
    while True:
        found = rows.scan(limit=2, page=page)
        for row in found.items:
            out.put({"name": row["name"]})
        page = found.next
        if page is None:
            return
""",
    change={"        if page is None:\n            return\n": "        return\n"},
    found_by=PLAIN,
)
def everyone_is_greeted(cloud, app):
    for number in range(5):
        cloud.table(app.users).put({"name": f"u{number}"})
    cloud.schedule(app.greet).fire(at="2026-05-01T09:00")
    assert len(cloud.table(app.greeted).rows()) == 5


WALK = """
users = Table("users", key="name")
marks = Table("marks", key="job")
walks = Queue("walks")
sums = Table("sums", key="page")

@function(walks.messages(), retry=Retry(attempts=5))
def walk(
    message: Message[str],
    rows: Annotated[TableReader, users],
    saved: Annotated[TableReadWriter, marks],
    out: Annotated[TableWriter, sums],
) -> None:
    page, number = None, 0
    while True:
        found = rows.scan(limit=2, page=page)
        out.put({"page": str(number), "money": sum(row["money"] for row in found.items)})
        page, number = found.next, number + 1
        if page is None:
            return
"""


@mistake(
    "A loop over pages continues after a crash, and adds a page that it has already added.",
    right="Store the sum of each page under the key of the page.",
    app=WALK,
    change={
        "    page, number = None, 0\n": (
            '    kept = saved.get(message.payload, default={"page": None})\n    page, number = kept["page"], 0\n'
        ),
        'out.put({"page": str(number), "money": sum(row["money"] for row in found.items)})': (
            'out.update("all", add={"money": sum(row["money"] for row in found.items)})'
        ),
        "        page, number = found.next, number + 1\n": (
            '        page, number = found.next, number + 1\n        saved.put({"job": message.payload, "page": page})\n'
        ),
    },
)
def money_is_summed_once(cloud, app):
    for number in range(5):
        cloud.table(app.users).put({"name": f"u{number}", "money": 1})
    cloud.queue(app.walks).send("may")
    cloud.settle()
    assert sum(row["money"] for row in cloud.table(app.sums).rows()) == 5


@mistake(
    "The position in the pages is saved before the page is handled.",
    right="Save it after the page was handled.",
    app="""
users = Table("users", key="name")
marks = Table("marks", key="job")
walks = Queue("walks")
greeted = Table("greeted", key="name")

@function(walks.messages(), retry=Retry(attempts=5))
def walk(
    message: Message[str],
    rows: Annotated[TableReader, users],
    saved: Annotated[TableReadWriter, marks],
    out: Annotated[TableWriter, greeted],
) -> None:
    page = saved.get(message.payload, default={"page": None})["page"]
    while page != "end":
        found = rows.scan(limit=2, page=page)
        page = found.next or "end"
        out.batch_write(puts=[{"name": row["name"]} for row in found.items])
        saved.put({"job": message.payload, "page": page})
""",
    change={
        """        out.batch_write(puts=[{"name": row["name"]} for row in found.items])
        saved.put({"job": message.payload, "page": page})
""": """        saved.put({"job": message.payload, "page": page})
        out.batch_write(puts=[{"name": row["name"]} for row in found.items])
"""
    },
)
def nobody_is_left_out(cloud, app):
    for number in range(5):
        cloud.table(app.users).put({"name": f"u{number}"})
    cloud.queue(app.walks).send("may")
    cloud.settle()
    assert len(cloud.table(app.greeted).rows()) == 5


@mistake(
    "How far a job has come is stored before its page is copied.",
    right="Store it after the page is copied: what is copied twice is the same row.",
    app="""
rows = Table("rows", key="kind", sort=Key("number", int))
places = Table("places", key="job")
copies = Table("copies", key="number")

@function(schedule.cron("0 * * * *"))
def export(
    source: Annotated[TableReader, rows],
    place: Annotated[TableReadWriter, places],
    out: Annotated[TableWriter, copies],
) -> None:
    last = place.get("export", default={"last": 0}, consistent=True)["last"]
    while found := source.query("sale", sort.gt(last), limit=2).items:
        last = found[-1]["number"]
        out.batch_write(puts=[{"number": str(row["number"])} for row in found])
        place.put({"job": "export", "last": last})
""",
    change={
        """\
        out.batch_write(puts=[{"number": str(row["number"])} for row in found])
        place.put({"job": "export", "last": last})
""": """\
        place.put({"job": "export", "last": last})
        out.batch_write(puts=[{"number": str(row["number"])} for row in found])
""",
    },
)
def every_row_is_exported(cloud, app):
    for number in range(1, 6):
        cloud.table(app.rows).put({"kind": "sale", "number": number})
    cloud.schedule(app.export).fire()
    cloud.settle()
    cloud.schedule(app.export).fire()
    cloud.settle()
    assert {row["number"] for row in cloud.table(app.copies).rows()} == {"1", "2", "3", "4", "5"}
