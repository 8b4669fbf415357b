"""What a process remembers about records of streams, if the provider does not count: attempts and finished records."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

LIMIT = 10_000
"""How many failed and how many finished records are remembered. A batch is never larger."""


class Ledger:
    """Remembers failed attempts, and finished records of an unfinished batch.

    It remembers at most `limit` of each; the oldest are forgotten first. A record that was forgotten, or that another
    process handled, is handled once more. No record is handled too rarely.
    """

    def __init__(self, limit: int = LIMIT) -> None:
        from threading import Lock

        self._limit = limit
        self._lock = Lock()
        self._tries: dict[str, int] = {}
        self._finished: dict[str, bool] = {}

    def attempt(self, id: str) -> int:  # noqa: A002
        """Return the number of the next attempt of a record, from 1."""
        return self._tries.get(id, 0) + 1

    def failed(self, id: str) -> None:  # noqa: A002
        """Remember a failed attempt."""
        with self._lock:
            self._tries[id] = self._tries.pop(id, 0) + 1
            self._trim(self._tries)

    def finished(self, id: str) -> None:  # noqa: A002
        """Remember that a record was handled or given up."""
        with self._lock:
            self._tries.pop(id, None)
            self._finished[id] = True
            self._trim(self._finished)

    def is_finished(self, id: str) -> bool:  # noqa: A002
        """Return whether a record is finished."""
        return id in self._finished

    def forget(self, ids: Iterable[str]) -> None:
        """Forget finished records. The provider knows about them now and will not redeliver them."""
        with self._lock:
            for known in ids:
                self._finished.pop(known, None)

    def _trim(self, kept: dict[str, Any]) -> None:
        while len(kept) > self._limit:
            del kept[next(iter(kept))]
