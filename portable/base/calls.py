"""Calls of a provider: takes an action; returns its result or raises an error of the error tree.

The driver classifies the provider's errors, and this module wraps them in one place. The retries of SDKs are off: we
retry, with backoff and jitter, until the function's deadline.
"""

from __future__ import annotations

from portable.base.backoff import Backoff, until_deadline
from portable.errors import ConfigurationError, PortableError, Throttled, Unavailable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import TypeVar

    T = TypeVar("T")
    Classify = Callable[[Exception], type[PortableError] | None]
    """Maps a provider's error to a class of the error tree.

    None: it is not an error of the provider or its connection.
    """


def slowed(error: Exception) -> bool:
    """Return whether the call was refused before it did anything. Then even a conditional write may be tried again."""
    return isinstance(error, Throttled)


def passing(error: Exception) -> bool:
    """Return whether a failed call may be tried again. Use it only for calls that may safely run twice."""
    return isinstance(error, (Throttled, Unavailable))


def never(error: Exception) -> bool:
    """Return False: the call is not tried again."""
    return False


class Calls:
    """Makes the calls of one provider's clients."""

    def __init__(
        self, classify: Classify, remaining: Callable[[], float] = until_deadline, first: float = 0.05
    ) -> None:
        """`remaining` returns the seconds until the deadline; `first` is the longest first wait, in seconds."""
        self._classify = classify
        self.backoff = Backoff(remaining, first=first)

    def call(self, action: Callable[[], T], what: str, again: Callable[[Exception], bool] = passing) -> T:
        """Return the result of `action`. It is retried while `again` accepts its error. `what` names the resource."""
        return self.backoff.call(lambda: self.once(action, what), again)

    def once(self, action: Callable[[], T], what: str) -> T:
        """Return the result of `action`. Raises an error of the error tree; the provider's error is its `__cause__`."""
        try:
            return action()
        except PortableError:
            raise
        except Exception as error:
            kind = self._classify(error)
            if kind is None:
                raise
            raise kind(f"{what}: {error}") from error


class Extra:
    """A `with` block that imports a provider's package. Raises ConfigurationError if it is not installed, or is broken."""

    def __init__(self, extra: str, package: str) -> None:
        """`extra` is the extra of portable that brings the package."""
        self._extra = extra
        self._package = package

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, ImportError) and not isinstance(error, ModuleNotFoundError):
            why = " ".join(str(error).split())  # such as a library of the system that the base of an image lacks
            raise ConfigurationError(f"{self._package} cannot be imported: {why}") from error
        if isinstance(error, ImportError):
            raise ConfigurationError(
                f'{self._package} is not installed. Run: pip install "portable-functions[{self._extra}]"'
            ) from error
