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
    [event] = read(*sent(request_))
    expected = request_.get("expected")
    if expected is not None:
        assert {**event.attributes, **expected["attributes"]} == event.attributes
        assert json.loads(event.data) == expected["data"]


@pytest.mark.parametrize(("path", "event"), payloads("cloudevents/structured_json", "cloudevents/batched_json"))
def test_a_document_is_an_event_of_1_0_or_is_refused(path: str, event: Any) -> None:
    body = json.dumps(event).encode()
    if isinstance(event, list):
        assert read([("content-type", "application/cloudevents-batch+json")], body) == []
        return
    names = [name for name in event if name != "data_base64"]
    fits = all(name.isalnum() and name == name.lower() for name in names) and "..." not in event.get("data_base64", "")
    if event.get("specversion") != "1.0" or not fits:
        with pytest.raises(NoEvent, match=r"specversion|no name|base64"):
            read(STRUCTURED, body)
        return
    [found] = read(STRUCTURED, body)
    assert (found.attributes["id"], found.attributes["type"]) == (event["id"], event["type"])
    data = event.get("data")
    assert found.data == (data.encode() if isinstance(data, str) else found.data)
    if isinstance(data, (dict, int, float)):
        assert json.loads(found.data) == data
