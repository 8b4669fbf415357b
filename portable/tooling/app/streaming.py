"""Takes a handler, or the modules of a mounted app; says whether it makes streamed responses."""

from __future__ import annotations

import dis
import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import CodeType, FunctionType, ModuleType
from typing import Any

from portable.eventing.response import Response

_CALLS = (Response.stream.__name__, Response.events.__name__)


_NAMES = frozenset(
    (
        "StreamingResponse",
        "EventSourceResponse",
        "StreamingHttpResponse",
        "Stream",
        "ServerSentEvent",
        "stream_with_context",
    )
)
_FRAMEWORKS = frozenset(("starlette", "fastapi", "sse_starlette", "litestar", "django", "flask", "quart"))
"""What these call the responses that they stream."""


def app_streams(modules: Iterable[ModuleType]) -> bool:
    """Return whether the modules of a mounted app name a streamed response of its framework."""
    return any(_is_stream(value) for module in modules for value in vars(module).values())


def _is_stream(value: Any) -> bool:
    if not isinstance(value, (type, FunctionType)) or value.__name__ not in _NAMES:
        return False
    return value.__module__.partition(".")[0] in _FRAMEWORKS


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
