"""Spans in a container: what its engines are called in them. They go to the collector that OTEL_EXPORTER_OTLP_ENDPOINT names."""

from __future__ import annotations

SYSTEMS = {"queue": "nats", "topic": "nats", "stream": "nats", "table": "postgresql"}
"""The engines by kind of resource (OpenTelemetry "semantic conventions", messaging and database systems)."""
LASTING = True
"""The process goes on between calls, so a thread sends spans: nothing may hold up the loop that serves."""


def exporter() -> None:
    """Return None: without a collector no span is recorded."""
