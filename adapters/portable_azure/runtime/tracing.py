"""Spans on Azure: what its services are called in them, and the exporter to Application Insights."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SYSTEMS = {"queue": "azure.storage.queue", "topic": "eventgrid", "stream": "eventhubs", "table": "azure.cosmosdb"}
"""The services by kind of resource (OpenTelemetry "semantic conventions", messaging and database systems)."""
INSIGHTS = "APPLICATIONINSIGHTS_CONNECTION_STRING"
SIGN_IN = "APPLICATIONINSIGHTS_AUTHENTICATION_STRING"
"""Says that the host signs in to Application Insights with its identity (Azure Functions "app settings reference")."""


def exporter() -> tuple[Any, bool] | None:
    """Return the exporter to Application Insights, and that it waits for a network; None where the app has none."""
    connection = os.environ.get(INSIGHTS)
    if not connection:
        return None
    from azure.monitor.opentelemetry.exporter import AzureMonitorTraceExporter

    credential = None
    if "Authorization=AAD" in os.environ.get(SIGN_IN, ""):
        from portable_azure.runtime.clients import AzureClients

        credential = AzureClients().identity()
    return AzureMonitorTraceExporter(connection_string=connection, credential=credential), True
