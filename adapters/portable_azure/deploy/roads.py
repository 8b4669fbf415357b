"""Which trigger of Azure feeds a function: Event Grid directly, or a storage queue."""

from __future__ import annotations

from portable.tooling.app.model import FunctionModel

EVENT_GRID_ATTEMPTS = 30
"""The most deliveries an Event Grid subscription makes."""
CONNECTION = "AzureWebJobsStorage"
"""The host's own storage account holds the queues: one account, one identity, no further setting."""


def queued(function: FunctionModel) -> bool:
    """Say whether a storage queue feeds the function: queues, topics, and bucket events that ask for more.

    Event Grid tells a function no delivery count and keeps dead letters in blobs only.
    """
    kind = function.trigger["kind"]
    if kind == "object":
        return function.dead_letter or function.attempts > EVENT_GRID_ATTEMPTS
    return kind in ("queue", "topic")


def road(function: FunctionModel) -> str:
    """Return what brings a function its events: "queue" for a storage queue, else the kind of its trigger."""
    return "queue" if queued(function) else str(function.trigger["kind"])


def hub_connection(function: FunctionModel) -> str:
    """Return the prefix of the app settings by which the host reaches the event hub that feeds a function."""
    return f"PORTABLE_HUB_{function.identifier.upper()}"


def consumer_group_setting(function: FunctionModel) -> str:
    """Return the app setting that holds the consumer group of a function: its own, so that it sees every record."""
    return f"PORTABLE_GROUP_{function.identifier.upper()}"


def queue_setting(function: FunctionModel) -> str:
    """Return the app setting that holds the name of the storage queue, or event hub, that feeds a function."""
    return f"PORTABLE_FEED_{function.identifier.upper()}"
