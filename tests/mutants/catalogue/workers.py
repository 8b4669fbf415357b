"""Mistakes with threads and tasks that a handler starts: what they raise is lost."""

from __future__ import annotations

from mutants.form import mistake


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
    "Workers of an async handler keep the errors that they saw, and nobody looks.",
    right="Raise the first of them.",
    app="""
lists = Queue("lists")
there = Table("there", key="id")

@function(lists.messages())
async def store(message: Message[list[str]], rows: Annotated[AsyncTableWriter, there]) -> None:
    queue = asyncio.Queue()
    for name in message.payload:
        queue.put_nowait(name)
    failed = []
    async def worker():
        while not queue.empty():
            name = queue.get_nowait()
            try:
                await rows.put({"id": name})
            except Exception as error:
                failed.append(error)
    await asyncio.gather(worker(), worker())
    if failed:
        raise failed[0]
""",
    change={
        """    if failed:
        raise failed[0]
""": ""
    },
)
def every_name_of_a_worker_is_written(cloud, app):
    cloud.queue(app.lists).send(["a", "b", "c", "d"])
    cloud.settle()
    assert len(cloud.table(app.there).rows()) == 4


@mistake(
    "What threads of a handler raised is logged, and not raised.",
    right="Raise the first of it when all threads have ended.",
    app="""
lists = Queue("lists")
there = Table("there", key="id")

@function(lists.messages())
def store(message: Message[list[str]], rows: Annotated[TableWriter, there]) -> None:
    errors = []
    def run(name):
        try:
            rows.put({"id": name})
        except Exception as error:
            errors.append(error)
    threads = [threading.Thread(target=run, args=(name,)) for name in message.payload]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
""",
    change={
        """    if errors:
        raise errors[0]
""": """    for error in errors:
        logging.error("failed", exc_info=error)
"""
    },
)
def every_name_of_threads_is_written(cloud, app):
    cloud.queue(app.lists).send(["a", "b", "c"])
    cloud.settle()
    assert len(cloud.table(app.there).rows()) == 3
