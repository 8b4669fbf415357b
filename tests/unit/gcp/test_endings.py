"""Whatever a handler raises is answered 500, so that the event comes again; the server lives on."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import flask
import pytest

from portable.compute.consume import Consumer
from portable.compute.running import shared
from portable_gcp.runtime import messages, objects, schedule
from portable_gcp.testing.native import Native

ENDINGS = [SystemExit(1), KeyboardInterrupt(), asyncio.CancelledError(), BaseExceptionGroup("g", [SystemExit(1)])]
STORED = {"bucket": "photos", "name": "a.jpg"}
FINALIZED = "google.cloud.storage.object.v1.finalized"
EVENT = {"specversion": "1.0", "id": "1", "source": "/s", "type": FINALIZED, "data": STORED}
NOTIFIED = {"messageId": "7", "attributes": {"eventType": "OBJECT_FINALIZE", "bucketId": "photos", "objectId": "a.jpg"}}


def post(body: Any, *headers: tuple[str, str]) -> flask.Request:
    content = ("content-type", "application/cloudevents+json" if "specversion" in body else "application/json")
    return flask.Request(Native("POST", "/", "", (content, *headers), json.dumps(body).encode()).environ())


@pytest.mark.parametrize("awaited", [False, True])
@pytest.mark.parametrize("ending", ENDINGS, ids=lambda ending: type(ending).__name__)
def test_an_event_whose_handler_would_end_the_process_comes_again(ending: BaseException, awaited: bool) -> None:
    run = shared()

    async def wait() -> None:
        await asyncio.sleep(0)
        raise ending

    def call(event: Any, context: Any) -> None:
        if awaited:
            run(wait())
        raise ending

    consumer = Consumer("work", call, 3)
    told = {"data": "eA==", "messageId": "1"}
    for handle, request in (
        (messages.handler(consumer, 30), post({"message": told, "deliveryAttempt": 1})),
        (objects.handler(consumer, 30, "created"), post({"message": NOTIFIED, "deliveryAttempt": 1})),
        (objects.handler(consumer, 30, "created"), post(EVENT)),
        (schedule.handler(call, "tick", 30), post({}, ("x-cloudscheduler", "true"))),
    ):
        assert handle(request).status_code == 500
    assert run(asyncio.sleep(0, "alive")) == "alive"
