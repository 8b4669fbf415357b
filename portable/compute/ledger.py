"""What a process remembers of the records of streams, where the provider does not count: tries, and what is finished."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

LIMIT = 10_000
"""Records of each sort that are remembered; a batch has no more."""


class Ledger:
    """Tries that failed, and records that are finished though their batch is not: at most `limit`, the oldest go first.

    What is forgotten, or was told to another process, is tried and handled once more: never less often.
    """

    def __init__(self, limit: int = LIMIT) -> None:
        from threading import Lock

        self._limit = limit
        self._lock = Lock()
        self._tries: dict[str, int] = {}
        self._finished: dict[str, bool] = {}

    def attempt(self, id: str) -> int:  # noqa: A002
        """Return which try of a record comes now, from 1."""
        return self._tries.get(id, 0) + 1

    def failed(self, id: str) -> None:  # noqa: A002
        """Remember that a try failed."""
        with self._lock:
            self._tries[id] = self._tries.pop(id, 0) + 1
            self._trim(self._tries)

    def finished(self, id: str) -> None:  # noqa: A002
        """Remember that a record is handled, or given up."""
        with self._lock:
            self._tries.pop(id, None)
            self._finished[id] = True
            self._trim(self._finished)

    def is_finished(self, id: str) -> bool:  # noqa: A002
        """Say whether a record needs no more handling."""
        return id in self._finished

    def forget(self, ids: Iterable[str]) -> None:
        """Forget finished records: the provider knows now, and will not deliver them again."""
        with self._lock:
            for known in ids:
                self._finished.pop(known, None)

    def _trim(self, kept: dict[str, Any]) -> None:
        while len(kept) > self._limit:
            del kept[next(iter(kept))]
