"""A name that is wanted -> one that nothing else has: with a number behind it, where it is taken."""

from __future__ import annotations

from collections.abc import Container, Iterator
from itertools import count


def unique(wanted: str, taken: Container[str], joint: str = "_") -> str:
    """Return the wanted name, or with the smallest number from 2 on that makes it free."""
    return next(name for name in numbered(wanted, joint) if name not in taken)


def numbered(wanted: str, joint: str = "_") -> Iterator[str]:
    """Yield a name, then the same with each number from 2 on."""
    yield wanted
    yield from (f"{wanted}{joint}{number}" for number in count(2))
