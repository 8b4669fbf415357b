"""Retries with backoff and full jitter: takes a call and a deadline; returns its result or raises its last error."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    T = TypeVar("T")

SECONDS = 10.0
"""How long a call is retried, in seconds, when the deadline is unknown."""

SHORTEST = 0.1
"""The shortest time limit of a provider's call, in seconds. Some clients take 0 for no limit."""


def never_late() -> float:
    """Return `SECONDS`: the deadline is unknown."""
    return SECONDS


def until_deadline() -> float:
    """Return the seconds until the deadline of the current call, or `SECONDS` outside a call."""
    from portable.base.logs import current

    context = current.get()
    return SECONDS if context is None else context.remaining()


def within(most: float) -> float:
    """Return the time limit of one call of a provider, in seconds: `most`, or less if the current call has less left."""
    from portable.base.logs import current

    context = current.get()
    return most if context is None else max(SHORTEST, min(most, context.remaining()))


class Backoff:
    """Waits between attempts: a random part of 50 ms, then of 100 ms, and so on up to 5 s.

    `remaining` returns the seconds until the function's deadline. It is called at the first failure of each call. No
    wait goes beyond it.
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
        """Call `action` until it succeeds or raises an error for which `again` returns False. Return its result."""
        try:
            return action()
        except Exception as error:
            if not again(error):
                raise
            return self._try_again(action, again, error)

    def _try_again(self, action: Callable[[], T], again: Callable[[Exception], bool], last: Exception) -> T:
        import random
        import time

        left = min(self._remaining() - 0.2, 60.0)  # keeps 200 ms to report the failure
        end = time.monotonic() + left
        ceiling = self._first
        while True:
            pause = random.uniform(0, ceiling)  # noqa: S311 - it spreads retries and is not used for security
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
