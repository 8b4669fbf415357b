"""Events for every trigger, to pass to a handler or to the kit: takes what matters of an event; returns the event."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TypeVar, Unpack

from portable.eventing.events import Event
from portable.eventing.message import Message
from portable.eventing.record import Record
from portable.eventing.request import Request
from portable.eventing.schedule import Tick
from portable.storage.bucket import Bucket
from portable.storage.event import StoredObject
from portable.testing.http.building import RequestOptions, build_request
from portable.testing.world.clock import moment_of

T = TypeVar("T")


def http(method: str, url: str, **options: Unpack[RequestOptions]) -> Request:
    """Return a request; options as `cloud.http`: params, content, json, data, files, headers, cookies, client_ip."""
    return build_request(method, url, options)


def message(
    payload: T,
    id: str = "m-0",  # noqa: A002
    attempt: int | None = 1,
    attributes: Mapping[str, str] | None = None,
    sent_at: datetime | str | None = None,
    group: str | None = None,
) -> Message[T]:
    """Return a message of a queue or topic whose payload is decoded."""
    sent = datetime.now(UTC) if sent_at is None else moment_of(sent_at)
    return Message(id, payload, attempt, dict(attributes or {}), sent, group)


def record(
    payload: T,
    key: str | None = "k-0",
    id: str = "r-0",  # noqa: A002
    attempt: int | None = 1,
    attributes: Mapping[str, str] | None = None,
    sent_at: datetime | str | None = None,
    sequence: str | None = "1",
) -> Record[T]:
    """Return a record of a stream whose payload is decoded."""
    sent = datetime.now(UTC) if sent_at is None else moment_of(sent_at)
    return Record(id, payload, key, sequence, sent, attempt, dict(attributes or {}))


def object_created(bucket: Bucket | str, key: str, size: int | None = None, etag: str | None = None) -> StoredObject:
    """Return the event of an object that was created or replaced."""
    return _stored(bucket, key, size, etag)


def object_deleted(bucket: Bucket | str, key: str) -> StoredObject:
    """Return the event of an object that was deleted."""
    return _stored(bucket, key, None, None)


def tick(scheduled_at: datetime | str | None = None, fired_at: datetime | str | None = None) -> Tick:
    """Return the event of a schedule; without an offset a time is UTC."""
    scheduled = datetime.now(UTC) if scheduled_at is None else moment_of(scheduled_at)
    return Tick(scheduled, scheduled if fired_at is None else moment_of(fired_at))


def event(
    data: T,
    id: str = "e-0",  # noqa: A002
    source: str = "test",
    type: str = "portable.message",  # noqa: A002
    subject: str | None = None,
    attributes: Mapping[str, str] | None = None,
) -> Event[T]:
    """Return an event with its envelope, for a handler that takes `Event[T]`."""
    return Event(id, source, type, data, subject, datetime.now(UTC), dict(attributes or {}))


def _stored(bucket: Bucket | str, key: str, size: int | None, etag: str | None) -> StoredObject:
    name = bucket if isinstance(bucket, str) else bucket.name
    return StoredObject(name, key, size, etag, f"{name}/{key}/{etag}")
