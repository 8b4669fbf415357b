"""A webhook, a schedule, a queue, a secret and a setting: what a platform of tasks runs."""

import logging
from typing import Annotated

from portable import Context, HTTPError, Message, Queue, Retry, Secret, Setting, Tick, function, http, schedule

jobs = Queue("jobs")
log = logging.getLogger("tasks")


@function(http.post("/paid"))
def paid(body: dict[str, int], token: Annotated[str, Secret("api-token")]) -> dict[str, int]:
    log.info("paid", extra={"cents": body["cents"], "letters": len(token)})
    if body["cents"] < 0:
        raise HTTPError(422, "less than nothing")
    return {"cents": body["cents"]}


@function(schedule.every(hours=6), environment={"MODE": "a 'b' \"c\" ü"})
async def sweep(tick: Tick, mode: Annotated[str, Setting("greeting", default="hello")]) -> None:
    import os

    told = {"due": tick.scheduled_at.isoformat(), "fired": tick.fired_at.isoformat(), "greeting": mode}
    log.info("sweeping", extra={**told, "mode": os.environ["MODE"]})


@function(jobs.messages(), retry=Retry(attempts=4, backoff=1.5))
def work(message: Message[dict[str, int]], context: Context) -> None:
    log.info("worked", extra={"id": message.id, "sum": sum(message.payload.values()), "counted": context.attempt})
    if message.payload.get("exit"):
        raise SystemExit(0)
