"""HTTP, a schedule, a topic, a queue and a secret: what a platform with connectors runs."""

import logging
from typing import Annotated

from portable import Context, Message, Queue, Request, Response, Retry, Secret, Tick, Topic, function, http, schedule

news = Topic("news")
jobs = Queue("jobs")
log = logging.getLogger("connected")


@function(http.get("/echo/{path:path}"))
def echo(request: Request) -> dict[str, object]:
    return {
        "method": request.method,
        "raw_path": request.raw_path,
        "path_params": request.path_params,
        "query": request.query.multi_items(),
        "client_ip": request.client_ip,
    }


@function(http.post("/echo/{path:path}", max_body=1000))
def mirror(request: Request) -> Response:
    return Response(request.body, 201).set_cookie("a", "1").set_cookie("b", "2")


@function(http.get("/secret"))
async def secret(token: Annotated[str, Secret("api-token")]) -> dict[str, int]:
    return {"letters": len(token)}


@function(schedule.cron("0 3 * * MON-FRI"))
def nightly(tick: Tick, context: Context) -> None:
    log.info("tick", extra={"due": tick.scheduled_at.isoformat(), "counted": context.attempt})


@function(news.messages(filter={"level": "high"}), retry=Retry(attempts=2))
async def hear(message: Message[str], context: Context) -> None:
    log.info("heard", extra={"id": message.id, "payload": message.payload, "counted": context.attempt})
    if message.payload == "bad":
        raise ValueError("bad news")


@function(jobs.messages(), timeout=5)
def work(message: Message[dict[str, int]], context: Context) -> None:
    log.info("worked", extra={"id": message.id, "sum": sum(message.payload.values())})
