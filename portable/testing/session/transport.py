"""A transport calls the handlers of an app: takes requests and pending events; returns responses and failed receipts."""

from __future__ import annotations

from typing import Protocol

from portable.eventing.driver import Received
from portable.eventing.request import Request
from portable.eventing.response import Response
from portable.testing.world.pending import PendingEvents


class Transport(Protocol):
    """Passes requests and events from the in-memory cloud to the handlers of its app."""

    def http(self, request: Request) -> Response:
        """Answer a request."""
        ...

    def deliver(self, pending: PendingEvents, deliveries: list[Received]) -> list[str]:
        """Deliver messages. Return the receipts of those to deliver again. May raise Died."""
        ...

    def close(self) -> None:
        """End what was started."""
        ...
