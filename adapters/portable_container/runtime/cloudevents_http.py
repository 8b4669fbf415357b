"""CloudEvents over HTTP: takes the headers and the body of a request; returns its events, in binary, structured or batched mode.

Sources: CloudEvents 1.0.2, "HTTP protocol binding" and "JSON event format". Whatever a sender writes that is no event is
`NoEvent`, with the status of the reply and words that say what is wrong.
"""

from __future__ import annotations

import json

from portable_container.runtime.cloudevents import CloudEvent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any, NoReturn

MOST_EVENTS = 1000
"""How many events one batch may have."""
VERSION = "1.0"
REQUIRED = ("id", "source", "type")
_STRUCTURED, _BATCHED = "application/cloudevents+json", "application/cloudevents-batch+json"
_PREFIX = "ce-"
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789")
_NO_ATTRIBUTES = ("data", "data_base64")
_UNREADABLE = (ValueError, RecursionError)


class NoEvent(ValueError):
    """A request that holds no CloudEvent."""

    def __init__(self, what: str, status: int = 400) -> None:
        super().__init__(what)
        self.status = status


def read(headers: Iterable[tuple[str, str]], body: bytes) -> list[CloudEvent]:
    """Return the events of a request. The names of headers are in lower case. Raises NoEvent."""
    fields, own = _fields(headers)
    if fields.get("content-encoding", "identity").lower() != "identity":
        raise NoEvent("the body is compressed; send it as it is", 415)
    content = fields.get("content-type", "")
    kind = content.partition(";")[0].strip().lower()
    if kind == _STRUCTURED:
        return [_of_json(_json(body))]
    if kind == _BATCHED:
        return _batch(_json(body))
    if kind.startswith("application/cloudevents"):
        raise NoEvent(f"an event in {kind} cannot be read; send {_STRUCTURED}, {_BATCHED} or binary mode", 415)
    if not own:
        raise NoEvent(f"there is no CloudEvent: neither headers {_PREFIX}… nor the media type {_STRUCTURED}", 415)
    attributes = {name: _decoded(name, value) for name, value in own.items() if name != "datacontenttype"}
    if content:
        attributes["datacontenttype"] = content
    return [CloudEvent(_checked(attributes), body)]


def _fields(headers: Iterable[tuple[str, str]]) -> tuple[dict[str, str], dict[str, str]]:
    """Return the headers that say how to read a body, and the attributes of binary mode. None of them may be repeated."""
    fields: dict[str, str] = {}
    own: dict[str, str] = {}
    for name, value in headers:
        found, key = (own, name[len(_PREFIX) :]) if name.startswith(_PREFIX) else (fields, name)
        if found is fields and name not in ("content-type", "content-encoding"):
            continue
        if key in found:
            raise NoEvent(f"the header {name} is there twice")
        found[key] = value
    return fields, own


def _batch(found: Any) -> list[CloudEvent]:
    if not isinstance(found, list):
        raise NoEvent(f"a batch is a JSON array, not {_named(found)}")
    if len(found) > MOST_EVENTS:
        raise NoEvent(f"the batch has {len(found)} events, but the limit is {MOST_EVENTS}", 413)
    events = []
    for number, each in enumerate(found):
        try:
            events.append(_of_json(each))
        except NoEvent as error:
            raise NoEvent(f"event {number} of the batch: {error}", error.status) from None
    return events


def _json(body: bytes) -> Any:
    """Return the JSON of a body, which has no NaN and no Infinity."""
    try:
        return json.loads(body, parse_constant=_no_constant)
    except _UNREADABLE as error:
        raise NoEvent(f"the body is not JSON ({_said(error)})") from None


def _no_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is no JSON")


def _of_json(found: Any) -> CloudEvent:
    if not isinstance(found, dict):
        raise NoEvent(f"an event is a JSON object, not {_named(found)}")
    version = found.get("specversion")
    _check_version(version if isinstance(version, str) else None)
    attributes = {
        name: _text(name, value) for name, value in found.items() if name not in _NO_ATTRIBUTES and value is not None
    }
    return CloudEvent(_checked(attributes), _data(found, attributes.get("datacontenttype")))


def _text(name: str, value: Any) -> str:
    """Return the value of an attribute as text: it is text, a whole number of 32 bits, or true or false."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) and -(2**31) <= value < 2**31:
        return str(value)
    raise NoEvent(f"the attribute {_short(name)} is {_named(value)}, but must be text, a whole number or a boolean")


def _data(found: Mapping[str, Any], media_type: str | None) -> bytes:
    """Return the data of an event: bytes of `data_base64`, the text of `data`, or its JSON."""
    data, encoded = found.get("data"), found.get("data_base64")
    if encoded is not None:
        from binascii import a2b_base64

        if data is not None or not isinstance(encoded, str):
            raise NoEvent("data_base64 is text, and there is no data beside it")
        try:
            return a2b_base64(encoded, strict_mode=True)
        except ValueError:
            raise NoEvent("data_base64 is not base64") from None
    if data is None and ("data" not in found or media_type is None):
        return b""
    try:
        if media_type is None or _is_json(media_type):
            return json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
        if isinstance(data, str):
            return data.encode()
    except _UNREADABLE as error:
        raise NoEvent(f"data cannot be read ({_said(error)})") from None
    raise NoEvent(f"data of {_short(media_type)} is text, not {_named(data)}")


def _checked(attributes: dict[str, str]) -> dict[str, str]:
    """Return the attributes of an event. Raises NoEvent if a name, a required value or the version is wrong."""
    for name, value in attributes.items():
        if not name or not _LETTERS.issuperset(name) or name == "data":
            raise NoEvent(f"{_short(name)} is no name of an attribute: it has lower case letters and digits only")
        if any("\ud800" <= letter <= "\udfff" for letter in value):
            raise NoEvent(f"the attribute {name} has a lone surrogate, which is no Unicode text")
    _check_version(attributes.get("specversion"))
    for name in REQUIRED:
        if not attributes.get(name):
            raise NoEvent(f"the event has no {name}")
    return attributes


def _check_version(version: str | None) -> None:
    if version != VERSION:
        raise NoEvent(f"specversion is {_short(version)}, but must be {VERSION!r}")


def _decoded(name: str, value: str) -> str:
    """Return the value of a header: quotes around it are taken off, then percent-escapes of UTF-8 are decoded."""
    from portable.eventing.urls import unquote_bytes

    if len(value) > 1 and value[0] == value[-1] == '"':
        parts = value[1:-1].split("\\\\")
        value = "\\".join(part.replace("\\", "") for part in parts)
    try:
        return unquote_bytes(value).decode()
    except ValueError:
        raise NoEvent(f"the header {_PREFIX}{_short(name)} is not UTF-8") from None


def _is_json(media_type: str) -> bool:
    subtype = media_type.partition(";")[0].strip().lower().partition("/")[2]
    return subtype == "json" or subtype.endswith("+json")


def _named(value: Any) -> str:
    """Return what a value of JSON is, in words."""
    kinds = {dict: "an object", list: "an array", str: "text", bool: "a boolean", type(None): "null"}
    return kinds.get(type(value), "a number")


def _short(text: str | None) -> str:
    """Return text that a sender wrote, so that it fits into one line of a reply or a log."""
    return "missing" if text is None else repr(text if len(text) < 41 else f"{text[:40]}…")


def _said(error: BaseException) -> str:
    return "it is nested too deep" if isinstance(error, RecursionError) else str(error)[:120]
