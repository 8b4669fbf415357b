"""The last steps of a generated call: each takes the request and the result, and returns the result to go on with.

Only entries of apps that ask for such steps ([tool.portable.http] compress, msgpack) load this module.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Step = Callable[[Any, Any], Any]


class Finished:
    """A call whose result passes through steps."""

    def __init__(self, call: Callable[[Any, Any], Any], *steps: Step) -> None:
        self._call = call
        self._steps = steps

    def __call__(self, request: Any, context: Any) -> Any:
        """Return the result after the last step, or an awaitable of it."""
        value = self._call(request, context)
        return self._later(request, value) if hasattr(value, "__await__") else self._done(request, value)

    async def _later(self, request: Any, value: Any) -> Any:
        return self._done(request, await value)

    def _done(self, request: Any, value: Any) -> Any:
        for step in self._steps:
            value = step(request, value)
        return value
