"""The examples of the page on functions and schedules; they run from top to bottom."""

# --- function
from typing import Annotated

from portable import Queue, QueueSender, function, http

jobs = Queue("jobs")


@function(http.post("/jobs"), memory=512, timeout=10)
def add(body: dict[str, str], queue: Annotated[QueueSender, jobs]) -> dict[str, str]:
    return {"id": queue.send(body)}


# It is still the function that you wrote. A test calls it.
from portable.testing import memory

assert add({"photo": "cat.jpg"}, memory(jobs)).keys() == {"id"}

# --- schedule
from portable import Tick, function, schedule


@function(schedule.cron("0 3 * * MON-FRI", timezone="Europe/Berlin"), timeout=300)
def nightly(tick: Tick) -> None:
    print("due at", tick.scheduled_at)


@function(schedule.every(minutes=15))
def often() -> None:
    print("four times an hour")


# --- Retry
from portable import Message, Retry


@function(jobs.messages(), retry=Retry(attempts=5, backoff=30), dead_letter=True)
def work(message: Message[dict[str, str]]) -> None:
    print("attempt", message.attempt, "of 5 at", message.payload["photo"])


# --- Context
from portable import Context


@function(http.get("/report"), timeout=20)
def report(context: Context) -> dict[str, object]:
    context.metric("reports", 1, unit="Count", kind="daily")
    if context.remaining() < 5:
        return {"partial": True}
    return {"partial": False, "call": context.request_id, "until": context.deadline}


import time

assert report(Context("r-1", "report", ends=time.time() + 20))["call"] == "r-1"

# --- Idempotent
from datetime import timedelta

from portable import Idempotent, Table

payments = Queue("payments")
done = Table("done", key="id", ttl="expires_at")


@function(
    payments.messages(),
    idempotent=Idempotent(done, key=lambda message: message.payload["order"], ttl=timedelta(days=7)),
)
def charge(message: Message[dict[str, str]]) -> None:
    print("charged once for", message.payload["order"])
