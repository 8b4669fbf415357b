"""The wire format of providers with attributes: writes an `Outgoing` as body and attributes, reads a raw `Message`.

The body is the payload. Two attributes are ours: `traceparent` (W3C trace context) and `portable`. `portable` is a JSON
object of marks, and is sent only if it is needed: `encoding` (the body is base64), `id` (the id that the message
keeps), and the facts about a dead letter, with its `group`: its queue may have no place for one. The body of a message
without our marks is taken as raw. For queues without attributes see `envelope.py`.
"""

from __future__ import annotations

from portable.base.trace import traceparent
from portable.eventing.message import ALONE, WHOLE, Message

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from portable.eventing.outgoing import Outgoing

MARKS = "portable"
TRACE = "traceparent"
MAX_TEXT_ATTRIBUTES = 10
"""The largest number of attributes of an SQS message. A foreign message that becomes a dead letter may have as many."""
MAX_MARK_BYTES = 1000
"""The largest size of the marks, in bytes. Pub/Sub takes 1,024 in a value."""

ATTEMPTS = "portable-attempts"
ERROR = "portable-error"
ERROR_TYPE = "portable-error-type"
TOLD = {"attempts": ATTEMPTS, "error_type": ERROR_TYPE, "error": ERROR}
"""The attribute that a handler reads, for each mark of a dead letter."""


def as_text(message: Outgoing) -> tuple[str, dict[str, str]]:
    """Return body and attributes for a provider whose bodies are non-empty text of XML characters (SQS, SNS)."""
    marks = marks_of(message)
    if message.text and message.body:
        text = message.body.decode()
        if is_plain(text):
            return text, _few(_attributes(message, marks), marks)
    from base64 import b64encode

    marks["encoding"] = "base64"
    return b64encode(message.body).decode() or "=", _few(_attributes(message, marks), marks)


def as_bytes(message: Outgoing) -> tuple[bytes, dict[str, str]]:
    """Return body and attributes for a provider whose bodies are bytes. An empty body needs an attribute (Pub/Sub)."""
    attributes = _attributes(message, marks_of(message))
    if not message.body and not attributes:
        attributes[MARKS] = "{}"
    return message.body, attributes


def read(
    id: str,  # noqa: A002
    body: str | bytes,
    attributes: Mapping[str, str],
    attempt: int | None = None,
    sent_at: datetime | None = None,
    group: str | None = None,
) -> Message[bytes]:
    """Return the raw message of a received body and attributes.

    `id` is the provider's; an id in our marks replaces it.
    """
    found = dict(attributes)
    trace = traceparent(found.pop(TRACE, None))
    content = body.encode() if isinstance(body, str) else body
    if MARKS in found:
        marks = _read_marks(found[MARKS])
        if marks is not None:
            del found[MARKS]
            id = marks.get("id", id)  # noqa: A001
            group = marks.get("group") if group is None else group
            content = _decoded(content, marks.get("encoding"))
            found.update((TOLD[name], marks[name]) for name in TOLD if name in marks)
            if "more" in marks:
                found.update(_read_marks(marks["more"]) or {})
    if group is not None and (group == WHOLE or group.startswith(ALONE)):
        group = None
    return Message(id, content, attempt, found, sent_at, group, trace)


def is_plain(text: str) -> bool:
    """Return whether XML 1.0 carries the text unchanged.

    Control characters except tab and line feed are not carried, nor are U+FFFE and U+FFFF. Every XML parser turns a
    carriage return into a line feed (XML 1.0, section 2.11).
    """
    if text.isprintable():
        return True
    return not any((letter < " " and letter not in "\t\n") or letter in "\ufffe\uffff" for letter in text)


def marks_of(message: Outgoing) -> dict[str, str]:
    """Return the marks of a message: the id that it keeps, and the facts about a dead letter."""
    marks = {} if message.marks is None else dict(message.marks)
    if message.marks is not None and message.group is not None:
        marks["group"] = message.group
    if message.id is not None:
        marks["id"] = message.id
    return marks


def _attributes(message: Outgoing, marks: dict[str, str]) -> dict[str, str]:
    attributes = dict(message.attributes)
    if message.trace is not None:
        attributes[TRACE] = message.trace
    if marks:
        attributes[MARKS] = _write_marks(marks)
    return attributes


def _few(attributes: dict[str, str], marks: dict[str, str]) -> dict[str, str]:
    if len(attributes) <= MAX_TEXT_ATTRIBUTES:
        return attributes
    from json import dumps

    kept = [name for name in attributes if name not in (MARKS, TRACE)]
    more = {name: attributes.pop(name) for name in kept[MAX_TEXT_ATTRIBUTES - 2 :]}
    attributes[MARKS] = _write_marks({**marks, "more": dumps(more)})
    return attributes


def _write_marks(marks: dict[str, str]) -> str:
    from json import dumps

    while True:
        text = dumps(marks, ensure_ascii=False, separators=(",", ":"))
        over = len(text.encode()) - MAX_MARK_BYTES
        if over <= 0 or not marks.get("error"):
            return text
        # an escaped or wide character takes up to six bytes, so the text is shortened in a few rounds
        marks = {**marks, "error": marks["error"][: -max(1, over // 6)]}


def _read_marks(text: str) -> dict[str, str] | None:
    from json import loads

    try:
        marks = loads(text)
    except ValueError:
        return None
    if not isinstance(marks, dict) or not all(
        isinstance(value, str) and _is_unicode(value) for value in marks.values()
    ):
        return None
    return marks


def _is_unicode(text: str) -> bool:
    """Return whether a text of JSON can be sent again: an escape may be half of a letter."""
    return not any("\ud800" <= letter <= "\udfff" for letter in text)


def _decoded(content: bytes, encoding: str | None) -> bytes:
    if encoding != "base64" or content == b"=":
        return b"" if encoding == "base64" else content
    from base64 import b64decode
    from binascii import Error

    try:
        return b64decode(content, validate=True)
    except Error:
        return content
