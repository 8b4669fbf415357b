"""Calls of an app with both `def` and `async def` HTTP functions, in which any entry can call any function.

The host ignores case in routes and tries them in the order of the functions' names. So a request can reach the entry of one
function although portable's route table selects another.
"""

from __future__ import annotations

import asyncio

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from portable.compute.running import Run

    Call = Callable[[Any, Any], Any]


def plain(call: Call) -> Call:
    """Return a `def` handler's call that an `async def` entry runs in a thread."""

    def reach(request: Any, context: Any) -> Any:
        return asyncio.to_thread(call, request, context) if _awaits() else call(request, context)

    return reach


def awaited(call: Call, run: Run) -> Call:
    """Return an `async def` handler's call that a `def` entry runs by `run`."""

    def reach(request: Any, context: Any) -> Any:
        coroutine = call(request, context)
        return coroutine if _awaits() else run(coroutine)

    return reach


def _awaits() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
