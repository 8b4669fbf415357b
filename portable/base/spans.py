"""What the spans of calls and of resources share: the tracer, how a span ends, and its trace context as a text.

This module and those that import it stand on the API of OpenTelemetry alone. Only entries of traced functions load them.
"""

from __future__ import annotations

from portable.base.calls import Extra

with Extra("otel", "opentelemetry-api"):
    from opentelemetry import context as contexts
    from opentelemetry import trace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any

    from opentelemetry.context import Context
    from opentelemetry.trace import Span, SpanContext, Tracer


def tracer() -> Tracer:
    """Return the tracer of the process's provider. Without a provider, its spans do nothing."""
    return trace.get_tracer("portable")


def text_of(span: Span) -> str | None:
    """Return the context of a span as a W3C traceparent, or None if it has no valid one."""
    found = span.get_span_context()
    if not found.is_valid:
        return None
    return f"00-{found.trace_id:032x}-{found.span_id:016x}-{int(found.trace_flags):02x}"


def remote(text: str | None, state: str | None = None) -> SpanContext | None:
    """Return a checked traceparent as the context of a span elsewhere. `state` is the tracestate beside it."""
    if text is None:
        return None
    flags = trace.TraceFlags(int(text[53:55], 16))
    found = trace.TraceState.from_header([state]) if state else None
    return trace.SpanContext(
        int(text[3:35], 16), int(text[36:52], 16), is_remote=True, trace_flags=flags, trace_state=found
    )


def below(parent: SpanContext | None) -> Context:
    """Return the context in which the span of a call begins.

    A span that runs already is the parent if it belongs to the same trace, because then it is the host's own span of this call.
    """
    here = contexts.get_current()
    running = trace.get_current_span(here).get_span_context()
    if parent is None or (running.is_valid and running.trace_id == parent.trace_id):
        return here
    return trace.set_span_in_context(trace.NonRecordingSpan(parent), here)


def failed(span: Span, error: BaseException) -> None:
    """Note an error on a span."""
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    span.record_exception(error)
    span.set_attribute("error.type", name)
    span.set_status(trace.Status(trace.StatusCode.ERROR, name))


class During:
    """A `with` block that a span covers: it is the current one inside, gets the block's error, and ends with it."""

    __slots__ = ("_span", "_token")

    def __init__(self, span: Span) -> None:
        self._span = span

    def __enter__(self) -> Span:
        self._token: Any = contexts.attach(trace.set_span_in_context(self._span))
        return self._span

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        contexts.detach(self._token)
        if error is not None:
            failed(self._span, error)
        self._span.end()
