"""Calls of connectors of OpenFaaS that the test kit does not make."""

from __future__ import annotations

from portable.eventing.message import Message
from portable_openfaas.testing.encode import CALL
from portable_openfaas.testing.native import Native


def sns_message(message: Message[bytes], topic: str = "topic") -> Native:
    """Return the call of the connector for SNS (openfaas/docs sns-events, its printed request)."""
    headers = {"X-Topic": topic, "X-Call-Id": CALL, "Content-Type": "text/plain", "X-Sns-Message-Id": message.id}
    for name, value in message.attributes.items():
        headers |= {f"X-Sns-Attr-{name.title()}": value, f"X-Sns-Attr-{name.title()}-Type": "String"}
    return Native("POST", "/", "", tuple(headers.items()), message.payload)
