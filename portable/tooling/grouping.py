"""Keys and values in, the values of each key together out."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)
Held = TypeVar("Held")


def grouped(pairs: Iterable[tuple[Key, Held]]) -> dict[Key, list[Held]]:
    """Return the values of each key, both in their order."""
    found: dict[Key, list[Held]] = {}
    for key, value in pairs:
        found.setdefault(key, []).append(value)
    return found
