"""Every log line is one JSON object, whatever is logged, and says which call it came from."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator
from time import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portable.base.log_lines import Shape
from portable.base.logs import JsonFormatter, current
from portable.compute.context import Context

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


class Broken:
    """A value that cannot be shown."""

    def __str__(self) -> str:
        raise RuntimeError("no")

    __repr__ = __str__


@pytest.fixture
def call() -> Iterator[Context]:
    context = Context("request-1", "upload", time() + 1, trace=TRACE)
    token = current.set(context)
    yield context
    current.reset(token)


def line(
    message: str = "hello", *args: Any, shape: Shape | None = None, exc_info: Any = None, **extra: Any
) -> dict[str, Any]:
    record = logging.LogRecord("shop", logging.WARNING, __file__, 1, message, args, exc_info)
    record.__dict__.update(extra)
    text = JsonFormatter(lambda: shape or Shape()).format(record)
    assert "\n" not in text
    text.encode()

    def no_constant(name: str) -> Any:
        raise AssertionError(f"{name} is not JSON")

    return dict(json.loads(text, parse_constant=no_constant))


def test_a_line_carries_time_level_message_and_logger() -> None:
    found = line("sold %d of %s", 3, "tea")
    assert found.pop("timestamp").endswith("Z")
    assert found == {"level": "WARNING", "message": "sold 3 of tea", "logger": "shop"}


def test_a_line_of_a_call_carries_the_call_in_the_shape_of_the_log_service(call: Context) -> None:
    assert call.request_id == "request-1"
    shape = Shape("time", "severity", "labels", "trace", "projects/p/traces/")
    found = line(shape=shape)
    assert (found["severity"], found["labels"], found["function"]) == ("WARNING", "request-1", "upload")
    assert found["trace"] == "projects/p/traces/0af7651916cd43dd8448eb211c80319c"
    assert line()["requestId"] == "request-1"


def test_extras_are_kept_and_never_replace_what_is_ours() -> None:
    found = line(order={"id": 1, "at": {2}}, level="mine", logger="mine")
    assert found["order"] == {"id": 1, "at": "{2}"}
    assert (found["level"], found["logger"]) == ("WARNING", "shop")


def test_an_error_is_written_with_its_stack_in_one_line() -> None:
    try:
        raise ValueError("bad\nthing")
    except ValueError as error:
        found = line(exc_info=(type(error), error, error.__traceback__))
    assert (found["error"]["type"], found["error"]["message"]) == ("ValueError", "bad\nthing")
    assert "test_logs.py" in found["error"]["stack"]
    assert "error" not in line(exc_info=(None, None, None))


def test_a_stack_that_was_asked_for_is_kept() -> None:
    assert line(stack_info="Stack: here")["stack"] == "Stack: here"


LOOP: list[Any] = []
LOOP.append(LOOP)


@pytest.mark.parametrize(
    "value",
    [
        float("nan"),
        {"n": float("inf")},
        {(1, 2): 3},
        {Broken(): 1},
        Broken(),
        [Broken()],
        LOOP,
        object(),
        b"\xff",
        "\ud800",
    ],
)
def test_a_line_is_never_lost_for_a_value(value: Any) -> None:
    found = line("still here", first=value, second=2, third={"a": [1]})
    assert (found["message"], found["second"], found["third"]) == ("still here", 2, {"a": [1]})
    assert "first" in found


def test_an_error_that_cannot_be_shown_is_still_written() -> None:
    class Odd(Exception):
        def __str__(self) -> str:
            raise RuntimeError("no")

    found = line(exc_info=(Odd, Odd(), None))
    assert found["error"]["type"] == "Odd"


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.dates(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text() | st.integers() | st.binary(), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.text(), ANYTHING)
def test_any_message_and_extra_is_one_line_of_json(message: str, value: Any) -> None:
    assert line("%s", message, extra_field=value)["message"].encode("utf-8", "surrogatepass") == message.encode(
        "utf-8", "surrogatepass"
    )


def test_where_there_are_tasks_each_has_its_own_call_and_gives_it_to_its_threads() -> None:
    async def handle(name: Any) -> tuple[Any, Any, Any]:
        current.set(name)
        await asyncio.sleep(0)
        return name, current.get(), await asyncio.to_thread(current.get)

    async def both() -> list[tuple[Any, Any, Any]]:
        return await asyncio.gather(handle("a"), handle("b"))

    assert asyncio.run(both()) == [("a", "a", "a"), ("b", "b", "b")]
    assert current.get() is None
