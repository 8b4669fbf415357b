"""Sends spans to X-Ray by the daemon that Lambda runs beside a function with active tracing.

A span is a segment document (AWS X-Ray "segment documents"), a datagram is a header and one document (AWS X-Ray "sending
segment documents to the daemon"). The daemon sends them on, so no span waits for a network and none is lost when the function
is frozen.
"""

from __future__ import annotations

import json
import socket

from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.trace import SpanKind, StatusCode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from opentelemetry.sdk.trace import ReadableSpan

HEADER = b'{"format": "json", "version": 1}\n'
LARGEST = 64_000
"""Bytes of a datagram that the daemon takes (a segment document has at most 64 kB)."""
_OURS = frozenset("_.:/%&#=+\\-@ ")
_ENTRIES = frozenset((SpanKind.SERVER, SpanKind.CONSUMER))
_EXITS = frozenset((SpanKind.CLIENT, SpanKind.PRODUCER))


class XRayExporter(SpanExporter):
    """Sends each span as one datagram. A span that is too large is sent without what it noted."""

    def __init__(self, address: str) -> None:
        """`address` is "host:port", or "tcp:host:port udp:host:port"."""
        udp = next((part[4:] for part in address.split() if part.startswith("udp:")), address)
        host, _, port = udp.rpartition(":")
        self._address = (host, int(port))
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send spans. What the system does not take at once is lost, because a call must not wait for its trace."""
        result = SpanExportResult.SUCCESS
        for span in spans:
            document = segment(span)
            data = json.dumps(document, default=str).encode()
            if len(data) > LARGEST:
                kept = {name: value for name, value in document.items() if name not in ("metadata", "cause")}
                data = json.dumps(kept, default=str).encode()
            try:
                self._socket.sendto(HEADER + data, self._address)
            except OSError:
                result = SpanExportResult.FAILURE
        return result

    def shutdown(self) -> None:
        """Close the socket."""
        self._socket.close()


def segment(span: ReadableSpan) -> dict[str, Any]:
    """Return a span as a segment, if it is the span of a call, else as a subsegment of the span above it."""
    own = span.get_span_context()
    assert own is not None
    attributes = dict(span.attributes or {})
    found: dict[str, Any] = {
        "name": _name(span, attributes),
        "id": f"{own.span_id:016x}",
        "trace_id": trace_id(own.trace_id),
        "start_time": (span.start_time or 0) / 1e9,
        "end_time": (span.end_time or span.start_time or 0) / 1e9,
    }
    if span.parent is not None:
        found["parent_id"] = f"{span.parent.span_id:016x}"
    if span.kind not in _ENTRIES and span.parent is not None:
        found["type"] = "subsegment"
        if span.kind in _EXITS:
            found["namespace"] = "remote"
    http = _http(attributes)
    if http:
        found["http"] = http
    metadata = {"name": span.name, "attributes": attributes}
    if span.links:
        metadata["links"] = [f"{trace_id(link.context.trace_id)}:{link.context.span_id:016x}" for link in span.links]
    found["metadata"] = {"otel": metadata}
    found["annotations"] = {
        name.replace(".", "_"): value
        for name, value in attributes.items()
        if isinstance(value, (str, bool, int, float)) and name.startswith(("portable.", "faas.", "messaging."))
    }
    return found | _fault(span, attributes)


def trace_id(number: int) -> str:
    """Return a trace id in X-Ray's form, 1-<8 hex>-<24 hex>."""
    text = f"{number:032x}"
    return f"1-{text[:8]}-{text[8:]}"


def _name(span: ReadableSpan, attributes: Mapping[str, Any]) -> str:
    """Return what the map of services shows: the function, the resource, or else the span's name."""
    name = str(attributes.get("portable.function") or attributes.get("portable.resource.name") or span.name)
    return "".join(letter if letter.isalnum() or letter in _OURS else "_" for letter in name)[:200] or "span"


def _http(attributes: Mapping[str, Any]) -> dict[str, Any]:
    method, status = attributes.get("http.request.method"), attributes.get("http.response.status_code")
    request = {} if method is None else {"method": method, "url": attributes.get("url.path", "")}
    agent = attributes.get("user_agent.original")
    if request and agent is not None:
        request["user_agent"] = agent
    response = {} if status is None else {"status": status}
    return {name: value for name, value in (("request", request), ("response", response)) if value}


def _fault(span: ReadableSpan, attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return how a span failed: `error` is the caller's fault, `throttle` too many calls, `fault` ours."""
    status = attributes.get("http.response.status_code", 0)
    found: dict[str, Any] = {}
    if isinstance(status, int) and 400 <= status < 500:
        found = {"error": True} | ({"throttle": True} if status == 429 else {})
    if span.status.status_code is StatusCode.ERROR:
        found["fault"] = True
    raised = [event for event in span.events if event.name == "exception"]
    if raised:
        own = span.get_span_context()
        assert own is not None
        found["cause"] = {
            "exceptions": [
                {
                    "id": f"{(own.span_id + place) % (1 << 64):016x}",
                    "type": str((event.attributes or {}).get("exception.type", "")),
                    "message": str((event.attributes or {}).get("exception.message", "")),
                }
                for place, event in enumerate(raised)
            ]
        }
    return found
