"""Secrets read once and again after a time to live: addresses in, values out. Its repr shows no value."""

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
"""How long a value is used before it is read again."""
_log = logging.getLogger("portable")


class SecretCache:
    """Values of secrets, each read by `read` at first use and again when it is older than `seconds`.

    When the vault cannot be reached for a new reading, the old value serves `seconds` more and a warning is logged.
    From the first value on, no log line of the root logger's handlers shows a value.
    """

    def __init__(self, read: ReadSecret, seconds: float = SECONDS, clock: Callable[[], float] = time.monotonic) -> None:
        from threading import Lock

        self._read = read
        self._seconds = seconds
        self._clock = clock
        self._lock = Lock()
        self._values: dict[str, tuple[str, float]] = {}
        self._known: set[str] = set()

    def get(self, address: str) -> str:
        """Return the value of the secret at an address. Raises what the vault raises, at the first reading."""
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
                _log.warning("the secret at %s could not be read again, its old value serves on: %s", address, error)
                value = held[0]
            self._hide(value)
            self._values[address] = (value, self._clock() + self._seconds)
            return value

    def values(self) -> tuple[str, ...]:
        """Return every value that was read so far, old ones too; the longest first, for it may hold another."""
        return tuple(sorted(self._known, key=len, reverse=True))

    def forget(self) -> None:
        """Read each secret anew at its next use."""
        self._values.clear()

    def _hide(self, value: str) -> None:
        from portable.settings.redaction import redact_logs

        first = not self._known
        self._known.add(value)
        if first:
            redact_logs(self.values)

    def __repr__(self) -> str:
        return f"SecretCache({sorted(self._values)})"


def keeping(make: Callable[[], ReadSecret]) -> ReadSecret:
    """Return an adapter's `read_secret`: values are kept for `SECONDS`; what reads them is made at the first use."""
    kept = Kept()

    def read_secret(address: str) -> str:
        cache: SecretCache = kept.get("secrets", lambda: SecretCache(make()))
        return cache.get(address)

    return read_secret
