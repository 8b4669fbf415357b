"""Typed payloads: takes a type, returns its decoder. It is loaded only for functions with typed payloads."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def typed(kind: Any) -> Callable[[bytes], Any]:
    """Return a decoder of JSON to a dataclass, TypedDict, Struct or any type that msgspec knows. It validates."""
    from portable.base.codec_msgspec import MsgspecEngine

    return MsgspecEngine(kind).from_json


def model(kind: Any) -> Callable[[bytes], Any]:
    """Return a decoder of JSON to a type that only pydantic knows: a model or a pydantic constraint. It validates."""
    from portable.base.codec_pydantic import PydanticEngine
    from portable.eventing.payload import json_value

    read = PydanticEngine(kind).from_json

    def decode(body: bytes) -> Any:
        if b"NaN" in body or b"Infinity" in body:  # pydantic reads these constants as numbers
            json_value()(body)
        return read(body)

    return decode
