"""Takes portable events; returns the requests that the gateway and the connectors of OpenFaaS make of them.

Sources: openfaas/faas gateway (X-Call-Id, X-Start-Time in nanoseconds), openfaas/cron-connector `InvokeFunction`,
openfaas/docs pubsub-events (its printed requests). Header names lose their case on the way.
"""

from __future__ import annotations

from portable.eventing.message import Message
from portable.eventing.request import Request
from portable.eventing.schedule import Tick
from portable.eventing.sent_query import query_of
from portable_openfaas.testing.native import Native

CALL = "8f14e45f-ceea-467f-ab1b-5c0f2b6d0a11"


def encode_request(request: Request) -> Native:
    """Return a request as the function gets it from an ingress controller, which adds the client's address, and the gateway."""
    own = ("x-forwarded-for", "x-real-ip", "x-call-id", "content-length")
    headers = [(name, value) for name, value in request.headers.items() if name not in own]
    before = request.headers.get("x-forwarded-for")
    if request.client_ip:
        forwarded = f"{before}, {request.client_ip}" if before else request.client_ip
        headers += [("x-forwarded-for", forwarded), ("x-real-ip", request.client_ip)]
    headers.append(("x-call-id", CALL))
    return Native(request.method, request.raw_path, query_of(request), tuple(headers), request.body)


def encode_tick(tick: Tick) -> Native:
    """Return the call of the cron connector, received by the gateway at the due time."""
    began = int(tick.scheduled_at.timestamp()) * 1_000_000_000
    headers = {
        "X-Topic": "cron-function",
        "X-Connector": "cron-connector",
        "X-Call-Id": CALL,
        "X-Start-Time": str(began),
    }
    return Native("POST", "/", "", tuple(headers.items()))


def encode_message(message: Message[bytes], topic: str = "topic") -> Native:
    """Return the call of the connector for Pub/Sub."""
    headers = {"X-Topic": topic, "X-Call-Id": CALL, "Content-Type": "text/plain"}
    if message.trace is not None:
        headers["Traceparent"] = message.trace
    headers["X-Pubsub-Msg-Id"] = message.id
    headers |= {f"X-Pubsub-Attr-{name.title()}": value for name, value in message.attributes.items()}
    if message.sent_at is not None:
        headers["X-Pubsub-Publish-Time"] = message.sent_at.isoformat().replace("+00:00", "Z")
    if message.group is not None:
        headers["X-Pubsub-Ordering-Key"] = message.group
    return Native("POST", "/", "", tuple(headers.items()), message.payload)
