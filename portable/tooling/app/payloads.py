"""Types of payloads and simple values -> the expression that decodes or converts them."""

from __future__ import annotations

import dataclasses
import datetime
import decimal
import enum
import typing
import uuid
from typing import Any

from portable.tooling.app.expressions import NoExpression, object_expression, type_expression
from portable.tooling.app.model import Code, Decoder

_CONVERT = "from portable.eventing import convert as _convert"
_PAYLOAD = "from portable.eventing import payload as _payload"
_SIMPLE: dict[Any, str] = {
    str: "text",
    int: "integer",
    float: "number",
    bool: "boolean",
    uuid.UUID: "uuid",
    decimal.Decimal: "decimal",
    datetime.datetime: "moment",
    datetime.date: "day",
}


def converter(kind: Any) -> Code | None:
    """Return the expression of the converter from text to a simple type, None when the type is not simple."""
    kind = getattr(kind, "__supertype__", kind)  # a NewType is its type at run time
    if isinstance(kind, typing.Hashable) and kind in _SIMPLE:
        return Code(f"_convert.{_SIMPLE[kind]}", (_CONVERT,))
    if typing.get_origin(kind) is typing.Literal:
        values = typing.get_args(kind)
        if all(isinstance(value, (str, int, bool)) for value in values):
            return Code(f"_convert.literal({', '.join(map(repr, values))})", (_CONVERT,))
        return None
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        try:
            found = object_expression(kind)
        except NoExpression:
            return None
        return Code(f"_convert.enumeration({found.expression})", (_CONVERT, *found.imports))
    return None


def is_model(kind: Any) -> bool:
    """Say whether a type is a pydantic model."""
    return isinstance(kind, type) and hasattr(kind, "model_validate_json") and hasattr(kind, "model_fields")


def holds_model(kind: Any) -> bool:
    """Say whether a type is, or is made of, pydantic models: list[Item], Item | None."""
    return is_model(kind) or any(holds_model(part) for part in typing.get_args(kind))


def is_structured(kind: Any) -> bool:
    """Say whether a type is a dataclass, TypedDict, Struct or pydantic model: an HTTP body whatever its name."""
    return isinstance(kind, type) and (
        dataclasses.is_dataclass(kind)
        or typing.is_typeddict(kind)
        or hasattr(kind, "__struct_fields__")
        or is_model(kind)
    )


def payload_decoder(kind: Any) -> tuple[Decoder, Code | None]:
    """Return how bytes become a payload type, and the expression that makes the decoder. Raises NoExpression."""
    if kind is bytes:
        return "raw", None
    if kind is str:
        return "text", Code("_payload.text", (_PAYLOAD,))
    if kind is Any or kind is object:
        return "json", Code("_payload.json_value()", (_PAYLOAD,))
    if kind in (dict, list) or (
        typing.get_origin(kind) in (dict, list)
        and set(typing.get_args(kind)) <= {str, Any, object}
        and typing.get_args(kind)[-1] in (Any, object)
    ):
        return "json", Code(f"_payload.json_value({(typing.get_origin(kind) or kind).__name__})", (_PAYLOAD,))
    found = type_expression(kind)
    if holds_model(kind):
        return "model", Code(f"_payload.model({found.expression})", (_PAYLOAD, *found.imports))
    if not _msgspec_knows(kind):
        raise NoExpression(f"{kind!r} is not a type that JSON can be decoded to")
    return "typed", Code(f"_payload.typed({found.expression})", (_PAYLOAD, *found.imports))


def _msgspec_knows(kind: Any) -> bool:
    import msgspec

    try:
        msgspec.json.Decoder(kind)
        found = msgspec.inspect.type_info(kind)
    except (TypeError, NameError):
        return False
    return not _has_custom(found, set())


def _has_custom(found: Any, seen: set[Any]) -> bool:
    """Say whether a description of msgspec's names a class it does not know, at any depth."""
    import msgspec

    if isinstance(found, msgspec.inspect.CustomType):
        return True
    if isinstance(found, (tuple, list)):
        return any(_has_custom(part, seen) for part in found)
    if not isinstance(found, (msgspec.inspect.Type, msgspec.inspect.Field)):
        return False
    if (own := getattr(found, "cls", None)) is not None:
        if own in seen:
            return False
        seen.add(own)
    inner = ("type", "item_type", "item_types", "key_type", "value_type", "types", "fields")
    return any(_has_custom(getattr(found, name), seen) for name in inner if hasattr(found, name))
