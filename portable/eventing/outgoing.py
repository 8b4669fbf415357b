"""Checks a message before a driver gets it: takes a payload and its options, returns an `Outgoing`.

Every limit here is the smallest limit of all providers, so a message that works on one target works on all.
"""

from __future__ import annotations

from portable.base.logs import current
from portable.base.values import Value
from portable.errors import DeclarationError, InvalidValue, PortableError, TooLarge
from portable.eventing.message import ALONE, WHOLE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Any

    from portable.eventing.queue import Queue

MAX_BYTES = 48 * 1024
"""The largest size of a payload with the names and values of its attributes, in bytes.

A storage queue holds 64 KiB of base64.
"""
MAX_DELAY = 900
"""The longest delay, in seconds (SQS)."""
MAX_ATTRIBUTES = 8
"""The largest number of attributes of one message. SQS takes 10, and two are ours."""
MAX_ATTRIBUTE_BYTES = 1024
"""The largest size of an attribute's value, in bytes (Pub/Sub)."""
RESERVED = ("portable", "traceparent")
"""The attribute names that portable itself uses for its marks and the trace."""

_NAME_FIRST = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_NAME_REST = _NAME_FIRST | frozenset("0123456789_-")


class Outgoing(Value):
    """A message for a driver. It is within all limits.

    `body` is the payload as bytes. `text` means that it is UTF-8 text (a str, or JSON). `id` is the id that the message
    must keep, or None for a new message. `marks` hold the facts about a dead letter. `trace` is a W3C traceparent.
    """

    body: bytes
    text: bool
    attributes: dict[str, str]
    trace: str | None = None
    delay: int = 0
    group: str | None = None
    deduplicate: str | None = None
    id: str | None = None
    marks: dict[str, str] | None = None
    json: bool = False


class SendFailure(Value):
    """A payload that was not sent. `index` is its index in the given payloads, from 0. `error` is the reason."""

    index: int
    error: PortableError


class SendReport(Value):
    """The result of sending many payloads: `sent` has the ids of the sent ones in order, `failed` the other ones."""

    sent: tuple[str, ...]
    failed: tuple[SendFailure, ...]


def prepare_each(payloads: Iterable[Any], prepare: Callable[[Any], Outgoing]) -> tuple[list[Any], list[int]]:
    """Return a prepared message or an error for each payload, and the indexes of the messages."""
    outcomes: list[Any] = []
    places: list[int] = []
    for index, payload in enumerate(payloads):
        try:
            outcomes.append(prepare(payload))
            places.append(index)
        except PortableError as error:
            outcomes.append(error)
    return outcomes, places


def report(outcomes: list[Any], places: list[int], results: Sequence[str | PortableError]) -> SendReport:
    """Return the report of what `prepare_each` returned. `results` are the ids or errors of the messages."""
    for place, result in zip(places, results, strict=True):
        outcomes[place] = result
    sent: list[str] = []
    failed: list[SendFailure] = []
    for index, outcome in enumerate(outcomes):
        if isinstance(outcome, str):
            sent.append(outcome)
        else:
            failed.append(SendFailure(index, outcome))
    return SendReport(tuple(sent), tuple(failed))


def prepare(
    payload: Any,
    attributes: Mapping[str, str] | None,
    delay: int = 0,
    group: str | None = None,
    deduplicate: str | None = None,
) -> Outgoing:
    """Return a payload and its options as an `Outgoing`, with the trace of the current call.

    bytes and str are sent unchanged, any other value as JSON. Raises InvalidValue (a ValueError) or TooLarge.
    """
    json = False
    if isinstance(payload, str) and not hasattr(payload, "_value_"):  # an enum member is sent as JSON, not as text
        body, text = _utf8(payload), True
    elif isinstance(payload, (bytes, bytearray, memoryview)):
        body, text = bytes(payload), False
    else:
        from portable.eventing.sendable import to_json

        body, text, json = to_json(payload), True, True
    given = {} if attributes is None else _checked(attributes)
    size = len(body) + sum(len(name) + len(value.encode()) for name, value in given.items())
    if size > MAX_BYTES:
        raise TooLarge(
            f"the message with its attributes has {size} bytes, but the limit is {MAX_BYTES} (48 KiB)", payload
        )
    context = current.get()
    trace = None if context is None else context.trace
    return Outgoing(body, text, given, trace, delay, group, deduplicate, json=json)


