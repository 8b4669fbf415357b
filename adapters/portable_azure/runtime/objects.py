"""Bucket events on Azure: takes storage events of Event Grid, directly or from a storage queue; returns StoredObjects.

Source: "Azure Blob Storage as an Event Grid source" (event types, subject, properties of data). The URL of a blob is
percent-encoded. The subject is used unchanged, unless the URL shows that it is encoded too.
"""

from __future__ import annotations

from portable.base.steps import do, do_async
from portable.base.values import replace
from portable.compute import dispatch
from portable.compute.several import readable, running_all
from portable.errors import EventError
from portable.eventing.urls import unquote
from portable.storage.event import StoredObject
from portable_azure.runtime.context import AzureContext
from portable_azure.runtime.entry import entry
from portable_azure.runtime.eventgrid import read

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from portable.base.steps import Steps
    from portable.compute.consume import Consumer
    from portable_azure.runtime.entry import Handle

_TYPES = {"created": "microsoft.storage.blobcreated", "deleted": "microsoft.storage.blobdeleted"}
_CONTAINERS = "blobServices/default/containers/"


def handler(
    call: Any,
    function: str,
    timeout: float,
    event_name: str,
    prefix: str = "",
    suffix: str = "",
    awaited: bool = False,
) -> Handle:
    """Return what a function of the app calls, or awaits (`awaited`), with its event and context.

    `timeout` is in seconds.
    """
    once = dispatch.event_async if awaited else dispatch.event

    def steps(event: Any, native: Any) -> Steps[None]:
        context = AzureContext(event, native, function, timeout)
        yield from running_all(wanted(event, event_name, prefix, suffix), lambda found: once(call, found, context))

    return entry(steps, awaited)


def consumer(
    consumer: Consumer, event_name: str, prefix: str = "", suffix: str = "", awaited: bool = False
) -> Consumer:
    """Return the consumer of a queue with a bucket's events, made from the consumer of its objects."""
    call = consumer.call
    finish: Callable[[Steps[None]], Any] = do_async if awaited else do

    def each(message: Any, context: Any) -> Any:
        objects = wanted(message.payload, event_name, prefix, suffix)
        return finish(running_all(objects, lambda found: call(found, context)))

    return replace(consumer, call=each)  # type: ignore[no-any-return]


def wanted(event: Any, event_name: str, prefix: str, suffix: str) -> list[StoredObject | EventError]:
    """Return the objects of an event whose keys are within prefix and suffix. Raises EventError for another event."""
    return [
        found
        for found in decode(event, event_name)
        if isinstance(found, EventError) or (found.key.startswith(prefix) and found.key.endswith(suffix))
    ]


def decode(event: Any, event_name: str) -> list[StoredObject | EventError]:
    """Return the objects of an event; `event_name` is "created" or "deleted".

    An event of another kind becomes an EventError. Raises EventError if there are only such.
    """
    expected = f"an object {event_name} in a bucket"
    return readable([_of_event(fields, event_name, expected) for fields in read(event, expected)])


def _of_event(fields: dict[str, Any] | EventError, event_name: str, expected: str) -> StoredObject | EventError:
    if isinstance(fields, EventError):
        return fields
    if fields["type"].lower() != _TYPES[event_name]:
        return EventError(expected, f'Event Grid event "{fields["type"]}"')
    try:
        return _stored(fields)
    except (AttributeError, KeyError, TypeError, ValueError):
        return EventError(expected, f'Event Grid event "{fields["type"]}" without the name of a blob')


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
    """Return the path of a URL, unchanged."""
    rest = url.partition("://")[2]
    return "/" + rest.partition("?")[0].partition("/")[2]
