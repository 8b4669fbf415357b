"""A market with every kind of trigger and resource, for the pages of the dashboard. Names and values are hostile on purpose."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from portable import (
    Bucket,
    BucketReader,
    BucketReadWriter,
    BucketWriter,
    HTTPError,
    Index,
    Message,
    Principal,
    Queue,
    QueueSender,
    Record,
    Response,
    Retry,
    Secret,
    Setting,
    StoredObject,
    Stream,
    Table,
    TableReadWriter,
    Tick,
    Topic,
    TopicPublisher,
    function,
    http,
    schedule,
)

log = logging.getLogger("market")


@dataclass
class Sale:
    """What was sold."""

    shop: str
    number: int
    at: datetime
    price: float
    state: Literal["open", "paid"] = "open"
    tags: list[str] = field(default_factory=list)


@dataclass
class Job:
    """Something to do."""

    what: str
    times: int = 1
    loud: bool = False


files = Bucket("files")
sales = Table("sales", row=Sale, key="shop", sort="number", indexes=(Index("by-state", "state"),))
notes = Table("notes", key="id")
jobs = Queue("jobs")
news = Topic("news")
clicks = Stream("clicks")


@function(http.put("/files/{name}"))
def store(name: str, body: bytes, into: Annotated[BucketWriter, files]) -> Response:
    """Store a file."""
    info = into.put(f"in/{name}", body)
    return Response.json({"stored": name, "size": info.size}, status=201)


@function(http.get("/files/{name:path}"))
def fetch(name: str, out_of: Annotated[BucketReader, files]) -> bytes:
    """Send a file."""
    return out_of.get(f"in/{name}")


@function(http.post("/sales"))
def sell(
    body: Sale,
    into: Annotated[TableReadWriter[Sale], sales],
    due: Annotated[QueueSender, jobs],
    tell: Annotated[TopicPublisher, news],
    agent: Annotated[str, http.Header("x-agent")] = "nobody",
    loud: bool = False,
) -> dict[str, Any]:
    """Sell something."""
    log.info("sold by %s", agent)
    into.put(body)
    due.send(Job(body.shop, 1, loud))
    tell.publish({"shop": body.shop}, {"kind": "sold"})
    return {"shop": body.shop, "number": body.number}


@function(http.get("/sales/{shop}/{number}"))
def sale(shop: str, number: int, out_of: Annotated[TableReadWriter[Sale], sales]) -> Sale:
    """Show a sale."""
    found = out_of.get(shop, number, default=None)
    if found is None:
        raise HTTPError(404, f"{shop} has not sold {number}")
    return found


@function(http.get("/key"))
def key(secret: Annotated[str, Secret("market-key")], colour: Annotated[str, Setting("colour", default="red")]) -> str:
    """Tell a secret, which nobody should."""
    log.warning("the key is %s", secret)
    return f"{secret} {colour}"


@function(http.get("/partner", auth=http.api_key(Secret("partner-keys"))))
def partner(who: Principal) -> dict[str, str]:
    """Tell a partner its name."""
    return {"partner": who.subject}


@function(http.get("/guarded", auth=http.api_key(Secret("market-key"))))
def guarded() -> str:
    """Open the back door.

    It is for those who know the key.

    Tags: doors
    Example:
        {"no": "body"}
    Raises:
        404: There is no door.
    """
    return "open"


@function(http.get("/now"))
def now() -> str:
    """Tell the time, which differs from call to call."""
    return datetime.now(UTC).isoformat()


@function(http.get("/broken"))
async def broken() -> None:
    """Fail."""
    raise ValueError("<script>alert('broken')</script>")


@function(files.created(prefix="in/", suffix=".txt"))
def arrived(found: StoredObject, box: Annotated[BucketReadWriter, files]) -> None:
    """Copy what has arrived."""
    box.copy(found.key, found.key.replace("in/", "seen/", 1))


@function(jobs.messages(), retry=Retry(attempts=2, backoff=0), dead_letter=True)
def work(message: Message[Job], into: Annotated[TableReadWriter, notes]) -> None:
    """Do a job. Some cannot be done."""
    if message.payload.what == "impossible":
        raise RuntimeError(f"{message.payload.what} cannot be done")
    into.put({"id": message.payload.what, "times": message.payload.times})


@function(news.messages(filter={"kind": "sold"}))
def hear(message: Message[dict[str, Any]]) -> None:
    """Hear the news."""
    log.info("heard of %s", message.payload["shop"])


@function(clicks.records())
def click(record: Record[dict[str, Any]]) -> None:
    """Count a click."""


@function(schedule.cron("0 3 * * *", timezone="Europe/Berlin"))
def nightly(tick: Tick, into: Annotated[TableReadWriter, notes]) -> None:
    """Write when the night was."""
    into.put({"id": "night", "at": tick.scheduled_at})
    with into.transaction("night") as together:
        together.put({"id": "night", "at": tick.scheduled_at})
