"""Payloads: takes bytes, returns text or plain JSON values. It is loaded only for functions that read a payload."""

from __future__ import annotations

from portable.errors import InvalidInput

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def json_value(kind: type | None = None) -> Callable[[bytes], Any]:
    """Return a decoder of JSON to plain values. `kind` (dict, list, …) is the required type of the whole value."""
    import json

    def decode(body: bytes) -> Any:
        try:
            value = json.loads(body, parse_constant=_no_json)
        except (ValueError, RecursionError) as error:
            raise InvalidInput(f"must be JSON: {error}", "body") from None
        if kind is not None and not isinstance(value, kind):
            raise InvalidInput(f"expected a JSON {kind.__name__}, got {type(value).__name__}", "body")
        return value

    return decode


def _no_json(constant: str) -> Any:
    """Refuse NaN and infinities. Python reads and writes them, but JSON does not have them."""
    raise ValueError(f"{constant} is not a JSON value")


def text(body: bytes) -> str:
    """Return a body as UTF-8 text."""
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise InvalidInput("must be UTF-8 text", "body") from None


def body(sent: bytes, media_type: str | None, decode: Callable[[bytes], Any]) -> Any:
    """Return a typed HTTP body. Raises InvalidInput: 415 if the media type is not JSON, 400 for an invalid value."""
    if media_type is not None and media_type != "application/json" and not media_type.endswith("+json"):
        raise InvalidInput(f"the body must be JSON (application/json), but its media type is {media_type}", "body", 415)
    return decode(sent)
