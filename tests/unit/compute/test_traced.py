"""Calls as spans: one trace over HTTP, queue, topic and every resource, through the generated entries of each wire."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hosts.local_dev import dev
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from unit.compute import traced_app as app

from portable.testing import Cloud
from portable.testing.app import App, load_modules
from portable.tooling.app.tracing import traced
from portable.tooling.dev.dashboard.waterfall import waterfall
from portable.tooling.entry.call_source import call_source
from portable.tooling.entry.names import Names

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = "b7ad6b7169203331"
WIRES = (None, "aws", "azure", "gcp")


@pytest.fixture(scope="module")
def exporter() -> InMemorySpanExporter:
    found = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(found))
    trace.set_tracer_provider(provider)
    return found


@pytest.fixture(scope="module")
def on() -> App:
    loaded = load_modules([app])
    return replace(loaded, model=traced(loaded.model, True))


@pytest.fixture(params=WIRES)
def cloud(request: pytest.FixtureRequest, on: App, exporter: InMemorySpanExporter) -> Iterator[Cloud]:
    exporter.clear()
    app.seen.clear()
    found = Cloud(on, wire=request.param)
    yield found
    found.close()


def named(exporter: InMemorySpanExporter) -> dict[str, ReadableSpan]:
    spans = exporter.get_finished_spans()
    found = {span.name: span for span in spans}
    assert len(found) == len(spans), [span.name for span in spans]
    return found


def below(span: ReadableSpan, parent: ReadableSpan) -> bool:
    return (
        span.parent is not None
        and span.parent.span_id == parent.get_span_context().span_id
        and span.get_span_context().trace_id == parent.get_span_context().trace_id
    )


def test_what_follows_from_a_request_is_one_trace(cloud: Cloud, exporter: InMemorySpanExporter) -> None:
    cloud.http.post("/orders/o-1", headers={"traceparent": f"00-{TRACE}-{PARENT}-01"}).expect(200)
    cloud.settle()
    found = named(exporter)
    place, pack, tell = found["POST /orders/{code}"], found["process orders"], found["process news"]
    assert f"{place.get_span_context().trace_id:032x}" == TRACE
    assert place.parent is not None
    assert f"{place.parent.span_id:016x}" == PARENT
    assert below(found["put stock"], place)
    assert below(found["send orders"], place)
    assert below(pack, found["send orders"])
    assert below(found["put labels"], pack)
    assert below(found["publish news"], pack)
    assert below(tell, found["publish news"])
    kinds = [span.kind for span in (place, pack, found["send orders"], found["put stock"])]
    assert kinds == [SpanKind.SERVER, SpanKind.CONSUMER, SpanKind.PRODUCER, SpanKind.CLIENT]
    assert len(found) == 7
    own = [f"00-{TRACE}-{span.get_span_context().span_id:016x}-01" for span in (place, pack)]
    assert app.seen == own


def test_a_request_without_a_trace_begins_one(cloud: Cloud, exporter: InMemorySpanExporter) -> None:
    cloud.http.post("/parcels/p-1").expect(202)
    cloud.settle()
    records = [span for span in exporter.get_finished_spans() if span.name == "update keys"]
    found = {span.name: span for span in exporter.get_finished_spans()}
    post, carry = found["POST /parcels/{code}"], found["process parcels"]
    assert below(found["send parcels"], post)
    assert below(carry, found["send parcels"])
    assert [below(span, carry) for span in records] == [True, True]
    assert post.attributes is not None
    assert post.attributes["http.response.status_code"] == 202
    assert cloud.failures == []


def test_attributes_are_those_of_the_conventions(cloud: Cloud, exporter: InMemorySpanExporter) -> None:
    cloud.http.post("/orders/o-1", headers={"user-agent": "test"}).expect(200)
    cloud.settle()
    found = {name: dict(span.attributes or {}) for name, span in named(exporter).items()}
    place, pack, sent = found["POST /orders/{code}"], found["process orders"], found["send orders"]
    assert place["http.request.method"] == "POST"
    assert place["http.route"] == "/orders/{code}"
    assert place["url.path"] == "/orders/o-1"
    assert place["http.response.status_code"] == 200
    assert (place["user_agent.original"], place["faas.trigger"], place["portable.function"]) == (
        "test",
        "http",
        "place",
    )
    assert (pack["messaging.destination.name"], pack["messaging.operation.type"]) == ("orders", "process")
    assert (pack["portable.attempt"], pack["faas.trigger"]) == (1, "pubsub")
    assert sent["messaging.system"] == pack["messaging.system"]
    assert (sent["messaging.operation.type"], sent["messaging.destination.name"]) == ("send", "orders")
    assert found["put stock"]["db.collection.name"] == "stock"
    shown = str(found)
    assert "label'" not in shown.replace("labels'", "")
    assert "placed" not in shown


def test_errors_are_noted_where_they_are_the_functions_own(cloud: Cloud, exporter: InMemorySpanExporter) -> None:
    for how, status in (("teapot", 418), ("reply", 503), ("unsendable", 500), ("bug", 500)):
        exporter.clear()
        cloud.http.get(f"/fails/{how}").expect(status)
        span = named(exporter)["GET /fails/{how}"]
        assert span.attributes is not None
        assert span.attributes["http.response.status_code"] == status
        assert span.status.status_code == (StatusCode.UNSET if status < 500 else StatusCode.ERROR)
        raised = [dict(event.attributes or {})["exception.type"] for event in span.events]
        assert raised == {"unsendable": ["TypeError"], "bug": ["RuntimeError"]}.get(how, [])


def test_each_attempt_at_a_message_is_a_span_below_the_one_that_sent_it(
    cloud: Cloud, exporter: InMemorySpanExporter
) -> None:
    cloud.http.post("/orders/broken").expect(200)
    cloud.settle()
    spans = exporter.get_finished_spans()
    [sent] = [span for span in spans if span.name == "send orders"]
    tries = [span for span in spans if span.name == "process orders"]
    assert [dict(span.attributes or {})["portable.attempt"] for span in tries] == [1, 2]
    assert all(below(span, sent) for span in tries)
    assert [span.status.description for span in tries] == ["ValueError", "ValueError"]
    assert [event.name for span in tries for event in span.events] == ["exception", "exception"]


def test_a_message_after_another_begins_its_own_trace(cloud: Cloud, exporter: InMemorySpanExporter) -> None:
    cloud.queue(app.orders).send("o-1")
    cloud.queue(app.orders).send("o-2")
    cloud.settle()
    tries = [span for span in exporter.get_finished_spans() if span.name == "process orders"]
    assert len({span.get_span_context().trace_id for span in tries}) == 2
    assert not trace.get_current_span().get_span_context().is_valid


def test_the_span_of_a_stream_ends_with_its_last_chunk(cloud: Cloud, exporter: InMemorySpanExporter) -> None:
    assert cloud.http.get("/chunks").expect(200).text == "ab"
    assert named(exporter)["GET /chunks"].end_time is not None


def test_a_batch_of_records_has_a_link_to_what_sent_them(cloud: Cloud, exporter: InMemorySpanExporter) -> None:
    cloud.http.post("/clicks").expect(204)
    cloud.settle()
    found = {span.name: span for span in exporter.get_finished_spans()}
    assert set(found) == {"POST /clicks", "send_many clicks", "process clicks"}
    sent, batch = found["send_many clicks"], found["process clicks"]
    assert dict(sent.attributes or {})["messaging.batch.message_count"] == 2
    assert batch.parent is None
    assert [link.context.span_id for link in batch.links] == [sent.get_span_context().span_id]


def test_a_schedule_is_a_span(cloud: Cloud, exporter: InMemorySpanExporter) -> None:
    cloud.schedule(app.often).fire()
    span = named(exporter)["often"]
    assert (span.kind, dict(span.attributes or {})["faas.trigger"]) == (SpanKind.CONSUMER, "timer")


def test_a_callers_decision_not_to_record_holds_for_all_that_follows(
    cloud: Cloud, exporter: InMemorySpanExporter
) -> None:
    cloud.http.post("/orders/o-1", headers={"traceparent": f"00-{TRACE}-{PARENT}-00"}).expect(200)
    cloud.settle()
    assert exporter.get_finished_spans() == ()
    assert all(seen is not None and seen.startswith(f"00-{TRACE}-") and seen.endswith("-00") for seen in app.seen)


def test_the_tree_of_portable_dev_is_the_same(tmp_path: Path, exporter: InMemorySpanExporter) -> None:
    with dev(tmp_path, [app], otel=True) as running:
        assert running.http("POST", "/orders/o-1", traceparent=f"00-{TRACE}-{PARENT}-01").status == 200
        running.ended("tell", "done")
        found = waterfall(running.running.journal.trace(TRACE), 0)
    told = [(line.depth, line.invocation.function if line.call is None else line.call.method) for line in found]
    assert told == [
        *((0, "place"), (1, "put"), (1, "send")),
        *((1, "pack"), (2, "put"), (2, "publish")),
        (2, "tell"),
    ]


def test_nothing_is_written_when_it_is_off(on: App) -> None:
    loaded = load_modules([app])
    for function, same in zip(loaded.model.functions, on.model.functions, strict=True):
        off, text = call_source(function, Names()), call_source(same, Names())
        assert text.body[: len(off.body)] == off.body
        assert "Traced" not in "\n".join((*off.setup, *off.body))
        assert "_Traced" in text.body[-1] or "_AsyncTraced" in text.body[-1]
