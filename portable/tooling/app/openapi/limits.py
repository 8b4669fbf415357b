"""Takes how many calls a function takes, as plain data; returns its errors, and the header fields of the reply to a call too many."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

TOO_MANY = 429
FIELDS: Mapping[str, Any] = {
    "Retry-After": {"description": "Seconds until a call is let in", "schema": {"type": "integer"}},
    "RateLimit-Policy": {"description": "The limits: calls and seconds", "schema": {"type": "string"}},
    "RateLimit": {"description": "What is left, and the seconds until there is more", "schema": {"type": "string"}},
}


def too_many(limits: Sequence[Mapping[str, Any]]) -> Iterable[tuple[int, str]]:
    """Yield the errors of calls that get no place: status and description."""
    for limit in limits:
        shown = " and ".join(f"{window['calls']} calls in {window['seconds']} s" for window in limit["windows"])
        yield TOO_MANY, f"More than {shown}"
    if any(limit["unavailable"] == "refuse" for limit in limits):
        yield 503, "Calls cannot be counted now"
