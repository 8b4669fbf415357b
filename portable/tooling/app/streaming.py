"""Takes a handler; says whether it makes a streamed response: whether its code calls `Response.stream` or `Response.events`."""

from __future__ import annotations

import dis
import inspect
from collections.abc import Callable, Iterator, Mapping
from types import CodeType
from typing import Any

from portable.eventing.response import Response

_CALLS = (Response.stream.__name__, Response.events.__name__)


def streams(handler: Callable[..., Any]) -> bool:
    """Return whether a handler, or a function inside of it, streams. What other functions do for it is not looked at."""
    inner = inspect.unwrap(handler)
    return any(_calls(code, inner.__globals__) for code in _codes(inner.__code__))


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def _calls(code: CodeType, known: Mapping[str, Any]) -> bool:
    names = {name for name in code.co_names if known.get(name) is Response}
    before: Any = None
    for instruction in dis.get_instructions(code) if names else ():
        if before in names and instruction.argval in _CALLS:
            return True
        before = instruction.argval if instruction.opname == "LOAD_GLOBAL" else None
    return False
