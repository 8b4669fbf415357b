"""`Retry`: how many attempts a message gets, and how long to wait between them."""

from __future__ import annotations

from portable.base.values import Value, wrong


class Retry(Value):
    """A message gets `attempts` attempts in total (1 to 100), with `backoff` seconds between them.

    `backoff` is from 0 to 600; None means the default of the provider. docs/functions.md says what each target does
    with it. Raises DeclarationError for a number out of range.
    """

    attempts: int = 3
    backoff: float | None = None

    def __check__(self) -> None:
        if not isinstance(self.attempts, int) or not 1 <= self.attempts <= 100:
            raise wrong(f"Retry(attempts={self.attempts!r}): attempts must be a whole number from 1 to 100")
        if self.backoff is not None and not 0 <= self.backoff <= 600:
            raise wrong(f"Retry(backoff={self.backoff!r}): backoff must be from 0 to 600 seconds")
