"""Takes the steps of an event function; returns what its generated function calls, or awaits if it is `async def`."""

from __future__ import annotations

from portable.base.steps import do, do_async

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from portable.base.steps import Steps

    Handle = Callable[[Any, Any], Any]


def entry(steps: Callable[[Any, Any], Steps[None]], awaited: bool) -> Handle:
    """Return what the function of the app calls with its event and context. `awaited`: it awaits what it gets."""
    if not awaited:
        return lambda event, native: do(steps(event, native))
    from portable.compute.tasks import guard

    async def handle(event: Any, native: Any) -> None:
        guard()
        await do_async(steps(event, native))

    return handle
