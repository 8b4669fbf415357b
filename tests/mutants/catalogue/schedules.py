"""Mistakes with schedules: a tick comes late, comes twice, and fails half way like any message."""

from __future__ import annotations

from mutants.form import mistake


@mistake(
    "A report covers the day on which it is written.",
    right="Use the day of tick.scheduled_at.",
    app="""
reports = Bucket("reports")

@function(schedule.cron("59 23 * * *"))
def report(tick: Tick, bucket: Annotated[BucketWriter, reports]) -> None:
    bucket.put(f"{tick.scheduled_at:%Y-%m-%d}", b"1")
""",
    change={"{tick.scheduled_at:%Y-%m-%d}": "{tick.fired_at:%Y-%m-%d}"},
)
def a_report_is_of_its_day(cloud, app):
    cloud.schedule(app.report).fire(at="2026-05-01T23:59:59")
    assert cloud.bucket(app.reports).keys() == ["2026-05-01"]


@mistake(
    "Interest is added at each tick.",
    right="Store it under the day of the tick.",
    app="""
interest = Table("interest", key="account", sort="day")

@function(schedule.cron("0 3 * * *"))
def accrue(tick: Tick, rows: Annotated[TableWriter, interest]) -> None:
    rows.put({"account": "ada", "day": f"{tick.scheduled_at:%Y-%m-%d}", "cents": 5})
""",
    change={
        'rows.put({"account": "ada", "day": f"{tick.scheduled_at:%Y-%m-%d}", "cents": 5})': (
            'rows.update("ada", "all", add={"cents": 5})'
        )
    },
)
def interest_is_paid_once_a_day(cloud, app):
    for day in (1, 2):
        cloud.schedule(app.accrue).fire(at=f"2026-05-0{day}T03:00")
    assert sum(row["cents"] for row in cloud.table(app.interest).query("ada").items) == 10


@mistake(
    "A day is marked as done before the work is done.",
    right="Mark it last.",
    app="""
days = Table("days", key="job")
users = Table("users", key="name")
mails = Queue("mails")
mailed = Table("mailed", key="name")

@function(schedule.cron("0 8 * * *"))
def remind(
    tick: Tick,
    rows: Annotated[TableReader, users],
    done: Annotated[TableReadWriter, days],
    out: Annotated[QueueSender, mails],
) -> None:
    day = f"{tick.scheduled_at:%Y-%m-%d}"
    if done.get("remind", default={"day": ""})["day"] >= day:
        return
    for row in rows.scan().items:
        out.send(row["name"])
    done.put({"job": "remind", "day": day})

@function(mails.messages())
def mail(message: Message[str], rows: Annotated[TableWriter, mailed]) -> None:
    rows.put({"name": message.payload})
""",
    change={
        """    for row in rows.scan().items:
        out.send(row["name"])
    done.put({"job": "remind", "day": day})
""": """    done.put({"job": "remind", "day": day})
    for row in rows.scan().items:
        out.send(row["name"])
"""
    },
)
def everybody_is_reminded(cloud, app):
    for name in ("ada", "bob"):
        cloud.table(app.users).put({"name": name})
    cloud.schedule(app.remind).fire(at="2026-05-01T08:00")
    cloud.settle()
    assert len(cloud.table(app.mailed).rows()) == 2


@mistake(
    "Old data is deleted by the time at which the tick arrives.",
    right="Use tick.scheduled_at.",
    app="""
offers = Table("offers", key="id")

@function(schedule.every(minutes=5))
def sweep(tick: Tick, rows: Annotated[TableReadWriter, offers]) -> None:
    for row in rows.scan(filter=field("ends") < tick.scheduled_at).items:
        rows.delete(row["id"])
""",
    change={'field("ends") < tick.scheduled_at': 'field("ends") < tick.fired_at'},
)
def an_offer_stays_until_its_end(cloud, app):
    cloud.clock.set("2026-05-01T10:00")
    ends = cloud.clock.now
    cloud.table(app.offers).put({"id": "a", "ends": ends})
    cloud.schedule(app.sweep).fire(at="2026-05-01T10:00")
    assert len(cloud.table(app.offers).rows()) == 1


@mistake(
    "A job stores the time of its last run before its work is done.",
    right="Store it after the work is done.",
    app="""
marks = Table("marks", key="job")
sales = Table("sales", key="day", sort="number")
copies = Table("copies", key="number")

@function(schedule.every(minutes=5))
def copy(
    tick: Tick,
    saved: Annotated[TableReadWriter, marks],
    rows: Annotated[TableReader, sales],
    out: Annotated[TableWriter, copies],
) -> None:
    last = saved.get("copy", default={"last": ""})["last"]
    found = rows.query("today", sort=sort.gt(last) if last else None).items
    if found:
        out.batch_write(puts=[{"number": row["number"]} for row in found])
        saved.put({"job": "copy", "last": found[-1]["number"]})
""",
    change={
        """        out.batch_write(puts=[{"number": row["number"]} for row in found])
        saved.put({"job": "copy", "last": found[-1]["number"]})
""": """        saved.put({"job": "copy", "last": found[-1]["number"]})
        out.batch_write(puts=[{"number": row["number"]} for row in found])
"""
    },
)
def every_sale_is_copied(cloud, app):
    for number in range(4):
        cloud.table(app.sales).put({"day": "today", "number": f"{number:03}"})
    cloud.schedule(app.copy).fire(at="2026-05-01T10:00")
    cloud.schedule(app.copy).fire(at="2026-05-01T10:05")
    assert len(cloud.table(app.copies).rows()) == 4


@mistake(
    "New rows are counted and then marked as counted, one by one.",
    right="Count all existing rows.",
    app="""
items = Table("items", key="id")
totals = Table("totals", key="name")

@function(schedule.every(minutes=5))
def sweep(tick: Tick, rows: Annotated[TableReadWriter, items], out: Annotated[TableWriter, totals]) -> None:
    found = rows.scan().items
    out.put({"name": "all", "items": len(found)})
""",
    change={
        """    found = rows.scan().items
    out.put({"name": "all", "items": len(found)})
""": """    found = rows.scan(filter=~field("counted").exists()).items
    out.update("all", add={"items": len(found)})
    for row in found:
        rows.update(row["id"], set={"counted": True})
"""
    },
)
def what_is_swept_is_counted_once(cloud, app):
    for name in ("a", "b"):
        cloud.table(app.items).put({"id": name})
    cloud.schedule(app.sweep).fire(at="2026-05-01T10:00")
    assert cloud.table(app.totals).get("all")["items"] == 2
