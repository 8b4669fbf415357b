"""The form of a message in NATS: writes an `Outgoing` as a body and headers, reads a raw `Message`.

Attributes are headers of their names. Those which a header cannot carry unchanged are together in `portable-more`, as
JSON: a space at an end, letters beyond ASCII, and names beginning with `Nats-`, which the server takes for its own.
"""

from __future__ import annotations

from hashlib import sha256

from portable.eventing import wire
from portable.eventing.record import of_message

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime

    from nats.aio.msg import Msg

    from portable.eventing.message import Message
    from portable.eventing.outgoing import Outgoing
    from portable.eventing.record import Record

UNIQUE = "Nats-Msg-Id"
"""The server's own header: it stores one message for each value within the stream's window."""
DEDUPLICATED = "portable-deduplicated"
"""Is in each message of a queue that is declared deduplicated, so that whoever receives it need not know the queue."""
GROUP = "portable-group"
ID = "portable-id"
MORE = "portable-more"
SENT = "portable-sent"


def headers_of(message: Outgoing, unique: str | None, *, deduplicated: bool = False) -> tuple[bytes, dict[str, str]]:
    """Return the body and the headers of a message. `unique` is the value for which the server stores one message.

    `deduplicated` is the ability of its queue.
    """
    body, attributes = wire.as_bytes(message)
    headers = {} if unique is None else {UNIQUE: unique}
    if deduplicated:
        headers[DEDUPLICATED] = "true"
    more: dict[str, str] = {}
    if message.group is not None:
        attributes[GROUP] = message.group
    for name, value in attributes.items():
        (headers if _plain(name, value) else more)[name] = value
    if more:
        from json import dumps

        headers[MORE] = dumps(more)
    return body, headers


def read(found: Msg) -> Message[bytes]:
    """Return a received message. Raises an error of nats-py if JetStream did not deliver it."""
    attributes = _attributes(found)
    group, own, sent, deduplicated = (attributes.pop(name, None) for name in (GROUP, ID, SENT, DEDUPLICATED))
    told = found.metadata
    if not own:
        unique = (found.headers or {}).get(UNIQUE)
        own = own_id(told.stream, told.sequence.stream, unique, deduplicated=deduplicated is not None)
    return wire.read(own, found.data, attributes, told.num_delivered, _time(sent) or told.timestamp, group)


def read_record(found: Msg) -> Record[bytes]:
    """Return a received record. `sequence` is its place in the stream, from 1."""
    return of_message(read(found), _attributes(found).get(GROUP), str(found.metadata.sequence.stream))


def own_id(stream: str, sequence: int, unique: str | None, *, deduplicated: bool) -> str:
    """Return the id of a message, which its sender and its receiver both can tell.

    A sender whose message was a duplicate learns only the place of the first one.
    """
    if unique is None:
        return f"{stream}-{sequence}"
    return f"{sequence}-{sha256(unique.encode()).hexdigest()[:24]}" if deduplicated else unique


def _plain(name: str, value: str) -> bool:
    """Return whether a header carries it unchanged. A dead letter has whatever names a foreign message had."""
    return all(
        (
            value.isascii() and value.isprintable() and value == value.strip(),
            name.isascii() and name.isprintable() and name == name.strip() != "" and ":" not in name,
            not _servers(name),
        )
    )


def _servers(name: str) -> bool:
    return name.lower().startswith("nats-")


def _attributes(found: Msg) -> dict[str, str]:
    attributes = {name: value for name, value in (found.headers or {}).items() if not _servers(name)}
    more = attributes.pop(MORE, None)
    if more is None:
        return attributes
    from json import loads

    try:
        return attributes | {str(name): str(value) for name, value in loads(more).items()}
    except (AttributeError, RecursionError, ValueError):
        return attributes  # a foreign message with a header of our name


def _time(text: str | None) -> datetime | None:
    from datetime import datetime

    try:
        found = None if text is None else datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None