def check_options(queue: Queue, delay: int, group: str | None, deduplicate: str | None) -> str | None:
    """Return the group of a message. In an ordered queue, messages without a group form one group.

    Raises DeclarationError for an ability that the queue does not declare, InvalidValue for an option out of range.
    """
    if delay:
        if not queue.delayed:
            raise _undeclared(queue, "delay", "delayed")
        if not isinstance(delay, int) or not 0 < delay <= MAX_DELAY:
            raise InvalidValue(f"delay={delay!r} must be a whole number of seconds from 0 to {MAX_DELAY}", delay)
    if group is not None:
        if not queue.ordered:
            raise _undeclared(queue, "group", "ordered")
        _check_label("group", group)
        if group == WHOLE or group.startswith(ALONE):
            raise InvalidValue(f"group={group!r} is reserved", group)
    if deduplicate is not None:
        if not queue.deduplicated:
            raise _undeclared(queue, "deduplicate", "deduplicated")
        _check_label("deduplicate", deduplicate)
    return WHOLE if queue.ordered and group is None else group


def _undeclared(queue: Queue, option: str, ability: str) -> DeclarationError:
    return DeclarationError(
        f'{option}= is not allowed on queue "{queue.name}". Declare Queue("{queue.name}", {ability}=True)'
    )


def _check_label(option: str, value: object) -> None:
    """Check an ordering group or deduplication id by the rule of SQS, which is the strictest."""
    if not isinstance(value, str) or not 1 <= len(value) <= 128 or not all("!" <= letter <= "~" for letter in value):
        raise InvalidValue(f"{option}={value!r} must be 1 to 128 visible ASCII characters without spaces", value)


def _checked(attributes: Mapping[str, str]) -> dict[str, str]:
    if len(attributes) > MAX_ATTRIBUTES:
        raise InvalidValue(
            f"a message can have at most {MAX_ATTRIBUTES} attributes, but got {len(attributes)}", attributes
        )
    for name, value in attributes.items():
        _check_attribute(name, value)
    return dict(attributes)


def _check_attribute(name: object, value: object) -> None:
    if not (isinstance(name, str) and 1 <= len(name) <= 64 and name[0] in _NAME_FIRST and _NAME_REST.issuperset(name)):
        raise InvalidValue(
            f"attribute name {name!r} must be 1 to 64 characters: a letter, then letters, digits, _ or -",
            name,
        )
    lowered = name.lower()
    if lowered in RESERVED or lowered.startswith(("portable-", "goog", "aws", "amazon")):
        raise InvalidValue(f"attribute name {name!r} is reserved", name)
    if not isinstance(value, str) or not value:
        raise InvalidValue(f"attribute {name!r} must be text and not empty, but is {value!r}", value)
    if any(letter < " " or "\x7f" <= letter <= "\x9f" or letter in "\ufffe\uffff" for letter in value):
        raise InvalidValue(f"attribute {name!r} has a control character", value)
    if len(_utf8(value, f"attribute {name!r}")) > MAX_ATTRIBUTE_BYTES:
        raise TooLarge(f"attribute {name!r} is over the limit of {MAX_ATTRIBUTE_BYTES} bytes", value)


def is_text(body: bytes) -> bool:
    """Return whether a body is UTF-8 text. A message that was received does not say so."""
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _utf8(text: str, what: str = "the payload") -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise InvalidValue(f"{what} has a character that UTF-8 cannot encode", text) from error
