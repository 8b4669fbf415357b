"""Server-sent events (HTML standard, section 9.2): takes text, JSON values and `ServerEvent`s; gives the text of each event.

Only a handler that sends events loads this module.
"""

from __future__ import annotations

from portable.base.values import Value
from portable.errors import InvalidValue

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator
    from typing import Any

    Encode = Callable[[Any], str]
    Event = Any
    Events = Iterable[Event] | AsyncIterable[Event]

MEDIA_TYPE = "text/event-stream"
HEADERS = {"cache-control": "no-cache", "x-accel-buffering": "no"}
"""No cache keeps events, and no proxy waits for more of them."""


class ServerEvent(Value):
    """One event: `data` is text or a JSON value, or None for an event that only keeps the connection open.

    `event` is its type, for which a browser has listeners (without one: "message"). `id` comes back in the header
    Last-Event-ID when the client connects again, after `retry` milliseconds. Raises ValueError for an event or id of
    several lines.
    """

    data: Any = None
    event: str | None = None
    id: str | None = None
    retry: int | None = None

    def __check__(self) -> None:
        for name in ("event", "id"):
            text = getattr(self, name)
            if text is not None and (not isinstance(text, str) or not {"\r", "\n", "\0"}.isdisjoint(text)):
                raise InvalidValue(f"{name}={text!r} of a server-sent event must be text of one line", text)
        if self.retry is not None and (type(self.retry) is not int or self.retry < 0):
            raise InvalidValue(
                f"retry={self.retry!r} of a server-sent event must be a number of milliseconds", self.retry
            )


def encoded(events: Events, encode: Encode) -> Iterator[str] | AsyncIterator[str]:
    """Return the text of each event. `encode` makes JSON. Raises TypeError for what is no iterator."""
    given: Any = events
    if hasattr(events, "__aiter__"):
        return _awaited(given, encode)
    if isinstance(events, (str, bytes, dict, Value)) or not hasattr(events, "__iter__"):
        raise TypeError(f"events must be an iterator of text, JSON values or ServerEvent, not {type(events).__name__}")
    return _plain(given, encode)


def _plain(events: Any, encode: Encode) -> Iterator[str]:
    try:
        for event in events:
            yield text_of(event, encode)
    finally:
        close = getattr(events, "close", None)
        if close is not None:
            close()


async def _awaited(events: Any, encode: Encode) -> AsyncIterator[str]:
    try:
        async for event in events:
            yield text_of(event, encode)
    finally:
        close = getattr(events, "aclose", None)
        if close is not None:
            await close()


def text_of(event: Event, encode: Encode) -> str:
    """Return an event as it is sent. Text of several lines has a field for each of them."""
    if not isinstance(event, ServerEvent):
        return f"{_data(event, encode)}\n"
    lines = [] if event.event is None else [f"event: {event.event}\n"]
    if event.id is not None:
        lines.append(f"id: {event.id}\n")
    if event.retry is not None:
        lines.append(f"retry: {event.retry}\n")
    if event.data is not None:
        lines.append(_data(event.data, encode))
    return "".join([*(lines or [":\n"]), "\n"])


def _data(data: Any, encode: Encode) -> str:
    if not isinstance(data, str):
        return f"data: {encode(data)}\n"
    lines = data.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "".join(f"data: {line}\n" for line in lines)
