"""`Context.metric`: one line of the log, refused everywhere if one target would not take it."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from decimal import Decimal
from enum import Enum
from time import time
from typing import Any

import pytest

from portable.base.log_lines import Shape
from portable.base.logs import JsonFormatter, current
from portable.compute.context import Context
from portable.compute.metrics import RESERVED
from portable.errors import InvalidValue
from portable_aws.runtime.logs import SHAPE as AWS
from portable_azure.runtime.logs import SHAPE as AZURE
from portable_gcp.runtime.logs import shape as gcp

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


class Size(str, Enum):  # noqa: UP042 - a StrEnum shows its value
    """A text that shows its name, and not its value."""

    SMALL = "small"


class Lines(logging.Handler):
    """Keeps lines as a log service gets them."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.setFormatter(JsonFormatter(lambda: shape))
        self.written: list[dict[str, Any]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.written.append(json.loads(self.format(record)))


@pytest.fixture
def context() -> Context:
    return Context("r-1", "place", time() + 1, trace=TRACE)


@pytest.fixture
def hear() -> Iterator[Any]:
    heard: list[logging.Handler] = []

    def lines(shape: Shape = Shape()) -> list[dict[str, Any]]:  # noqa: B008 - a frozen value
        handler = Lines(shape)
        logging.getLogger().addHandler(handler)
        heard.append(handler)
        return handler.written

    yield lines
    for handler in heard:
        logging.getLogger().removeHandler(handler)


def test_a_metric_is_one_line_with_its_call(context: Context, hear: Any) -> None:
    lines = hear()
    context.metric("orders", 2, unit="Count", shop="x", status=201, paid=True, size=Size.SMALL)
    context.metric("lag", 0.25, unit="None")
    context.metric("seen")
    assert lines[0].pop("timestamp").endswith("Z")
    assert lines[0] == {
        "level": "INFO",
        "message": "orders=2 Count shop=x status=201 paid=true size=small",
        "logger": "portable.metrics",
        "requestId": "r-1",
        "function": "place",
        "trace": "0af7651916cd43dd8448eb211c80319c",
        "metric": {
            "name": "orders",
            "value": 2,
            "unit": "Count",
            "dimensions": {"shop": "x", "status": "201", "paid": "true", "size": "small"},
        },
    }
    assert [line["message"] for line in lines[1:]] == ["lag=0.25", "seen=1 Count"]


def test_no_level_of_the_logs_hides_a_metric(context: Context, hear: Any) -> None:
    lines, root = hear(), logging.getLogger()
    level = root.level
    root.setLevel(logging.CRITICAL)
    logging.disable(logging.CRITICAL)
    try:
        context.metric("orders")
    finally:
        root.setLevel(level)
        logging.disable(logging.NOTSET)
    assert [line["metric"]["name"] for line in lines] == ["orders"]


def test_the_call_that_runs_is_the_same_afterwards(context: Context) -> None:
    other = Context("r-2", "other", time() + 1)
    token = current.set(other)
    try:
        context.metric("orders")
        assert current.get() is other
    finally:
        current.reset(token)


@pytest.mark.parametrize(
    ("name", "value", "given", "said"),
    [
        ("", 1, {}, "1 to 100 characters: a letter"),
        ("1st", 1, {}, "not '1st'"),
        ("a b", 1, {}, "letters, digits, _ . - or /"),
        ("n" * 101, 1, {}, "1 to 100"),
        (7, 1, {}, "not 7"),
        ("level", 1, {}, "a key of every log line"),
        ("_aws", 1, {}, "a letter"),
        ("orders", True, {}, "an int or a float, not True"),
        ("orders", "1", {}, "not '1'"),
        ("orders", None, {}, "not None"),
        ("orders", Decimal(1), {}, "not Decimal"),
        ("orders", float("nan"), {}, "nan is no number"),
        ("orders", float("-inf"), {}, "-inf is no number"),
        pytest.param("orders", 10**5000, {}, "of 16610 bits is no number", id="large"),
        ("orders", 1, {"unit": "count"}, "no unit 'count'. Use Count, Percent"),
        ("orders", 1, {"unit": "Seconds/Second"}, "no unit"),
        ("orders", 1, {"unit": None}, "no unit None"),
        ("orders", 1, {"unit": ["Count"]}, "no unit"),
        ("orders", 1, {f"d{n}": "x" for n in range(11)}, "has 11 dimensions, but the limit is 10"),
        ("orders", 1, {"orders": "x"}, "must not have the name of the metric"),
        ("orders", 1, {"function": "x"}, "a key of every log line"),
        ("orders", 1, {"shop-id": "x"}, "letters, digits or _"),
        ("orders", 1, {"shop": ""}, "has 0 characters"),
        ("orders", 1, {"shop": " "}, "visible ASCII"),
        ("orders", 1, {"shop": "Zürich"}, "visible ASCII"),
        ("orders", 1, {"shop": "a\nb"}, "visible ASCII"),
        ("orders", 1, {"shop": ":a"}, "begin with a colon"),
        ("orders", 1, {"shop": "x" * 256}, "has 256 characters"),
        ("orders", 1, {"shop": 1.5}, "a str, an int or a bool, not 1.5"),
        ("orders", 1, {"shop": None}, "not None"),
    ],
)
def test_what_any_target_would_not_take_is_refused(
    context: Context, hear: Any, name: Any, value: Any, given: dict[str, Any], said: str
) -> None:
    lines = hear()
    with pytest.raises(InvalidValue) as refused:
        context.metric(name, value, **given)
    assert said in str(refused.value)
    assert lines == []


@pytest.mark.parametrize("shape", [Shape(), AWS, AZURE, gcp()])
def test_no_metric_can_hide_a_key_of_a_line(context: Context, hear: Any, shape: Shape) -> None:
    lines = hear(shape)
    context.metric("orders", shop="x")
    own = {"orders", "shop", "_aws"}  # no name begins with an underscore, and this trace has no name for it
    assert {key for key in lines[0] if "." not in key} - own <= RESERVED


def test_cloudwatch_gets_what_powertools_would_write(
    context: Context, hear: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from aws_lambda_powertools.metrics import EphemeralMetrics

    theirs = EphemeralMetrics(namespace="shop-prod")
    theirs.add_metric("latency", "Milliseconds", 12.5)
    theirs.add_dimension("shop", "x")
    wanted = theirs.serialize_metric_set()
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "shop-prod-place")
    lines = hear(AWS)
    context.metric("latency", 12.5, unit="Milliseconds", shop="x")
    [line] = lines
    [directive] = line["_aws"]["CloudWatchMetrics"]
    [expected] = wanted["_aws"]["CloudWatchMetrics"]
    assert (directive["Namespace"], directive["Metrics"]) == ("shop-prod", expected["Metrics"])
    assert directive["Dimensions"] == [["shop"]]
    assert (line["shop"], line["latency"]) == (wanted["shop"], 12.5)
    assert abs(line["_aws"]["Timestamp"] - wanted["_aws"]["Timestamp"]) < 60_000
    assert {"level", "message", "requestId", "function", "traceId"} <= line.keys()
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "mine")
    context.metric("seen")
    assert lines[1]["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "mine"
    assert lines[1]["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [[]]


def test_a_service_that_reads_no_fields_of_its_own_gets_the_metric_alone(context: Context, hear: Any) -> None:
    lines = hear(gcp())
    context.metric("orders", 3, shop="x")
    assert lines[0]["severity"] == "INFO"
    assert lines[0]["metric"]["value"] == 3
    assert "_aws" not in lines[0]
    assert "orders" not in lines[0]
