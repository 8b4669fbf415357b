"""Empties a queue in Pub/Sub, also one whose messages are pushed to a function: its driver in, nothing out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from portable_gcp.runtime.clients import shared
from portable_gcp.runtime.eventing_publish import SECONDS


def emptied(queue: Any) -> None:
    """Mark all that was sent until now as handled (Pub/Sub "replay and purge messages"); it takes a minute or so to be seen."""
    clients = shared()
    request = {"subscription": queue.subscription, "time": datetime.now(UTC)}
    clients.call(lambda: clients.subscriber().seek(request=request, retry=None, timeout=SECONDS), queue.subscription)
