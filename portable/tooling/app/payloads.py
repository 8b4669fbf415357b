"""Takes types of payloads and simple values; returns the expression that decodes or converts them."""

from __future__ import annotations

import datetime
import decimal
import enum
import typing
import uuid
from typing import Any

from portable.base.typed import is_class_of_fields, marks, needs_pydantic
from portable.tooling.app.expressions import NoExpression, object_expression, type_expression, value_expression
from portable.tooling.app.model import Code, Decoder
from portable.tooling.app.readable import unreadable
from portable.tooling.app.value_expressions import joined

_CONVERT = "from portable.eventing import convert as _convert"
_PAYLOAD = "from portable.eventing import payload as _payload"
_TYPED = "from portable.eventing import typed_payload as _typed_payload"
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
    """Return the expression of the converter from text to a simple type, None when the type is not simple.

    Raises NoExpression for a simple type that cannot be written.
    """
    while hasattr(kind, "__supertype__"):  # a NewType is its type at run time
        kind = kind.__supertype__
    if isinstance(kind, typing.Hashable) and kind in _SIMPLE:
        return Code(f"_convert.{_SIMPLE[kind]}", (_CONVERT,))
    if typing.get_origin(kind) is typing.Literal:
        values = typing.get_args(kind)
        if all(isinstance(value, (str, int, bool, enum.Enum)) for value in values):
            return joined("_convert.literal(", [value_expression(value) for value in values], ")", _CONVERT)
        return None
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        found = object_expression(kind)
        return Code(f"_convert.enumeration({found.expression})", (_CONVERT, *found.imports))
    return None


def is_structured(kind: Any) -> bool:
    """Return whether a type is a dataclass, TypedDict, Struct or pydantic model: an HTTP body whatever its name."""
    kind = typing.get_origin(kind) or kind
    return is_class_of_fields(kind) and not (isinstance(kind, type) and issubclass(kind, tuple))


def payload_decoder(kind: Any) -> tuple[Decoder, Code | None]:
    """Return how bytes become a payload type, and the expression that makes the decoder. Raises NoExpression."""
    kind = _without_marks(kind)
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
    problem = unreadable(kind)
    if problem is not None:
        raise NoExpression(problem)
    if needs_pydantic(kind):
        return "model", Code(f"_typed_payload.model({found.expression})", (_TYPED, *found.imports))
    return "typed", Code(f"_typed_payload.typed({found.expression})", (_TYPED, *found.imports))


def _without_marks(kind: Any) -> Any:
    """Return raw bytes or text without what Annotated says of it. Raises NoExpression for a constraint of either."""
    if typing.get_origin(kind) is not typing.Annotated or kind.__origin__ not in (bytes, str):
        return kind
    for _, mark in marks(kind):
        raise NoExpression(
            f"{mark} is a constraint, but raw bytes or text of a message are not decoded: check it in the handler"
        )
    return kind.__origin__
