"""`Depends`: a parameter whose value another function of the app gives. A function without one does not load this module."""

from __future__ import annotations

from portable.base.values import Value, wrong

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class Depends(Value):
    """Marks a parameter that gets the value of `provider`, as in `Annotated[User, Depends(current_user)]`.

    A provider is a function at the top level of a module: `def`, `async def`, or a generator that yields its value once.
    It may also be a class, or an object with `__call__`, that has a name there. Its own parameters are bound by the same
    rules as those of the handler, so they may be clients, settings, parts of the request and values of other
    providers. It runs once for each call of the function, however many parameters ask for it. What its clients may do,
    the function may do. The code after the `yield` of a generator runs when the handler has ended. An error of the
    handler is raised at the `yield`. Raises DeclarationError if `provider` cannot be called.
    """

    provider: Callable[..., Any]

    def __check__(self) -> None:
        if not callable(self.provider):
            raise wrong(f"Depends takes a function that gives a value, not {self.provider!r}")
