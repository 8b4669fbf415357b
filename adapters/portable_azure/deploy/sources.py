"""Takes a function; returns the source of its events on Azure: Event Grid directly, a storage queue or an event hub."""

from __future__ import annotations

from portable.tooling.app.model import FunctionModel
from portable_azure.deploy.facts import FACTS

CONNECTION = "AzureWebJobsStorage"
"""The queues are in the host's own storage account, so that no other account or identity must be set."""


def queued(function: FunctionModel) -> bool:
    """Return whether events come by a storage queue: queues, topics, and bucket events with retries or dead letters.

    Event Grid gives a function no delivery count, and keeps dead letters only in blobs.
    """
    kind = function.trigger["kind"]
    if kind == "object":
        return function.dead_letter or function.attempts > FACTS.most("attempts.object")
    return kind in ("queue", "topic")


def source(function: FunctionModel) -> str:
    """Return the source of a function's events: "queue" for a storage queue, or else the kind of its trigger."""
    return "queue" if queued(function) else str(function.trigger["kind"])


def hub_connection(function: FunctionModel) -> str:
    """Return the prefix of the app settings with which the host connects to a function's event hub."""
    return f"PORTABLE_HUB_{function.identifier.upper()}"


def consumer_group_setting(function: FunctionModel) -> str:
    """Return the app setting with the consumer group of a function. Each has its own, so that it gets every record."""
    return f"PORTABLE_GROUP_{function.identifier.upper()}"


def queue_setting(function: FunctionModel) -> str:
    """Return the app setting with the name of a function's storage queue or event hub."""
    return f"PORTABLE_FEED_{function.identifier.upper()}"
