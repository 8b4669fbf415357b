"""`Retry`: how often a message is tried, and how long between tries."""

from __future__ import annotations

from portable.base.values import Value
from portable.errors import DeclarationError


class Retry(Value):
    """A message is tried `attempts` times in all (1 to 100), `backoff` seconds apart (None: the provider's own).

    `backoff` is from 0 to 600. What each target makes of it is in docs/functions.md. Raises DeclarationError for a
    number out of range.
    """

    attempts: int = 3
    backoff: float | None = None

    def __check__(self) -> None:
        if not isinstance(self.attempts, int) or not 1 <= self.attempts <= 100:
            raise DeclarationError(f"Retry(attempts={self.attempts!r}) must be a whole number from 1 to 100")
        if self.backoff is not None and not 0 <= self.backoff <= 600:
            raise DeclarationError(f"Retry(backoff={self.backoff!r}) must be from 0 to 600 seconds")
