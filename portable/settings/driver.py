"""What a provider must offer for secrets: the address of one in, its text out."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    class ReadSecret(Protocol):
        """Reads one secret. Safe to call from several threads at once."""

        def __call__(self, address: str) -> str:
            """Return the current value of the secret at the provider's own `address`.

            Raises NotFound when there is none, PermissionDenied, Throttled (after retries with backoff until the
            deadline), Unavailable or Timeout, with the provider's own exception as `__cause__`.
            """
            ...
