"""Tries are made within one call, an event is answered by what became of it, and secrets are files."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from portable.compute.consume import Consumer
from portable.compute.context import Context
from portable.errors import ConfigurationError
from portable.eventing.message import Message
from portable.eventing.response import Response
from portable.eventing.routing import Route, RouteTable
from portable.eventing.schedule import Tick
from portable.settings.cache import keeping
from portable_openfaas.runtime import call, http, messages, schedule, settings
from portable_openfaas.testing.encode import encode_message, encode_tick
from portable_openfaas.testing.hosted.index import Event
from portable_openfaas.testing.native import Native

APP = Flask("test")
TICK = encode_tick(Tick(datetime(2026, 1, 2, 3, 4, tzinfo=UTC)))
MESSAGE = encode_message(Message("m-1", b"x", None, {"level": "high"}))


def status(handle: Any, sent: Native) -> int:
    with APP.request_context(sent.environ()):
        return int(handle(Event(), None).status_code)


class Failing:
    """A call that fails its first times, and keeps what it was given."""

    def __init__(self, times: int) -> None:
        self.times = times
        self.attempts: list[int | None] = []

    def __call__(self, event: Any, context: Context) -> None:
        self.attempts.append(context.attempt)
        if len(self.attempts) <= self.times:
            raise ValueError("it fails")


@pytest.mark.parametrize(("failures", "answer"), [(0, 204), (2, 204), (3, 204)])
def test_a_message_is_tried_within_its_call_and_is_done_with_when_its_tries_are_used_up(
    failures: int, answer: int
) -> None:
    tried = Failing(failures)
    assert status(messages.handler(Consumer("work", tried, 3), 30), MESSAGE) == answer
    assert tried.attempts == [1, 2, 3][: failures + 1]


def test_a_schedule_that_failed_every_time_answers_500() -> None:
    tried = Failing(3)
    assert status(schedule.handler(tried, "nightly", 30, 3, 0), TICK) == 500
    assert tried.attempts == [1, 2, 3]
    assert status(schedule.handler(Failing(2), "nightly", 30, 3, 0), TICK) == 204


def test_tries_stand_apart_as_declared_and_none_begins_when_the_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr("portable.compute.context.time", lambda: now[0])
    monkeypatch.setattr(call, "sleep", lambda seconds: now.__setitem__(0, now[0] + seconds))
    context = Context("id", "work", 1025.0)
    assert list(call.attempt_numbers(5, 10, context)) == [1, 2, 3]
    assert (now, context.attempt) == ([1020.0], 3)


def test_a_message_that_the_time_does_not_suffice_for_comes_back_as_a_500() -> None:
    assert status(messages.handler(Consumer("work", Failing(9), 3), 0), MESSAGE) == 500


def test_a_message_without_the_attributes_of_the_filter_is_done_with_without_a_call() -> None:
    tried = Failing(0)
    consumer = Consumer("work", tried, 3)
    assert status(messages.handler(consumer, 30, (("level", "low"),)), MESSAGE) == 204
    assert tried.attempts == []
    assert status(messages.handler(consumer, 30, (("Level", "high"),)), MESSAGE) == 204
    assert tried.attempts == [1]


def test_every_so_many_th_day_lets_the_others_pass() -> None:
    tried = Failing(0)
    handle = schedule.handler(tried, "nightly", 30, 3, 0, 7)
    for day in range(1, 15):
        assert status(handle, encode_tick(Tick(datetime(2026, 1, day, tzinfo=UTC)))) == 204
    assert len(tried.attempts) == 2


def test_another_event_is_400_with_what_came() -> None:
    with APP.request_context(MESSAGE.environ()):
        reply = schedule.handler(Failing(0), "nightly", 30, 3, 0)(Event(), None)
    assert reply.status_code == 400
    assert 'a message of the topic "topic"' in reply.get_data(as_text=True)


@pytest.mark.parametrize("path", ["/_/health", "/_/ready"])
def test_probes_are_answered_by_every_kind_of_function(path: str) -> None:
    handles = (
        http.handler(RouteTable([]), 30),
        messages.handler(Consumer("work", Failing(0), 3), 30),
        schedule.handler(Failing(0), "nightly", 30, 3, 0),
    )
    assert [status(handle, Native("GET", path)) for handle in handles] == [200, 200, 200]


def test_a_call_has_the_gateways_id_its_trace_and_the_templates_event() -> None:
    seen: list[Context] = []
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    table = RouteTable([("/", {"GET": Route("home", lambda request, context: seen.append(context), 10)})])
    for headers in ((("X-Call-Id", "c-1"), ("traceparent", trace)), ()):
        assert status(http.handler(table, 30), Native("GET", "/", "", headers)) == 204
    assert (seen[0].request_id, seen[0].trace, seen[0].function) == ("c-1", trace, "home")
    assert isinstance(seen[0].native[0], Event)
    assert 29 < seen[0].remaining() <= 30
    assert len(seen[1].request_id) == 32


def test_a_header_that_http_forbids_is_a_500() -> None:
    broken = Response(b"")
    broken.headers.append(("x-note", "a\r\nb"))
    table = RouteTable([("/", {"GET": Route("home", lambda request, context: broken, 10)})])
    assert status(http.handler(table, 30), Native("GET", "/")) == 500


@pytest.fixture
def secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(settings, "FOLDER", str(tmp_path))
    monkeypatch.setattr(settings, "read_secret", keeping(lambda: settings.read_file))
    return tmp_path


def test_a_secret_is_the_text_of_its_file(secrets: Path) -> None:
    (secrets / "api-token").write_text("grüße\n", encoding="utf-8")
    assert settings.read_secret("api-token") == "grüße\n"
    (secrets / "other").write_text("x")
    assert settings.read_secret(str(secrets / "other")) == "x"


def test_a_secret_that_is_not_there_or_no_text_says_how_to_make_it(secrets: Path) -> None:
    with pytest.raises(ConfigurationError, match="faas-cli secret create api-token"):
        settings.read_secret("api-token")
    (secrets / "api-token").write_bytes(b"\xff")
    with pytest.raises(ConfigurationError, match="cannot be read as UTF-8 text"):
        settings.read_secret("api-token")
