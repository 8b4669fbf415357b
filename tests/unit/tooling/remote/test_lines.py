"""Lines of logs as people and machines read them."""

from __future__ import annotations

import json
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.tooling.remote.stages import line

from portable.base.log_lines import Shape
from portable.base.logs import JsonFormatter
from portable.tooling.remote.lines import at_least, read_line

SHAPES = {
    "the usual keys": Shape(),
    "other keys": Shape("time", "severity", "execution_id", "trace", stack="stack_trace"),
}


def written(shape: Shape, level: int = logging.WARNING, **extra: object) -> str:
    record = logging.makeLogRecord({"msg": "hello %s", "args": ("Ada",), "levelno": level, "levelname": "WARNING"})
    record.__dict__.update(extra)
    try:
        raise ValueError("boom")
    except ValueError as error:
        record.exc_info = (type(error), error, error.__traceback__)
    return JsonFormatter(lambda: shape).format(record)


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_a_line_of_our_runtime_is_one_readable_line_and_then_its_traceback(shape: Shape) -> None:
    text = json.dumps(json.loads(written(shape, order=7)) | {shape.request_id: "r-1", "function": "hello"})
    first, *rest = read_line(line(1, text), shape).text().split("\n")
    assert first == "2026-01-31T12:00:00.000Z WARNING  hello r-1 hello Ada order=7"
    assert rest[0] == "    Traceback (most recent call last):"
    assert rest[-1] == "    ValueError: boom"


@pytest.mark.parametrize("text", ["START RequestId: 1", "{not json", "[1]", '{"a": 1}', "", "null", '{"message": "x"}'])
def test_a_foreign_line_is_shown_as_it_is(text: str) -> None:
    found = read_line(line(1, text), Shape())
    assert found.text() == f"2026-01-31T12:00:00.000Z -        hello {text}"


def test_a_line_cannot_pretend_to_be_two_nor_write_to_the_terminal() -> None:
    text = json.dumps({"timestamp": "", "level": "INFO", "message": "a\n2026-01-31 ERROR\x1b[2J\rb\u2028c\u0085d"})
    shown = read_line(line(1, text), Shape()).text().split("\n")
    assert all(part.startswith("    ") for part in shown[1:])
    assert not any(ord(character) < 32 for part in shown for character in part)


@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=20))
def test_whatever_was_logged_is_shown_without_control_characters_and_is_whole_as_json(
    message: str, stack: str, request: str
) -> None:
    text = json.dumps(
        {"timestamp": "t", "level": "ERROR", "message": message, "requestId": request, "error": {"stack": stack}}
    )
    entry = read_line(line(1, text), Shape())
    assert not any(
        ord(character) < 32 or 127 <= ord(character) < 160 for character in entry.text() if character not in "\t\n"
    )
    assert json.loads(json.dumps(entry.data()))["text"] == text
    assert entry.message == message


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_any_json_is_a_line(value: object) -> None:
    fields = {"timestamp": value, "level": value, "message": value, "requestId": value, "error": value, "stack": value}
    entry = read_line(line(1, json.dumps(fields)), Shape())
    assert entry.text().startswith("2026-01-31T12:00:00.000Z ")
    assert json.dumps(entry.data())


def test_a_line_of_the_platform_in_json_belongs_to_its_call() -> None:
    text = '{"time": "t", "type": "platform.report", "record": {"requestId": "r-1", "status": "success"}}'
    entry = read_line(line(1, text), Shape())
    assert (entry.request, entry.message) == ("r-1", text)


def test_levels_are_compared_by_their_weight_and_unknown_ones_are_below_all() -> None:
    assert at_least("critical", "error")
    assert at_least("WARNING", "warn")
    assert not at_least("INFO", "warning")
    assert not at_least("", "debug")
    assert not at_least("loud", "debug")
