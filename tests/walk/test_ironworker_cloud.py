"""The test kit on IronWorker: an app over the generated modules here, and over its package with a process for each task."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from portable import Queue
from portable.testing.app import load_modules
from portable.testing.cloud import Cloud
from portable.testing.session.session import Session

APP = Path(__file__).parents[1] / "apps" / "tasks"
JOBS = Queue("jobs")


@pytest.fixture(params=["wire", "artifact"])
def cloud(request: pytest.FixtureRequest, package: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    monkeypatch.setattr(sys, "path", [*sys.path, str(APP)])
    monkeypatch.setenv("MODE", "test")
    app = load_modules([import_module("tasks_app")])
    folder = package("tests/apps/tasks", "ironworker").parent if request.param == "artifact" else None
    session = Session(app)
    found = Cloud(app, session, "ironworker", folder)
    found.secret("api-token").set("abc")
    yield found
    found.close()
    session.close()


def test_a_message_arrives_with_its_id_and_attributes(cloud: Cloud) -> None:
    plain = cloud.queue(JOBS).send({"a": 1})
    told = cloud.queue(JOBS).send({"a": 2}, attributes={"k": "grüße"})
    cloud.settle()
    calls = cloud.function("work").calls
    assert [(call.event.id, call.event.payload, call.event.attributes) for call in calls] == [
        (plain, {"a": 1}, {}),
        (told, {"a": 2}, {"k": "grüße"}),
    ]


def test_a_message_that_fails_is_tried_as_often_as_declared_and_its_count_is_not_told(cloud: Cloud) -> None:
    sent = cloud.queue(JOBS).send({"exit": 1})
    cloud.settle()
    calls = cloud.function("work").calls
    assert [(call.event.id, call.event.attempt, call.attempt) for call in calls] == [(sent, None, None)] * 4
    assert cloud.queue(JOBS).pending == []
    assert len(cloud.failures) == 4


def test_the_caller_of_a_webhook_is_told_that_it_was_queued_whatever_the_handler_does(cloud: Cloud) -> None:
    for cents in (7, -7):
        reply = cloud.http.post("/paid", json={"cents": cents}).expect(200)
        assert reply.json()["msg"] == "Queued up."
    assert cloud.http.get("/paid").status_code == 405
    assert cloud.http.post("/nowhere").status_code == 404
    assert [call.function for call in cloud.function("paid").calls] == ["paid"] * 2


def test_a_schedule_fires(cloud: Cloud) -> None:
    due = datetime(2025, 3, 30, 6, tzinfo=UTC)
    cloud.schedule("sweep").fire(at=due)
    (call,) = cloud.function("sweep").calls
    assert call.event.scheduled_at == due
