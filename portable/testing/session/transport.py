"""What a way to the handlers of an app promises: requests and pending events in, responses and what must come again out."""

from __future__ import annotations

from typing import Protocol

from portable.eventing.driver import Received
from portable.eventing.request import Request
from portable.eventing.response import Response
from portable.testing.world.pending import PendingEvents


class Transport(Protocol):
    """A way from the in-memory cloud to the handlers of its app."""

    def http(self, request: Request) -> Response:
        """Answer a request."""
        ...

    def deliver(self, pending: PendingEvents, deliveries: list[Received]) -> list[str]:
        """Deliver messages; return the receipts of those that must come again. May raise Died."""
        ...

    def close(self) -> None:
        """End what was started."""
        ...
