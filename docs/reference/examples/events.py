"""The examples of the page on events; they run from top to bottom."""

# --- Message
from dataclasses import dataclass

from portable import Message, Queue, function
from portable.testing import events

jobs = Queue("jobs")


@dataclass
class Job:
    photo: str


@function(jobs.messages())
def work(message: Message[Job]) -> None:
    print(message.id, message.attempt, message.payload.photo, message.attributes.get("kind"))


work(events.message(Job("cat.jpg"), id="m-1", attempt=2, attributes={"kind": "photo"}))

# --- Record
from portable import Record, Stream

clicks = Stream("clicks", key="user")


@function(clicks.records(batch=100, window=5, start="oldest"))
def follow(record: Record[dict[str, str]]) -> None:
    print(record.key, record.sequence, record.attempt, record.payload["page"])


@function(clicks.records())
def tally(records: list[Record[dict[str, str]]]) -> list[Record[dict[str, str]]]:
    return [record for record in records if "page" not in record.payload]  # those that failed come again


ann = events.record({"user": "ann", "page": "/"}, key="ann")
follow(ann)
assert tally([ann]) == []

# --- Tick
from portable import Tick, schedule


@function(schedule.every(hours=1))
def hourly(tick: Tick) -> None:
    late = tick.fired_at - tick.scheduled_at
    print("due at", tick.scheduled_at.isoformat(), "and", late.total_seconds(), "s late")


hourly(events.tick("2026-03-29T01:00", fired_at="2026-03-29T01:00:02"))

# --- StoredObject
from portable import Bucket, StoredObject

photos = Bucket("photos")


@function(photos.created(prefix="originals/", suffix=".jpg"))
def index(photo: StoredObject) -> None:
    print(photo.bucket, photo.key, photo.size, photo.etag)


index(events.object_created(photos, "originals/cat.jpg", size=3))

# --- Event
from typing import Any

from portable import Event, Topic


@function(photos.deleted())
def forget(event: Event[dict[str, Any]]) -> None:
    print(event.type, event.source, event.subject, event.data["key"])


copies = Topic("copies")


@function(copies.messages())
def audit(event: Event[Job]) -> None:
    print(event.id, event.time, event.data.photo)


forget(events.object_deleted(photos, "cat.jpg").as_event())
audit(events.event(Job("cat.jpg"), id="m-1"))
