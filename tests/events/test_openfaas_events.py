"""Every request that a connector of OpenFaaS is documented to send is read as a message, whole."""

from __future__ import annotations

from typing import Any

import pytest

flask = pytest.importorskip("flask", reason='flask is not installed: pip install "portable-functions[openfaas]"')

from events.provider_events import payloads  # noqa: E402

from portable.errors import EventError  # noqa: E402
from portable_openfaas.runtime import http, messages, schedule  # noqa: E402
from portable_openfaas.testing.hosted.index import Event  # noqa: E402
from portable_openfaas.testing.recording import native  # noqa: E402

APP = flask.Flask("test")
IDS = {
    "sns": "X-Sns-Message-Id",
    "pubsub": "X-Pubsub-Msg-Id",
    "rabbitmq": "X-Rabbitmq-Msg-Id",
    "postgres": "X-Event-Id",
}
PREFIXES = ("X-Sns-Attr-", "X-Pubsub-Attr-")


@pytest.mark.parametrize(("path", "recorded"), payloads(*(f"openfaas/{connector}" for connector in IDS)))
def test_a_connectors_request_is_a_message_and_no_tick(path: str, recorded: Any) -> None:
    headers = dict(recorded["headers"])
    attributes = {
        name.removeprefix(prefix).lower(): value
        for name, value in headers.items()
        for prefix in PREFIXES
        if name.startswith(prefix) and not name.endswith("-Type")
    }
    with APP.request_context(native(recorded).environ()):
        event = Event()
        found = messages.decode(event)
        assert (found.id, found.attributes) == (headers[IDS[path.split("/")[1]]], attributes)
        assert found.payload == recorded["body"].encode()
        assert http.decode(event).body == found.payload
        with pytest.raises(EventError):
            schedule.decode(event)
