"""Where spans go: a target's exporter, a collector, or nowhere; and when they are sent."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import (
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    set_span_in_context,
)
from unit.compute import traced_app

from portable.compute.spans_provided import processor
from portable.testing.app import load_modules
from portable.tooling.app.needs import needs
from portable.tooling.app.tracing import traced
from portable.tooling.shipped import requirements_of, tracing_of
from portable_aws.deploy.target import target as aws
from portable_aws.runtime.xray import HEADER, LARGEST, XRayExporter
from portable_azure.deploy.target import target as azure
from portable_container.runtime import tracing
from portable_gcp.deploy.target import target as gcp
from portable_openfaas.deploy.target import target as openfaas

TRACE = 0x6AF7651916CD43DD8448EB211C80319C
PARENT = 0xB7AD6B7169203331


@pytest.fixture
def daemon() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as found:
        found.bind(("127.0.0.1", 0))
        found.settimeout(10)
        yield found


def address(daemon: socket.socket) -> str:
    return f"127.0.0.1:{daemon.getsockname()[1]}"


def received(daemon: socket.socket) -> dict[str, object]:
    header, _, document = daemon.recv(65_536).partition(b"\n")
    assert header + b"\n" == HEADER
    return dict(json.loads(document))


def remote(flags: int = 1) -> object:
    return set_span_in_context(NonRecordingSpan(SpanContext(TRACE, PARENT, True, TraceFlags(flags))))


def test_what_waits_for_a_network_is_sent_when_the_span_of_a_call_ends() -> None:
    kept, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(processor(kept, True))
    tracer = provider.get_tracer("test")
    with tracer.start_as_current_span("call", context=remote()):  # type: ignore[arg-type]
        with tracer.start_as_current_span("get rows"):
            pass
        assert kept.get_finished_spans() == ()
    assert [span.name for span in kept.get_finished_spans()] == ["get rows", "call"]
    provider.shutdown()


def test_a_process_that_lasts_sends_spans_when_no_call_waits_for_it() -> None:
    kept, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(processor(kept, True, tracing.LASTING))
    with provider.get_tracer("test").start_as_current_span("call", context=remote()):  # type: ignore[arg-type]
        pass
    assert kept.get_finished_spans() == ()
    provider.shutdown()
    assert [span.name for span in kept.get_finished_spans()] == ["call"]


def test_a_span_is_a_segment_document_of_x_ray(daemon: socket.socket) -> None:
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(XRayExporter(f"tcp:127.0.0.1:1 udp:{address(daemon)}")))
    tracer = provider.get_tracer("test")
    call = tracer.start_span(
        "GET /orders/{code}",
        remote(),  # type: ignore[arg-type]
        SpanKind.SERVER,
        {"portable.function": "place", "http.request.method": "GET", "url.path": "/orders/1", "faas.trigger": "http"},
    )
    rows = tracer.start_span("get rows", set_span_in_context(call), SpanKind.CLIENT, {"portable.resource.name": "rows"})
    rows.record_exception(ValueError("no rows"))
    rows.set_status(Status(StatusCode.ERROR, "ValueError"))
    rows.end()
    call.set_attribute("http.response.status_code", 429)
    call.end()
    below, above = received(daemon), received(daemon)
    assert (above["name"], above["trace_id"], above["parent_id"]) == (
        "place",
        "1-6af76519-16cd43dd8448eb211c80319c",
        f"{PARENT:016x}",
    )
    assert "type" not in above
    assert above["http"] == {"request": {"method": "GET", "url": "/orders/1"}, "response": {"status": 429}}
    assert (above["error"], above["throttle"], "fault" in above) == (True, True, False)
    assert above["annotations"] == {"portable_function": "place", "faas_trigger": "http"}
    assert (below["type"], below["namespace"], below["parent_id"]) == ("subsegment", "remote", above["id"])
    assert below["fault"] is True
    assert below["cause"]["exceptions"][0]["message"] == "no rows"  # type: ignore[index]
    assert 0 <= float(str(below["end_time"])) - float(str(below["start_time"])) < 60


def test_a_span_that_is_too_large_is_sent_without_what_it_noted(daemon: socket.socket) -> None:
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(XRayExporter(address(daemon))))
    provider.get_tracer("test").start_span("a\nb", attributes={"text": "x" * LARGEST}).end()
    found = received(daemon)
    assert found["name"] == "a_b"
    assert "metadata" not in found


def test_packaging_adds_what_the_exporter_of_a_target_needs() -> None:
    off = needs(load_modules([traced_app]).model)
    on = needs(traced(load_modules([traced_app]).model, True))
    added = {
        target.name: set(requirements_of(target, on)) - set(requirements_of(target, off))
        for target in (aws, azure, gcp, openfaas)
    }
    names = {name: {text.partition(">")[0] for text in found} for name, found in added.items()}
    assert names == {
        "aws": {"opentelemetry-sdk"},
        "azure": {"opentelemetry-sdk", "azure-monitor-opentelemetry-exporter"},
        "gcp": {"opentelemetry-sdk", "opentelemetry-exporter-gcp-trace"},
        "openfaas": {"opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http"},
    }
    assert tracing_of(aws, on) == ("portable_aws.runtime.tracing",)
    assert (tracing_of(aws, off), tracing_of(openfaas, on)) == ((), ())
