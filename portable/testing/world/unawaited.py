"""Coroutines that are never awaited: Python only warns of them, and this module makes the test fail.

A call of an asynchronous client without `await` does nothing at all. Python says so when it throws the coroutine away,
by a function of its module `warnings`; here it is heard while a handler, or the generated code around it, runs.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Coroutine
from typing import Any

_HOOK = "_warn_unawaited_coroutine"


class NotAwaited(AssertionError):
    """A handler, or the generated code around it, made a coroutine and never awaited it."""


class Unawaited:
    """Hears of coroutines that nobody awaited. `who` names whose they are here and now, None for nobody's."""

    def __init__(self, who: Callable[[], str | None]) -> None:
        self.found: list[str] = []
        self._who = who
        self._before: Callable[[Any], None] = getattr(warnings, _HOOK)
        self._mine = self._hear
        setattr(warnings, _HOOK, self._mine)

    def check(self) -> None:
        """Raise NotAwaited if there were any, and forget them."""
        __tracebackhide__ = True
        if self.found:
            texts = "; ".join(dict.fromkeys(self.found))
            self.found.clear()
            raise NotAwaited(texts)

    def remove(self) -> None:
        """Stop listening."""
        if getattr(warnings, _HOOK) is self._mine:
            setattr(warnings, _HOOK, self._before)

    def _hear(self, coroutine: Coroutine[Any, Any, Any]) -> None:
        who = self._who()
        if who is None:
            self._before(coroutine)
            return
        code = coroutine.cr_code  # type: ignore[attr-defined]  # it is a coroutine of an async def
        self.found.append(
            f"{who} made the coroutine {code.co_qualname} ({code.co_filename}:{code.co_firstlineno}) and never "
            "awaited it, so it did nothing: write await before the call"
        )
