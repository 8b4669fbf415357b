"""The wire format of queues without attributes: writes an `Outgoing` as one text, and reads it as a raw `Message`.

A message with attributes, a trace, bytes or a given id is a CloudEvents 1.0 JSON object of type `portable.message`
(CloudEvents 1.0 JSON event format; `traceparent` is its distributed tracing extension). Any other message is its plain
text. Attributes whose names CloudEvents allows are extension attributes, so that a provider can filter by them. The
others are in the JSON text of `portableattributes`. A foreign text is a raw body.
"""

from __future__ import annotations

import json

from portable.base.trace import traceparent
from portable.eventing.message import Message
from portable.eventing.wire import TOLD, TRACE, is_plain, marks_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from typing import Any

    from portable.eventing.outgoing import Outgoing

TYPE = "portable.message"
MAX_TEXT = 64 * 1024
"""The largest message of a storage queue, in bytes."""
_MARKS = "portablemarks"
_REST = "portableattributes"
_ENCODING = "portableencoding"
_CONTEXT = ("specversion", "id", "source", "type", "subject", "time", "datacontenttype", "dataschema")
_NOT_ATTRIBUTES = frozenset((*_CONTEXT, "data", "data_base64", TRACE, _MARKS, _REST, _ENCODING))
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789")


def as_queue_text(message: Outgoing, source: str) -> tuple[str, str | None]:
    """Return the text of a storage queue message and its id. The id is None if the queue will make it."""
    if message.text and message.body and not (message.attributes or message.trace or message.id or message.marks):
        text = message.body.decode()
        if is_plain(text) and not _may_be_ours(text):
            return text, None
    event = as_event(message, source)
    return write(event), event["id"]


def as_event(message: Outgoing, source: str, most: int = MAX_TEXT) -> dict[str, Any]:
    """Return a message as a CloudEvents 1.0 object. Its data has the shortest form that keeps it exactly.

    A form that is shorter still is used only for an object of more than `most` bytes.
    """
    from datetime import UTC, datetime
    from uuid import uuid4

    event: dict[str, Any] = {
        "specversion": "1.0",
        "id": message.id or uuid4().hex,
        "source": source,
        "type": TYPE,
        "time": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
    }
    if message.trace is not None:
        event[TRACE] = message.trace
    rest: dict[str, str] = {}
    for name, value in message.attributes.items():
        plain = len(name) <= 20 and _LETTERS.issuperset(name) and name not in _NOT_ATTRIBUTES
        (event if plain else rest)[name] = value
    if rest:
        event[_REST] = write(rest)
    marks = marks_of(message)
    marks.pop("id", None)
    if marks:
        event[_MARKS] = write(marks)
    _put_data(event, message, most)
    return event


def read_queue_text(
    id: str,  # noqa: A002
    text: str | bytes,
    attempt: int | None = None,
    sent_at: datetime | None = None,
    any_event: bool = False,
) -> Message[bytes]:
    """Return the raw message of a storage queue's text. `id` is the id that the queue gave it.

    With `any_event` every CloudEvent is read, not only ours. It is for a queue that is subscribed to a topic.
    """
    raw = text.encode() if isinstance(text, str) else text
    try:
        event = _event_in(raw.decode(), any_event=any_event)
    except UnicodeDecodeError:
        event = None
    if event is not None:
        try:
            return read_event(event, attempt, sent_at)
        except (AttributeError, RecursionError, TypeError, ValueError):
            pass  # it is not a CloudEvent, so its text is the message
    return Message(id, raw, attempt, {}, sent_at)


def read_event(event: Mapping[str, Any], attempt: int | None = None, sent_at: datetime | None = None) -> Message[bytes]:
    """Return the raw message of a CloudEvents 1.0 object, ours or foreign. Its extensions become attributes.

    `source`, `type` and `subject` of a foreign event become attributes too. Raises AttributeError, TypeError or
    ValueError if it is not a CloudEvent.
    """
    is_ours = event.get("type") == TYPE
    attributes = {
        name: _text(value)
        for name, value in event.items()
        if value is not None
        and (name not in _NOT_ATTRIBUTES or (not is_ours and name in ("source", "type", "subject")))
    }
    attributes.update(_object_in(event.get(_REST)))
    marks = _object_in(event.get(_MARKS))
    attributes.update((name, marks[mark]) for mark, name in TOLD.items() if mark in marks)
    return Message(
        str(event.get("id", "")),
        _data(event),
        attempt,
        attributes,
        sent_at or _time(event.get("time")),
        marks.get("group"),
        traceparent(event.get(TRACE)),
    )


def write(value: Any) -> str:
    """Return compact JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _may_be_ours(text: str) -> bool:
    return '"portable.message"' in text and text.lstrip()[:1] == "{"


def _event_in(text: str, *, any_event: bool) -> dict[str, Any] | None:
    if not (_may_be_ours(text) or (any_event and '"specversion"' in text)):
        return None
    try:
        event = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(event, dict) or event.get("specversion") != "1.0":
        return None
    return event if any_event or event.get("type") == TYPE else None


def _put_data(event: dict[str, Any], message: Outgoing, most: int) -> None:
    from base64 import b64encode, b85encode

    body = message.body
    encoded = b64encode(body).decode()
    text = body.decode() if message.text else None
    if text is not None and "\ufffe" not in text and "\uffff" not in text and len(write(text)) <= len(encoded) + 2:
        event["datacontenttype"] = "application/json" if message.json else "text/plain"
        event["data"] = json.loads(text) if message.json else text
    else:
        event["datacontenttype"] = "text/plain" if message.text else "application/octet-stream"
        event["data_base64"] = encoded
    if len(write(event).encode()) > most:  # base64 needs 4/3 of the bytes, base85 5/4
        event.pop("data_base64", None)
        event["data"] = b85encode(body).decode()
        event[_ENCODING] = "base85"


def _data(event: Mapping[str, Any]) -> bytes:
    from base64 import b64decode, b85decode

    encoded = event.get("data_base64")
    if isinstance(encoded, str):
        return b64decode(encoded)
    data = event.get("data")
    if isinstance(data, str) and event.get(_ENCODING) == "base85":
        return b85decode(data)
    kind = event.get("datacontenttype") or "application/json"
    if isinstance(data, str) and not (kind.partition(";")[0].endswith(("/json", "+json"))):
        return data.encode()
    return b"" if data is None and "data" not in event else write(data).encode()


def _object_in(text: object) -> dict[str, str]:
    if not isinstance(text, str):
        return {}
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return {name: _text(value) for name, value in found.items()} if isinstance(found, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else write(value)


def _time(text: object) -> datetime | None:
    if not isinstance(text, str):
        return None
    from datetime import UTC, datetime

    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
