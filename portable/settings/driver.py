"""The protocol of a provider's secrets: takes the address of a secret, returns its text."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    class ReadSecret(Protocol):
        """Reads one secret. It is safe to call from several threads at once."""

        def __call__(self, address: str) -> str:
            """Return the current value of the secret at `address`, in the provider's own form.

            Raises NotFound if it does not exist, PermissionDenied, Throttled (after retries with backoff until the
            deadline), Unavailable or Timeout. The provider's own exception is the `__cause__`.
            """
            ...
