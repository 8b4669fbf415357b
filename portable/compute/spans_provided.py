"""Gives the process a provider of spans: the target's own exporter, or OTLP. It stands aside for one that the app has set.

It is imported when a traced entry is loaded, and brings the SDK of OpenTelemetry.
"""

from __future__ import annotations

import os

from opentelemetry import trace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
"""The variables that name a collector. On each target they come before its own exporter."""
NAMES = ("AWS_LAMBDA_FUNCTION_NAME", "WEBSITE_SITE_NAME", "K_SERVICE")
"""The variables in which the clouds name what runs."""
PATIENCE = 5_000
"""Milliseconds that a call waits for its spans to be sent."""


def provide(package: str = "") -> bool:
    """Set the provider of spans, and return whether there is one now.

    `package` is the runtime of the target; its module `tracing` has `exporter()`, and `LASTING` if its processes go on
    between calls. Without an exporter, and without a collector, no span is recorded.
    """
    if not isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider):
        return True
    module = _tracing(package)
    made = _otlp() if any(os.environ.get(name) for name in ENDPOINTS) else _own(module)
    if made is None:
        return False
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider

    name = next((found for key in NAMES if (found := os.environ.get(key))), "portable")
    named = {} if os.environ.get("OTEL_SERVICE_NAME") else {"service.name": name}
    provider = TracerProvider(resource=Resource.create(named))
    provider.add_span_processor(processor(*made, getattr(module, "LASTING", False)))
    trace.set_tracer_provider(provider)
    return True


def processor(exporter: Any, waits: bool, lasting: bool = False) -> Any:
    """Return what hands spans to an exporter. If it `waits` for a network, they are sent together when a call ends.

    A host may freeze the process then, and what was not sent would be late or lost. In a `lasting` process a thread sends
    them, and the rest at its end, so no call waits.
    """
    from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor

    if not waits:
        return SimpleSpanProcessor(exporter)
    if lasting:
        return BatchSpanProcessor(exporter)

    class Flushing(BatchSpanProcessor):
        """Sends what has gathered when the span of a call ends: one whose parent is not in this process."""

        def on_end(self, span: Any) -> None:
            super().on_end(span)
            if span.parent is None or span.parent.is_remote:
                self.force_flush(PATIENCE)

    return Flushing(exporter)


def _tracing(package: str) -> Any:
    """Return the module `tracing` of a target, None if it has none."""
    if not package:
        return None
    from importlib import import_module

    try:
        return import_module(f"{package}.tracing")
    except ModuleNotFoundError as error:
        if error.name != f"{package}.tracing":
            raise
        return None


def _own(module: Any) -> tuple[Any, bool] | None:
    """Return the exporter of a target, and whether it waits for a network."""
    found: tuple[Any, bool] | None = None if module is None else module.exporter()
    return found


def _otlp() -> tuple[Any, bool]:
    from portable.base.calls import Extra

    with Extra("otel", "opentelemetry-exporter-otlp-proto-http"):
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    return OTLPSpanExporter(), True
