"""Calls of a provider: an action in, its result or an error of the tree out. The driver classifies, this wraps once.

Retries are ours, with backoff and jitter until the function's deadline, so the retries of SDKs are off.
"""

from __future__ import annotations

from portable.base.backoff import Backoff, until_deadline
from portable.errors import PortableError, Throttled, Unavailable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    T = TypeVar("T")
    Classify = Callable[[Exception], type[PortableError] | None]
    """A provider's error to a kind of error of the tree; None for what is no error of the provider or its connection."""


def slowed(error: Exception) -> bool:
    """Say whether a call was refused before it did anything, so that even a conditional write may be tried again."""
    return isinstance(error, Throttled)


def passing(error: Exception) -> bool:
    """Say whether a call that failed may be tried again at once, when doing it twice does no harm."""
    return isinstance(error, (Throttled, Unavailable))


def never(error: Exception) -> bool:
    """Say that a call is not tried again."""
    return False


class Calls:
    """The calls of one provider's clients."""

    def __init__(
        self, classify: Classify, remaining: Callable[[], float] = until_deadline, first: float = 0.05
    ) -> None:
        """`remaining` says the seconds until the deadline; `first` is the longest first pause, in seconds."""
        self._classify = classify
        self.backoff = Backoff(remaining, first=first)

    def call(self, action: Callable[[], T], what: str, again: Callable[[Exception], bool] = passing) -> T:
        """Return what `action` returns, tried again while `again` accepts its error; `what` names the resource."""
        return self.backoff.call(lambda: self.once(action, what), again)

    def once(self, action: Callable[[], T], what: str) -> T:
        """Return what `action` returns. Raises an error of the tree with the provider's own as its `__cause__`."""
        try:
            return action()
        except PortableError:
            raise
        except Exception as error:
            kind = self._classify(error)
            if kind is None:
                raise
            raise kind(f"{what}: {error}") from error
