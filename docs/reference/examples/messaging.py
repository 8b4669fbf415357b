"""The examples of the page on queues and topics; they run from top to bottom."""

# --- Queue
from typing import Annotated

from portable import Message, Queue, Retry, function

jobs = Queue("jobs")
steps = Queue("steps", ordered=True)  # an order within each group
later = Queue("later", delayed=True)  # send(…, delay=60)


@function(jobs.messages(batch=10, window=5), retry=Retry(attempts=5), dead_letter=True)
def work(message: Message[dict[str, int]]) -> None:
    print(message.payload["photo"])


# --- QueueSender
from portable import QueueSender, http
from portable.testing import memory


@function(http.post("/jobs"))
def add(body: dict[str, int], queue: Annotated[QueueSender, jobs]) -> dict[str, str]:
    return {"id": queue.send(body, attributes={"kind": "photo"})}


waiting = memory(jobs)  # may do everything
sent = add({"photo": 7}, waiting)
assert waiting.pending[0].id == sent["id"]

# --- SendReport
report = waiting.send_many([{"photo": 8}, {"photo": "x" * 100_000}])
assert len(report.sent) == 1
assert [(failure.index, type(failure.error).__name__) for failure in report.failed] == [(1, "TooLarge")]

# --- QueueReader
from portable import QueueReader


@function(http.post("/jobs/retry"))
def retry(dead: Annotated[QueueReader, jobs.dead_letters]) -> dict[str, int]:
    return {"waiting": dead.count(), "moved": dead.redrive(limit=100)}


assert waiting.count() == 2
assert waiting.peek(limit=1)[0].attributes == {"kind": "photo"}

# --- Topic
from portable import Topic

news = Topic("news")


@function(news.messages(filter={"kind": "photo"}))
def tell(message: Message[dict[str, int]]) -> None:
    print(message.payload)


# --- TopicPublisher
from portable import TopicPublisher


@function(http.post("/news"))
def publish(body: dict[str, int], topic: Annotated[TopicPublisher, news]) -> dict[str, str]:
    return {"id": topic.publish(body, attributes={"kind": "photo"})}


told = memory(news)
publish({"photo": 7}, told)
assert told.published[0].json() == {"photo": 7}

# --- AsyncQueueSender
import asyncio

from portable import AsyncQueueSender
from portable.testing import async_memory


@function(http.post("/jobs/{photo}"))
async def add_one(photo: int, queue: Annotated[AsyncQueueSender, jobs]) -> dict[str, str]:
    return {"id": await queue.send({"photo": photo})}


awaited = async_memory(jobs)
asyncio.run(add_one(7, awaited))

# --- AsyncQueueReader
from portable import AsyncQueueReader


@function(http.get("/jobs"))
async def backlog(queue: Annotated[AsyncQueueReader, jobs]) -> dict[str, int]:
    return {"waiting": await queue.count()}


assert asyncio.run(backlog(awaited)) == {"waiting": 1}

# --- AsyncTopicPublisher
from portable import AsyncTopicPublisher


@function(http.post("/news/{photo}"))
async def publish_one(photo: int, topic: Annotated[AsyncTopicPublisher, news]) -> dict[str, str]:
    return {"id": await topic.publish({"photo": photo})}


asyncio.run(publish_one(7, async_memory(news)))


# --- Stream
from portable import Stream

clicks = Stream("clicks", key="user")

# --- StreamWriter
from portable import StreamWriter


@function(http.post("/clicks"))
def click(body: dict[str, str], stream: Annotated[StreamWriter, clicks]) -> dict[str, str]:
    return {"id": stream.send(body, attributes={"kind": "click"})}


written = memory(clicks)
assert click({"user": "ann", "page": "/"}, written).keys() == {"id"}

# --- AsyncStreamWriter
from portable import AsyncStreamWriter


@function(http.post("/clicks/{user}"))
async def click_one(user: str, stream: Annotated[AsyncStreamWriter, clicks]) -> dict[str, str]:
    return {"id": await stream.send({"user": user})}


asyncio.run(click_one("ann", async_memory(clicks)))
