"""Typed payloads: bytes in, a validated value out. Loaded only by entries of functions whose payload has a type."""

from __future__ import annotations

from portable.errors import InvalidInput

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from portable.eventing.request import Request


def json_value(kind: type | None = None) -> Callable[[bytes], Any]:
    """Return a decoder of JSON to plain values; `kind` (dict, list, …) must be the type at the top."""
    import json

    def decode(body: bytes) -> Any:
        try:
            value = json.loads(body, parse_constant=_no_json)
        except (ValueError, RecursionError) as error:
            raise InvalidInput(f"not JSON: {error}", "body") from None
        if kind is not None and not isinstance(value, kind):
            raise InvalidInput(f"expected a JSON {kind.__name__}, got {type(value).__name__}", "body")
        return value

    return decode


def _no_json(constant: str) -> Any:
    """Refuse NaN and the infinities, which Python reads and writes but JSON does not have."""
    raise ValueError(f"{constant} is not a JSON value")


def typed(kind: Any) -> Callable[[bytes], Any]:
    """Return a decoder of JSON to a dataclass, TypedDict, Struct or any type msgspec knows, validated."""
    from portable.base.codec_msgspec import MsgspecEngine

    return MsgspecEngine(kind).from_json


def model(kind: Any) -> Callable[[bytes], Any]:
    """Return a decoder of JSON to a type that only pydantic knows, validated: models, and constraints of its own."""
    from portable.base.codec_pydantic import PydanticEngine

    return PydanticEngine(kind).from_json


def text(body: bytes) -> str:
    """Return a body as UTF-8 text."""
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise InvalidInput("not UTF-8 text", "body") from None


def body(request: Request, decode: Callable[[bytes], Any]) -> Any:
    """Return a typed HTTP body. Raises InvalidInput: 415 for another media type than JSON, 400 for a wrong value."""
    media_type = request.media_type
    if media_type is not None and media_type != "application/json" and not media_type.endswith("+json"):
        raise InvalidInput(f"JSON was expected (application/json), not {media_type}", "body", 415)
    return decode(request.body)
