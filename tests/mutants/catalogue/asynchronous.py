"""Mistakes of `async def` handlers and of threads: work that is not awaited, and tasks that overwrite each other."""

from __future__ import annotations

from mutants.form import PLAIN, mistake


@mistake(
    "A call of a client is not awaited, so it does nothing.",
    right="Await it.",
    app="""
names = Queue("names")
there = Table("there", key="name")

@function(names.messages())
async def name(message: Message[str], rows: Annotated[AsyncTableWriter, there]) -> None:
    await rows.put({"name": message.payload})
""",
    change={"    await rows.put": "    rows.put"},
    found_by=PLAIN,
)
def a_name_is_written(cloud, app):
    cloud.queue(app.names).send("ada")
    cloud.settle()


@mistake(
    "A task is started and not awaited, so its work may never be finished.",
    right="Await it before the handler returns.",
    app="""
names = Queue("names")
there = Table("there", key="name")

@function(names.messages())
async def name(message: Message[str], rows: Annotated[AsyncTableReadWriter, there]) -> None:
    async def write() -> None:
        if await rows.get(message.payload, default=None) is None:
            await rows.put({"name": message.payload})

    await asyncio.create_task(write())
""",
    change={"    await asyncio.create_task(write())": "    asyncio.create_task(write())"},
)
def every_name_is_written(cloud, app):
    for name in ("ada", "bob"):
        cloud.queue(app.names).send(name)
    cloud.settle()
    assert len(cloud.table(app.there).rows()) == 2


@mistake(
    "Two tasks of one handler read the same row, and each writes it back with only its own change.",
    right="Change the row once, with the results of both tasks.",
    app="""
names = Queue("names")
there = Table("there", key="name")

@function(names.messages())
async def name(message: Message[str], rows: Annotated[AsyncTableReadWriter, there]) -> None:
    async def set_to(what: str) -> None:
        await rows.update(message.payload, set={what: True})

    await asyncio.gather(set_to("mail"), set_to("phone"))
""",
    change={
        "        await rows.update(message.payload, set={what: True})\n": """        row = await rows.get(message.payload, default={"name": message.payload})
        await asyncio.sleep(0)
        await rows.put({**row, what: True})
"""
    },
    found_by=PLAIN,
)
def both_tasks_leave_their_mark(cloud, app):
    cloud.queue(app.names).send("ada")
    cloud.settle()
    assert cloud.table(app.there).get("ada") == {"name": "ada", "mail": True, "phone": True}


@mistake(
    "Errors of gather are collected and never checked.",
    right="Let gather raise the first error.",
    app="""
lists = Queue("lists")
there = Table("there", key="name")

@function(lists.messages())
async def store(message: Message[list[str]], rows: Annotated[AsyncTableWriter, there]) -> None:
    await asyncio.gather(*(rows.put({"name": name}) for name in message.payload))
""",
    change={"for name in message.payload))": "for name in message.payload), return_exceptions=True)"},
)
def every_name_of_a_list_is_written(cloud, app):
    cloud.queue(app.lists).send(["ada", "bob", "eve"])
    cloud.settle()
    assert len(cloud.table(app.there).rows()) == 3


@mistake(
    "An async handler reads a row, awaits something, and writes the old row back.",
    right="Write under the condition that the row has not changed.",
    app="""
adds = Queue("adds")
there = Table("there", key="name")

@function(adds.messages(), retry=Retry(attempts=6))
async def add(message: Message[str], rows: Annotated[AsyncTableReadWriter, there]) -> None:
    row = await rows.get("list")
    if message.payload not in row["names"]:
        names = [*row["names"], message.payload]
        await rows.update("list", set={"names": names}, condition=field("names") == row["names"])
""",
    change={', condition=field("names") == row["names"])': ")"},
)
def no_name_is_overwritten(cloud, app):
    cloud.table(app.there).put({"name": "list", "names": []})
    for name in ("ada", "bob", "eve"):
        cloud.queue(app.adds).send(name)
    cloud.settle()
    assert sorted(cloud.table(app.there).get("list")["names"]) == ["ada", "bob", "eve"]


@mistake(
    "An async handler catches every exception, including Conflict.",
    right='Catch only the exception that means "done already", and check that it is done.',
    app="""
claims = Queue("claims")
there = Table("there", key="name")
mails = Queue("mails")
mailed = Table("mailed", key="name")

@function(claims.messages())
async def claim(
    message: Message[str], rows: Annotated[AsyncTableWriter, there], out: Annotated[AsyncQueueSender, mails]
) -> None:
    try:
        await rows.put({"name": message.payload}, if_absent=True)
    except Conflict:
        logging.info("it is there")
    await out.send(message.payload)

@function(mails.messages())
async def mail(message: Message[str], rows: Annotated[AsyncTableWriter, mailed]) -> None:
    await rows.put({"name": message.payload})
""",
    change={
        """    except Conflict:
        logging.info("it is there")
    await out.send(message.payload)
""": """        await out.send(message.payload)
    except Exception:
        logging.info("it is there")
"""
    },
)
def every_claim_is_mailed(cloud, app):
    for name in ("ada", "bob"):
        cloud.queue(app.claims).send(name)
    cloud.settle()
    assert len(cloud.table(app.mailed).rows()) == 2


@mistake(
    "The only write of a handler is a task that nobody awaits.",
    right="Await it: if it raises, the message is delivered again.",
    app="""
names = Queue("names")
there = Table("there", key="name")

@function(names.messages())
async def name(message: Message[str], rows: Annotated[AsyncTableWriter, there]) -> None:
    await asyncio.create_task(rows.put({"name": message.payload}))
""",
    change={"    await asyncio.create_task": "    asyncio.create_task"},
)
def a_task_of_one_call_is_done(cloud, app):
    cloud.queue(app.names).send("ada")
    cloud.settle()
    assert len(cloud.table(app.there).rows()) == 1


@mistake(
    "A message about a write is sent by a task that nobody awaits.",
    right="Await it.",
    app="""
names = Queue("names")
news = Topic("news")
there = Table("there", key="name")
heard = Table("heard", key="name")

@function(names.messages())
async def name(
    message: Message[str], rows: Annotated[AsyncTableWriter, there], out: Annotated[AsyncTopicPublisher, news]
) -> None:
    await rows.put({"name": message.payload})
    await asyncio.ensure_future(out.publish(message.payload))

@function(news.messages())
async def hear(message: Message[str], rows: Annotated[AsyncTableWriter, heard]) -> None:
    await rows.put({"name": message.payload})
""",
    change={"    await asyncio.ensure_future": "    asyncio.ensure_future"},
)
def what_is_written_is_announced(cloud, app):
    cloud.queue(app.names).send("ada")
    cloud.settle()
    assert len(cloud.table(app.heard).rows()) == 1
