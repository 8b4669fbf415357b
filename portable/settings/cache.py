"""A cache of secrets with a time to live: takes addresses, returns values. Its repr shows no value."""

from __future__ import annotations

import logging
import time

from portable.base.kept import Kept
from portable.errors import Throttled, Timeout, Unavailable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from portable.settings.driver import ReadSecret

SECONDS = 300.0
"""How long a value is used before it is read again, in seconds."""
_log = logging.getLogger("portable")


class SecretCache:
    """Values of secrets. `read` reads each at its first use, and again when it is older than `seconds`.

    If the vault cannot be reached for a later read, the old value is used for `seconds` more and a warning is logged.
    After the first read, the handlers of the root logger replace every known value in log lines by ***.
    """

    def __init__(self, read: ReadSecret, seconds: float = SECONDS, clock: Callable[[], float] = time.monotonic) -> None:
        from threading import Lock

        self._read = read
        self._seconds = seconds
        self._clock = clock
        self._lock = Lock()
        self._values: dict[str, tuple[str, float]] = {}
        self._known: set[str] = set()
        self._hidden: tuple[str, ...] = ()

    def get(self, address: str) -> str:
        """Return the value of the secret at an address. If the first read fails, the error of the vault is raised."""
        held = self._values.get(address)
        if held is not None and self._clock() < held[1]:
            return held[0]
        with self._lock:
            held = self._values.get(address)
            if held is not None and self._clock() < held[1]:
                return held[0]
            try:
                value = self._read(address)
            except (Throttled, Timeout, Unavailable) as error:
                if held is None:
                    raise
                _log.warning(
                    "the secret at %s could not be read again; its old value is still used: %s", address, error
                )
                value = held[0]
            self._hide(value)
            self._values[address] = (value, self._clock() + self._seconds)
            return value

    def values(self) -> tuple[str, ...]:
        """Return all values read so far, old ones too, and what of them is a secret by itself.

        Longer ones come first, because they may contain shorter ones.
        """
        return self._hidden

    def forget(self) -> None:
        """Forget all values, so that each secret is read again at its next use."""
        self._values.clear()

    def _hide(self, value: str) -> None:
        from portable.settings.redaction import hidden_values, redact_logs

        first = not self._known
        if value not in self._known:
            self._known.add(value)
            self._hidden = hidden_values(self._known)
        if first:
            redact_logs(self.values)

    def __repr__(self) -> str:
        return f"SecretCache({sorted(self._values)})"


def keeping(make: Callable[[], ReadSecret], seconds: float = SECONDS) -> ReadSecret:
    """Return an adapter's `read_secret`, which keeps values for `seconds`. `make` is called at its first use.

    With 0 seconds each call reads, because what `make` returns knows itself when a value is new.
    """
    kept = Kept()

    def read_secret(address: str) -> str:
        cache: SecretCache = kept.get("secrets", lambda: SecretCache(make(), seconds))
        return cache.get(address)

    return read_secret
