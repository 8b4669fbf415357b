"""Retries with backoff and full jitter: a call and a deadline in, its result out, or its last error when time is up."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    T = TypeVar("T")

SECONDS = 10.0
"""How long a call is retried when the runtime knows no deadline."""


def never_late() -> float:
    """Return the seconds that are left when nothing says how many."""
    return SECONDS


def until_deadline() -> float:
    """Return the seconds until the deadline of the current call, `SECONDS` outside a call."""
    from portable.base.logs import current

    context = current.get()
    return SECONDS if context is None else context.remaining()


class Backoff:
    """Waits between tries: a random part of 50 ms, 100 ms, … up to 5 s, never beyond the seconds `remaining` says.

    `remaining` is asked at the first failure of each call: the seconds until the function's deadline.
    """

    def __init__(
        self,
        remaining: Callable[[], float] = never_late,
        sleep: Callable[[float], None] | None = None,
        first: float = 0.05,
        longest: float = 5.0,
    ) -> None:
        self._remaining = remaining
        self._sleep = sleep
        self._first = first
        self._longest = longest

    def call(self, action: Callable[[], T], again: Callable[[Exception], bool]) -> T:
        """Return what `action` returns, called again while it raises an error that `again` accepts."""
        try:
            return action()
        except Exception as error:
            if not again(error):
                raise
            return self._try_again(action, again, error)

    def _try_again(self, action: Callable[[], T], again: Callable[[Exception], bool], last: Exception) -> T:
        import random
        import time

        left = min(self._remaining() - 0.2, 60.0)  # 200 ms are kept to report the failure
        end = time.monotonic() + left
        ceiling = self._first
        while True:
            pause = random.uniform(0, ceiling)  # noqa: S311  (spreads retries, guards nothing)
            if time.monotonic() + pause > end:
                raise last
            (self._sleep or time.sleep)(pause)
            ceiling = min(ceiling * 2, self._longest)
            try:
                return action()
            except Exception as error:
                if not again(error):
                    raise
                last = error
