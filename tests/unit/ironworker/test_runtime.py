"""A task's environment, config and payload, and what becomes of each payload."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from portable.compute.consume import Consumer
from portable.errors import ConfigurationError, EventError
from portable.eventing.message import Message
from portable.eventing.routing import Route, RouteTable
from portable.eventing.schedule import Tick
from portable_ironworker.runtime import messages, schedule, task, webhook
from portable_ironworker.runtime.task import DONE, FAILED, REFUSED, Task
from portable_ironworker.testing.tasks import encode_message, encode_tick, native, plain

TICK = b'{"portable": "tick"}'


@pytest.fixture(autouse=True)
def _no_task_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", {k: v for k, v in os.environ.items() if k not in ("PAYLOAD_FILE", "TASK_ID")})


def test_the_environment_goes_before_the_arguments_of_older_packages(tmp_path: Path) -> None:
    (tmp_path / "new").write_bytes(b"new")
    (tmp_path / "old").write_bytes(b"old")
    told = ["-d", "x", "-id", "t-old", "-payload", str(tmp_path / "old"), "-config"]
    assert task.read_task(told) == Task("t-old", b"old")
    os.environ |= {"PAYLOAD_FILE": str(tmp_path / "new"), "TASK_ID": "t-new"}
    assert task.read_task(told) == Task("t-new", b"new")


def test_a_task_without_payload_and_id_has_an_empty_one_and_an_id_of_its_own() -> None:
    first, second = task.read_task([]), task.read_task([])
    assert (first.payload, len(first.id), first.id != second.id) == (b"", 32, True)


def test_the_config_becomes_variables_and_takes_none_away(tmp_path: Path) -> None:
    file = tmp_path / "config"
    file.write_text('{"IRON_A": "ü", "IRON_B": 7, "IRON_C": "no"}', encoding="utf-8")
    os.environ["IRON_C"] = "yes"
    task.configure(str(file))
    assert [os.environ[name] for name in ("IRON_A", "IRON_B", "IRON_C")] == ["ü", "7", "yes"]
    file.write_text("")
    task.configure(str(file))
    task.configure("")


@pytest.mark.parametrize("text", ["greeting: hello", "[1]", '"text"', "{"])
def test_a_config_that_is_no_json_object_is_told(tmp_path: Path, text: str) -> None:
    file = tmp_path / "config"
    file.write_text(text)
    with pytest.raises(ConfigurationError, match="the config of the code package"):
        task.configure(str(file))


def test_an_image_that_is_run_without_a_command_says_where_the_commands_are() -> None:
    with pytest.raises(ConfigurationError, match=r"workers\.json"):
        task.main([])


@given(st.text(min_size=1, max_size=20), st.binary(max_size=50), st.dictionaries(st.sampled_from("abK_"), st.text()))
def test_a_message_comes_back_from_its_task(name: str, payload: bytes, attributes: dict[str, str]) -> None:
    found = messages.decode(encode_message(Message(name, payload, 3, attributes)))
    assert (found.id, found.payload, found.attributes, found.attempt) == (name, payload, attributes, None)


@given(st.binary(max_size=200))
def test_any_payload_is_a_message_or_a_refusal(payload: bytes) -> None:
    try:
        found = messages.decode(Task("t", payload))
    except EventError:
        assert schedule.is_tick(payload)
    else:
        assert isinstance(found.payload, bytes)


@given(
    st.one_of(
        st.binary(max_size=50), st.text(max_size=20).map(lambda told: json.dumps({"scheduled_at": told}).encode())
    )
)
def test_any_payload_is_a_tick_or_a_refusal(payload: bytes) -> None:
    with pytest.raises(EventError):
        schedule.decode(Task("t", payload), 60, 0)


@pytest.mark.parametrize("told", [7, "", "soon", "0001-01-01T00:00:00+23:00", []])
def test_a_time_that_is_none_is_refused(told: Any) -> None:
    with pytest.raises(EventError, match="is not a time"):
        schedule.decode(Task("t", json.dumps({"portable": "tick", "scheduled_at": told}).encode()), 60, 0)


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("2026-01-05T03:15:00", "2026-01-05T03:15"),
        ("2026-01-05T09:14:59", "2026-01-05T03:15"),
        ("2026-01-05T03:14:59", "2026-01-04T21:15"),
    ],
)
def test_a_tick_was_due_at_the_last_time_of_its_interval(now: str, due: str) -> None:
    with time_machine.travel(datetime.fromisoformat(now).replace(tzinfo=UTC), tick=False):
        found = schedule.decode(Task("t", TICK), 6 * 3600, 3 * 3600 + 15 * 60)
    assert found.scheduled_at == datetime.fromisoformat(due).replace(tzinfo=UTC)
    assert found.fired_at == datetime.fromisoformat(now).replace(tzinfo=UTC)


def test_a_tick_that_is_queued_by_hand_says_when_it_was_due() -> None:
    due = datetime(2025, 4, 1, 3, 30, tzinfo=UTC)
    assert schedule.decode(encode_tick(Tick(due)), 60, 0).scheduled_at == due


@pytest.mark.parametrize(
    ("raised", "code"),
    [(None, DONE), (ValueError("no"), FAILED), (SystemExit(0), FAILED), (EventError("a", "b"), REFUSED)],
)
def test_what_a_schedules_handler_does_is_the_exit_code(raised: BaseException | None, code: int) -> None:
    def call(_tick: Tick, _context: Any) -> None:
        if raised is not None:
            raise raised

    assert schedule.handler(call, "f", 30, 60, 0)(Task("t", TICK)) == code


def test_a_message_that_fails_is_never_given_up_here() -> None:
    def call(_message: Message[bytes], context: Any) -> None:
        seen.append(context.attempt)
        raise ValueError("no")

    seen: list[int | None] = []
    handle = messages.handler(Consumer("f", call, 1), 30)
    assert [handle(Task("t", b"x")) for _ in range(3)] == [FAILED] * 3
    assert seen == [None] * 3
    assert handle(Task("t", TICK)) == REFUSED
    assert len(seen) == 3


@pytest.mark.parametrize(("status", "code"), [(200, DONE), (302, DONE), (400, FAILED), (503, FAILED)])
def test_the_status_of_a_webhooks_response_is_the_state_of_its_task(status: int, code: int) -> None:
    from portable.eventing.response import Response

    seen: list[Any] = []

    def call(request: Any, context: Any) -> Response:
        seen.append(
            (request.method, request.path, request.body, dict(request.headers.multi_items()), context.request_id)
        )
        return Response(b"x", status)

    table = RouteTable([("/paid", {"POST": Route("paid", call, 1000)})])
    assert webhook.handler(table, "paid", "/paid", 30)(Task("t-1", b"\x00")) == code
    assert seen == [("POST", "/paid", b"\x00", {}, "t-1")]


def test_a_task_is_recorded_and_made_again() -> None:
    for payload in (b"text", b"\xff\x00"):
        made = Task("t", payload)
        assert native(json.loads(json.dumps(plain(made)))) == made
    with pytest.raises(TypeError, match="is not a task of IronWorker"):
        plain({"id": "t"})
