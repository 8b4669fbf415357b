"""Takes an AppModel; returns the text of host.json."""

from __future__ import annotations

import json
from typing import Any

from portable.tooling.app.model import AppModel, FunctionModel
from portable_azure.deploy.sources import queued, source

BUNDLE = {"id": "Microsoft.Azure.Functions.ExtensionBundle", "version": "[4.*, 5.0.0)"}
NET = 2
"""Deliveries beyond the app's largest number of attempts, after which the host itself stops retrying a message."""


def host_json(app: AppModel) -> str:
    """Return host.json: no route prefix, queues as plain text, the app's largest timeout and number of attempts."""
    extensions: dict[str, Any] = {"http": {"routePrefix": ""}}
    consumers = [function for function in app.functions if queued(function)]
    if consumers:
        attempts = max(function.attempts for function in consumers)
        queues: dict[str, Any] = {"messageEncoding": "none", "maxDequeueCount": attempts + NET}
        waits = [function.backoff for function in consumers if function.backoff]
        if waits:
            queues["visibilityTimeout"] = clock(max(waits))
        extensions["queues"] = queues
    streams = [function for function in app.functions if source(function) == "stream"]
    if streams:
        extensions["eventHubs"] = _event_hubs(streams)
    content = {
        "version": "2.0",
        "functionTimeout": clock(max((function.timeout for function in app.functions), default=30)),
        "extensionBundle": BUNDLE,
        "extensions": extensions,
        "logging": {"applicationInsights": {"samplingSettings": {"isEnabled": True, "excludedTypes": "Request"}}},
    }
    return json.dumps(content, indent=2) + "\n"


def _event_hubs(streams: list[FunctionModel]) -> dict[str, Any]:
    """Return the host's settings of event hubs. They hold for all: the smallest batch and window, and the start."""
    batch = min(function.trigger["batch"] for function in streams)
    window = min(function.trigger["window"] for function in streams)
    start = "fromStart" if streams[0].trigger["start"] == "oldest" else "fromEnd"
    found: dict[str, Any] = {"maxEventBatchSize": batch, "initialOffsetOptions": {"type": start}}
    if window and batch > 1:  # the host waits only if a batch has a minimum size
        found |= {"minEventBatchSize": batch, "maxWaitTime": clock(window)}
    return found


def clock(seconds: float) -> str:
    """Return a duration as the host reads it: HH:MM:SS."""
    whole = max(1, round(seconds))
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}"
