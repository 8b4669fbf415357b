"""`Caller`: who sends a request of a test; and the protocol of what makes the requests of callers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from portable.eventing.request import Request


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sends a request: a name, or for `http.signed_in` what its function would return. `scopes` None are all that are asked for."""

    user: Any
    scopes: Sequence[str] | None = None
    claims: Mapping[str, Any] = field(default_factory=dict)


class Callers(Protocol):
    """Makes the requests of callers."""

    def request(self, request: Request, caller: Caller) -> Request:
        """Return the request as the caller sends it."""
        ...

    def token(self, caller: Caller) -> str:
        """Return a token of the caller."""
        ...
