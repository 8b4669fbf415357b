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
    import msgspec

    decode_json = msgspec.json.Decoder(kind).decode

    def decode(body: bytes) -> Any:
        try:
            return decode_json(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            detail, _, path = str(error).partition(" - at `")
            before, _, after = path.rstrip("`").rpartition("` in `")  # "key` in `$.prices" for a key of a mapping
            place = "body" + after.removeprefix("$")
            raise InvalidInput(f"a {before} of the mapping: {detail}" if before else detail, place) from None

    return decode


def model(kind: Any) -> Callable[[bytes], Any]:
    """Return a decoder of JSON to a pydantic model or a type made of models, validated."""
    from pydantic import TypeAdapter, ValidationError

    validate = getattr(kind, "model_validate_json", None) or TypeAdapter(kind).validate_json

    def decode(body: bytes) -> Any:
        try:
            return validate(body)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in first["loc"])
            raise InvalidInput(first["msg"], f"body{place}") from None

    return decode


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
