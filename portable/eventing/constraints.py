"""Constraints of simple values: takes a converter and a type with constraints; returns a converter that checks both.

The library that a constraint belongs to checks it, so it means the same as in a typed body. This module is loaded only
for functions whose parameters have constraints.
"""

from __future__ import annotations

from portable.errors import InvalidInput

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def typed(convert: Callable[[Any, str], Any], kind: Any) -> Callable[[Any, str], Any]:
    """Return a converter that checks the constraints of `msgspec.Meta`."""
    from portable.base.codec_msgspec import MsgspecEngine

    return _checked(convert, MsgspecEngine(kind).from_plain)


def model(convert: Callable[[Any, str], Any], kind: Any) -> Callable[[Any, str], Any]:
    """Return a converter that checks what only pydantic knows. The value is what pydantic makes of it."""
    from portable.base.codec_pydantic import PydanticEngine

    return _checked(convert, PydanticEngine(kind).validated)


def _checked(convert: Callable[[Any, str], Any], check: Callable[[Any], Any]) -> Callable[[Any, str], Any]:
    def decode(value: Any, at: str) -> Any:
        found = convert(value, at)
        try:
            return check(found)
        except InvalidInput as error:
            from portable.eventing.faults import moved

            raise moved(error, at) from None

    return decode


def same(value: Any, at: str) -> Any:
    """Return the value unchanged: bytes or text of a body, which are only checked."""
    return value
