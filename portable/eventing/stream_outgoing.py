"""Checks records before a driver gets them: takes a payload and its key, returns an `Outgoing`; sends many in order."""

from __future__ import annotations

from portable.errors import InvalidValue, PortableError, Unavailable
from portable.eventing.outgoing import Outgoing, prepare

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import Any

    from portable.eventing.stream import Stream

MAX_KEY = 128
"""The longest key, in characters (Event Hubs). Kinesis takes 256 characters, Pub/Sub 1,024 bytes."""


def prepare_record(
    stream: Stream, payload: Any, key: str | None = None, attributes: Mapping[str, str] | None = None
) -> Outgoing:
    """Return a payload as an `Outgoing` with its key as the group. Raises InvalidValue (a ValueError) or TooLarge."""
    return prepare(payload, attributes, 0, key_of(stream, payload, key))


def key_of(stream: Stream, payload: Any, given: str | None) -> str:
    """Return the key of a record: the given key, or the payload's field that the stream names."""
    if given is not None:
        return _checked(given, "key")
    field = stream.key
    if field is None:
        raise InvalidValue(
            f'a record of stream "{stream.name}" needs a key. Use send(…, key=…) or Stream("{stream.name}", key="<field>")'
        )
    found = _field(payload, field)
    if found is None:
        raise InvalidValue(
            f'the payload has no field "{field}", which is the key of stream "{stream.name}". Add it, or use send(…, key=…)',
            payload,
        )
    return _checked(_text(found), f'the field "{field}"')


def _field(payload: Any, name: str) -> Any:
    if isinstance(payload, (str, bytes, bytearray, memoryview, list, tuple)):
        return None
    return payload.get(name) if hasattr(payload, "keys") else getattr(payload, name, None)


def _text(value: Any) -> Any:
    """Return the value of a field as text, if it is text, a whole number, a UUID, or an enum of these."""
    if hasattr(value, "name") and hasattr(value, "value"):
        value = value.value
    return str(value) if type(value) is int or hasattr(value, "urn") else value


def _checked(key: object, what: str) -> str:
    if not isinstance(key, str) or not 1 <= len(key) <= MAX_KEY or not key.isprintable():
        raise InvalidValue(
            f"{what}={key!r} must be 1 to {MAX_KEY} printable characters (or a whole number or a UUID in a field)",
            key,
        )
    return key


def send_in_order(
    messages: Sequence[Outgoing],
    requests: Iterable[Sequence[int]],
    send: Callable[[list[Outgoing]], Sequence[str | PortableError]],
) -> list[str | PortableError]:
    """Send messages in the given requests, each a list of indexes. Return an id or an error for each message.

    After a failed message, later messages of its key are not sent, because they would overtake it.
    """
    outcomes: dict[int, str | PortableError] = {}
    failed: dict[str | None, PortableError] = {}
    for places in requests:
        free = [place for place in places if messages[place].group not in failed]
        sent = send([messages[place] for place in free]) if free else ()
        outcomes.update(zip(free, sent, strict=True))
        for place in places:
            key = messages[place].group
            outcome = outcomes.get(place)
            if outcome is None:
                outcome = outcomes[place] = _overtaking(key, failed[key])
            if not isinstance(outcome, str):
                failed.setdefault(key, outcome)
    return [outcomes[place] for place in range(len(messages))]


def _overtaking(key: str | None, first: PortableError) -> Unavailable:
    error = Unavailable(
        f"not sent, because it would overtake a failed record with the key {key!r}. Send both again, in order"
    )
    error.__cause__ = first
    return error


def of_distinct_keys(messages: Sequence[Outgoing], most: int, most_bytes: int) -> Iterator[list[int]]:
    """Yield requests in which every message has a different key. For a provider that may accept a part of a request."""
    turns: dict[str | None, int] = {}
    waves: list[list[int]] = []
    for place, message in enumerate(messages):
        turn = turns.get(message.group, 0)
        turns[message.group] = turn + 1
        if turn == len(waves):
            waves.append([])
        waves[turn].append(place)
    for wave in waves:
        yield from within(messages, wave, most, most_bytes)


def of_one_key(messages: Sequence[Outgoing], most: int, most_bytes: int) -> Iterator[list[int]]:
    """Yield requests in which all messages have the same key. For a provider that takes one key per request."""
    of_key: dict[str | None, list[int]] = {}
    for place, message in enumerate(messages):
        of_key.setdefault(message.group, []).append(place)
    for places in of_key.values():
        yield from within(messages, places, most, most_bytes)


def within(messages: Sequence[Outgoing], places: Iterable[int], most: int, most_bytes: int) -> Iterator[list[int]]:
    """Yield the indexes in order, in requests of up to `most` messages and about `most_bytes`."""
    request: list[int] = []
    size = 0
    for place in places:
        message = messages[place]
        weight = len(message.body) * 4 // 3 + sum(len(n) + len(v) * 4 for n, v in message.attributes.items()) + 1024
        if request and (len(request) == most or size + weight > most_bytes):
            yield request
            request, size = [], 0
        request.append(place)
        size += weight
    if request:
        yield request
