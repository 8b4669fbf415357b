"""Takes a type; says whether it may be None, and returns it without None."""

from __future__ import annotations

import types
import typing
from typing import Any


def strip_optional(kind: Any) -> tuple[bool, Any]:
    """Return whether a type is one other type or None, with that other type. Any other type is returned as it is."""
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        parts = typing.get_args(kind)
        rest = [part for part in parts if part is not type(None)]
        if len(rest) == 1 and len(parts) == 2:
            return True, rest[0]
    return False, kind
