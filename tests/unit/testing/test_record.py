"""Captured events: written without secrets, read back, and replayed through the adapter they came from."""

from __future__ import annotations

import json
import os
from base64 import b64encode
from pathlib import Path

import pytest
from unit.testing import kit_app as app

from portable.eventing.message import Message
from portable.eventing.request import Request
from portable.testing.recording import read, record
from portable.testing.redacting import redacted
from portable.testing.wires import WireError


def secret_request() -> Request:
    headers = {
        "authorization": "Bearer abc.def",
        "cookie": "session=xyz; theme=dark",
        "x-api-key": "k",
        "accept": "*/*",
    }
    return Request("PUT", "/photos/a.jpg", "sig=hidden&size=3", headers, b"\xff\xd8", "203.0.113.7")


def encoded(target: str):
    from importlib import import_module

    return import_module(f"portable_{target}.testing.http").encode_request(secret_request())


@pytest.mark.parametrize("target", ["aws", "azure", "container", "gcp"])
def test_a_request_is_recorded_without_its_secrets_and_replayed(cloud, target: str, tmp_path: Path) -> None:
    file = tmp_path / "events" / "upload.json"
    record(encoded(target), file, target=target, function=app.upload)
    text = file.read_text()
    for secret in ("abc.def", "xyz", '"k"', "hidden", "dark"):
        assert secret not in text
    assert "*/*" in text
    response = cloud.replay(file)
    assert response is not None
    response.expect(201)
    assert cloud.bucket(app.photos).get("a.jpg") == b"\xff\xd8"


@pytest.mark.parametrize("target", ["aws", "azure", "container", "gcp"])
def test_a_message_is_recorded_and_replayed(cloud, target: str, tmp_path: Path) -> None:
    from importlib import import_module

    message = Message("m", json.dumps({"name": "x", "password": "open sesame"}).encode(), 1)
    kit = import_module(f"portable_{target}.testing.messages")
    if target == "container":
        event = kit.encode_message(message, kit.address(cloud.app.functions["work"]))
    else:
        event = kit.encode_messages([message], "work") if target == "aws" else kit.encode_message(message)
    file = tmp_path / "work.json"
    record(event, file, target=target, function="work")
    assert "open sesame" not in file.read_text()
    assert b64encode(b"open sesame").decode()[:12] not in file.read_text()
    cloud.replay(file)
    assert [call.error for call in cloud.function(app.work).calls] == [None]


def test_what_another_function_was_sent_is_refused(cloud, tmp_path: Path) -> None:
    with pytest.raises(WireError, match="aws did not accept an event for work"):
        cloud.replay({"Records": []}, app.work, "aws")


def test_json_in_text_is_redacted_too() -> None:
    event = {"Records": [{"body": '{"user":"ada","password":"p"}', "receiptHandle": "r"}]}
    assert redacted(event) == {
        "Records": [{"body": '{"user":"ada","password":"REDACTED"}', "receiptHandle": "REDACTED"}]
    }


def test_the_key_of_an_object_is_no_secret() -> None:
    assert redacted({"object": {"key": "a.jpg"}}) == {"object": {"key": "a.jpg"}}


def test_a_bare_event_needs_its_target_and_function() -> None:
    with pytest.raises(Exception, match="a bare one with its target and function"):
        read({"Records": []})


def test_a_real_event_of_the_provider_is_replayed(cloud) -> None:
    folder = Path(os.environ.get("PORTABLE_EVENTS", Path(__file__).parents[3] / ".." / "shared" / "events"))
    file = folder / "aws" / "s3" / "developer-guide__s3-notification.json"
    if not file.is_file():
        pytest.skip("real payloads are not here: set PORTABLE_EVENTS to a folder of recorded provider events")
    cloud.replay(file, app.index, "aws")
    assert [call.event.key for call in cloud.function(app.index).calls] in ([], ["HappyFace.jpg"])
