"""Wrappers of functions: `@around`, and the call that a wrapper goes on with. Only functions with a wrapper load this module."""

from __future__ import annotations

from portable.base.generic import Generic, T

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    from portable.compute.context import Context

    F = TypeVar("F", bound=Callable[..., Any])


class Call(Generic[T]):
    """The call that a wrapper goes on with: `call()` runs what is inside and returns what that returned, or raises it.

    `function` is the declared name, `event` what arrived (Request, Message, Tick, …, its payload not decoded yet) and
    `context` the Context of the call. A wrapper may call it more than once; each time everything inside runs again.
    """

    __slots__ = ("_run", "context", "event", "function")

    def __init__(self, function: str, event: Any, context: Context, run: Callable[[], Any]) -> None:
        self.function = function
        self.event = event
        self.context = context
        self._run = run

    def __call__(self) -> T:
        """Run what is inside and return what it returned."""
        found: T = self._run()
        return found

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.function!r}, {self.event!r})"


class AsyncCall(Call[T]):
    """`Call` for the wrappers of `async def` functions: `await call()`."""

    __slots__ = ()

    async def __call__(self) -> T:  # type: ignore[override]
        """Run what is inside and return what it returned."""
        found: T = await self._run()
        return found


def around(wrapper: F) -> F:
    """Wrap every function of the app in the decorated one, which takes a `Call` and returns what the call returns.

    A `def` with a `Call` wraps the `def` functions, an `async def` with an `AsyncCall` the `async def` ones. Its further
    parameters are bound as those of a provider are. Several wrappers are nested in order of their definition, the first
    outermost; those of a group and of a function are inside. The wrapper itself is not changed. Raises DeclarationError
    if it is no function.
    """
    if not callable(wrapper):
        from portable.base.values import wrong

        raise wrong(f"@around decorates a function, but got {wrapper!r}")
    wrapper.__portable_around__ = True  # type: ignore[attr-defined]
    return wrapper
