"""Published CloudEvents are read by the container: those of 1.0 as they say themselves, others are refused in words."""

from __future__ import annotations

import json
from typing import Any

import pytest
from events.provider_events import payloads

from portable_container.runtime.cloudevents_http import NoEvent, read

STRUCTURED = [("content-type", "application/cloudevents+json")]


def sent(request: Any) -> tuple[list[tuple[str, str]], bytes]:
    return [(name.lower(), value) for name, value in request["headers"]], request["body"].encode()


@pytest.mark.parametrize(
    ("path", "request_"),
    payloads("cloudevents/http_binary", "cloudevents/http_structured", "knative/cloudevent_http_binary"),
)
def test_a_request_holds_its_event(path: str, request_: Any) -> None:
    headers, body = sent(request_)
    if dict(headers).get("ce-specversion") == "0.3":
        with pytest.raises(NoEvent, match=r"specversion is '0\.3'"):
            read(headers, body)
        return
    [event] = read(headers, body)
    expected = request_.get("expected")
    if expected is not None:
        assert {**event.attributes, **expected["attributes"]} == event.attributes
        assert json.loads(event.data) == expected["data"]


def fits(name: str, value: Any) -> bool:
    """Return whether a member may stand in an event of 1.0."""
    if name in ("data", "data_base64"):
        return name == "data" or "..." not in value
    whole = isinstance(value, int) and abs(value) < 2**31
    return name.isalnum() and name == name.lower() and (whole or isinstance(value, (str, type(None))))


@pytest.mark.parametrize(("path", "event"), payloads("cloudevents/structured_json", "cloudevents/batched_json"))
def test_a_document_is_an_event_of_1_0_or_is_refused(path: str, event: Any) -> None:
    body = json.dumps(event).encode()
    if isinstance(event, list):
        assert read([("content-type", "application/cloudevents-batch+json")], body) == []
        return
    if event.get("specversion") != "1.0" or not all(fits(name, value) for name, value in event.items()):
        with pytest.raises(NoEvent, match=r"specversion|no name|base64|a number"):
            read(STRUCTURED, body)
        return
    [found] = read(STRUCTURED, body)
    assert (found.attributes["id"], found.attributes["type"]) == (event["id"], event["type"])
    data = event.get("data")
    assert found.data == (data.encode() if isinstance(data, str) else found.data)
    if isinstance(data, (dict, int, float)):
        assert json.loads(found.data) == data
