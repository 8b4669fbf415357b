"""Bucket events on Azure: storage events of Event Grid, directly or through a storage queue, in; StoredObjects out.

Source: "Azure Blob Storage as an Event Grid source" (event types, subject, properties of data). The URL of a blob is
percent-encoded; the subject is taken as it stands unless the URL says that it is encoded too.
"""

from __future__ import annotations

from portable.base.values import replace
from portable.compute import dispatch
from portable.errors import EventError
from portable.eventing.urls import unquote
from portable.storage.event import StoredObject
from portable_azure.runtime.context import AzureContext
from portable_azure.runtime.eventgrid import read

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Any

    from portable.compute.consume import Consumer

_TYPES = {"created": "microsoft.storage.blobcreated", "deleted": "microsoft.storage.blobdeleted"}
_CONTAINERS = "blobServices/default/containers/"


def handler(
    call: Any, function: str, timeout: float, event_name: str, prefix: str = "", suffix: str = ""
) -> Callable[[Any, Any], None]:
    """Return what a `def` function of the app calls with its event and context. `timeout` is in seconds."""

    def handle(event: Any, native: Any) -> None:
        for found in wanted(event, event_name, prefix, suffix):
            dispatch.event(call, found, AzureContext(event, native, function, timeout))

    return handle


def async_handler(
    call: Any, function: str, timeout: float, event_name: str, prefix: str = "", suffix: str = ""
) -> Callable[[Any, Any], Awaitable[None]]:
    """Return what an `async def` function of the app awaits with its event and context."""

    async def handle(event: Any, native: Any) -> None:
        for found in wanted(event, event_name, prefix, suffix):
            await dispatch.event_async(call, found, AzureContext(event, native, function, timeout))

    return handle


def consumer(consumer: Consumer, event_name: str, prefix: str = "", suffix: str = "") -> Consumer:
    """Return the consumer of a queue that carries a bucket's events, given the one of the stored objects."""
    call = consumer.call

    def each(message: Any, context: Any) -> None:
        for found in wanted(message.payload, event_name, prefix, suffix):
            call(found, context)

    return replace(consumer, call=_counting(each, call, event_name))  # type: ignore[no-any-return]


def async_consumer(consumer: Consumer, event_name: str, prefix: str = "", suffix: str = "") -> Consumer:
    """`consumer` for an `async def` handler."""
    call = consumer.call

    async def each(message: Any, context: Any) -> None:
        for found in wanted(message.payload, event_name, prefix, suffix):
            await call(found, context)

    return replace(consumer, call=_counting(each, call, event_name))  # type: ignore[no-any-return]


def _counting(each: Any, call: Any, event_name: str) -> Any:
    """Return the call of a message, which tells deliveries that were no attempts where the call of an object does."""
    skipped = getattr(call, "skipped", None)
    if skipped is not None:

        def of_message(message: Any) -> int:
            try:
                return max((skipped(found) for found in decode(message.payload, event_name)), default=0)
            except EventError:  # the call itself will refuse it
                return 0

        each.skipped = of_message
    return each


def wanted(event: Any, event_name: str, prefix: str, suffix: str) -> list[StoredObject]:
    """Return the objects of an event whose keys are within prefix and suffix. Raises EventError for another event."""
    found = decode(event, event_name)
    return [stored for stored in found if stored.key.startswith(prefix) and stored.key.endswith(suffix)]


def decode(event: Any, event_name: str) -> list[StoredObject]:
    """Return the objects of an event; `event_name` is "created" or "deleted". Raises EventError for another event."""
    expected = f"an object {event_name} in a bucket"
    found = []
    for fields in read(event, expected):
        if fields["type"].lower() != _TYPES[event_name]:
            raise EventError(expected, f'Event Grid event "{fields["type"]}"')
        try:
            found.append(_stored(fields))
        except (AttributeError, KeyError, TypeError, ValueError):
            raise EventError(expected, f'Event Grid event "{fields["type"]}" that names no blob') from None
    return found


def _stored(fields: dict[str, Any]) -> StoredObject:
    data = fields.get("data") or {}
    url = data.get("url")
    subject = fields.get("subject") or ""
    _, _, rest = subject.partition(_CONTAINERS)
    bucket, _, key = rest.partition("/blobs/")
    path = unquote(_path(url)) if isinstance(url, str) else ""
    if not (bucket and key):
        bucket, _, key = path.lstrip("/").partition("/")
    elif path and not path.endswith(f"/{bucket}/{key}") and path.endswith(f"/{unquote(bucket)}/{unquote(key)}"):
        bucket, key = unquote(bucket), unquote(key)
    if not (bucket and key):
        raise KeyError("subject")
    size = data.get("contentLength", data.get("content_length"))
    etag = data.get("eTag", data.get("e_tag"))
    return StoredObject(
        bucket=bucket,
        key=key,
        size=size if isinstance(size, int) else None,
        etag=etag if isinstance(etag, str) else None,
        id=data.get("sequencer") or fields.get("id"),
    )


def _path(url: str) -> str:
    """Return the path of a URL as it stands."""
    rest = url.partition("://")[2]
    return "/" + rest.partition("?")[0].partition("/")[2]
