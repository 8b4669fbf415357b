"""Spans on Google Cloud: what its services are called in them, and the exporter to Cloud Trace."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SYSTEMS = {"queue": "gcp_pubsub", "topic": "gcp_pubsub", "stream": "gcp_pubsub", "table": "gcp.firestore"}
"""The services by kind of resource (OpenTelemetry "semantic conventions", messaging and database systems)."""
SERVICE = "K_SERVICE"
"""The variable in which Cloud Run names what runs (Cloud Run "container runtime contract")."""


def exporter() -> tuple[Any, bool] | None:
    """Return the exporter to Cloud Trace, and that it waits for a network; None outside of Cloud Run."""
    if not os.environ.get(SERVICE):
        return None
    from opentelemetry.exporter.cloud_trace import CloudTraceSpanExporter

    return CloudTraceSpanExporter(), True
