"""What arrives at event functions is logged, so that a test can compare it with what was sent."""

from __future__ import annotations

import logging
from base64 import b64encode

from portable import Bucket, Context, Message, Queue, Retry, StoredObject, Tick, function, schedule

log = logging.getLogger("arrivals")
box = Bucket("box")
parcels = Queue("parcels")
letters = Queue("letters", ordered=True)
fragile = Queue("fragile")


@function(parcels.messages(), retry=Retry(attempts=3))
def parcel(message: Message[bytes], context: Context) -> None:
    log.info(
        "parcel",
        extra={
            "id": message.id,
            "payload": b64encode(message.payload).decode(),
            "attempt": message.attempt,
            "counted": context.attempt,
            "attributes": message.attributes,
            "sent_at": message.sent_at.isoformat() if message.sent_at else None,
            "group": message.group,
            "traceparent": context.trace,
        },
    )
    if message.payload == b"fail":
        raise ValueError("the parcel is damaged")


@function(fragile.messages(), retry=Retry(attempts=2), dead_letter=True)
def handle(message: Message[str], context: Context) -> None:
    log.info("handle", extra={"id": message.id, "payload": message.payload, "attempt": context.attempt})
    if message.payload == "fail":
        raise ValueError("it broke")


@function(letters.messages())
async def letter(message: Message[dict]) -> None:
    log.info("letter", extra={"payload": message.payload, "group": message.group})


@function(box.created(prefix="in/", suffix=".jpg"))
def put(found: StoredObject, context: Context) -> None:
    log.info("put", extra={"key": found.key, "size": found.size, "etag": found.etag, "attempt": context.attempt})
    if "broken" in found.key:
        raise ValueError("a broken picture")


@function(box.deleted(), name="http")
def removed(found: StoredObject) -> None:
    log.info("removed", extra={"bucket": found.bucket, "key": found.key})


@function(schedule.every(days=2))
def alternate(tick: Tick) -> None:
    log.info("alternate", extra={"due": tick.scheduled_at.isoformat()})
    if tick.scheduled_at.hour == 13:
        raise ValueError("an unlucky hour")
