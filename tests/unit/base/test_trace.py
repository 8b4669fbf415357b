"""An invalid traceparent is dropped, whichever way it came."""

from __future__ import annotations

import importlib
from time import time
from typing import Any

import flask
import hosts.aws_requests as aws_kit
import pytest
from hypothesis import given
from hypothesis import strategies as st

import portable_azure.testing.http as azure_kit
import portable_gcp.testing.http as gcp_kit
from portable.base.trace import traceparent
from portable.compute.context import Context
from portable.eventing.request import Request
from portable.eventing.wire import TRACE, read
from portable_aws.runtime.context import LambdaContext
from portable_azure.runtime.context import AzureContext
from portable_azure.testing.context import Invocation
from portable_gcp.runtime.context import GcpContext

GOOD = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
BAD = [
    "",
    "x",
    "00",
    "00--",
    GOOD.upper(),
    GOOD + "-more",
    GOOD + ", " + GOOD,
    GOOD.replace("4bf9", "zzzz"),
    GOOD.replace("00-", "ff-", 1),
    "00-" + "0" * 32 + "-00f067aa0ba902b7-01",
    "00-4bf92f3577b34da6a3ce929d0e0e4736-" + "0" * 16 + "-01",
    GOOD[:-1],
    GOOD.replace("-", "_"),
    GOOD + "\n",
    "\u0660\u0660" + GOOD[2:],
]


@pytest.mark.parametrize("text", BAD)
def test_what_is_no_traceparent_is_none(text: str) -> None:
    assert traceparent(text) is None
    assert Context("r", "f", time(), trace=text).trace is None


@given(st.text() | st.binary() | st.none() | st.integers())
def test_anything_is_a_traceparent_or_none(value: Any) -> None:
    assert traceparent(value) in (None, value)


def test_a_traceparent_is_kept_as_it_is() -> None:
    assert traceparent(GOOD) == GOOD
    assert traceparent("01" + GOOD[2:] + "-more") == "01" + GOOD[2:] + "-more"


def contexts(request: Request) -> dict[str, Context]:
    gcp = flask.Request(gcp_kit.encode_request(request).environ())
    native: Any = type("Native", (), {"aws_request_id": "r"})()
    return {
        **{form: LambdaContext(aws_kit.encode_request(request, form), native, "f") for form in aws_kit.FORMS},
        "azure": AzureContext(azure_kit.encode_request(request), Invocation("f"), "f", 1),
        "gcp": GcpContext(gcp.environ, gcp, "f", 1),
    }


@pytest.mark.parametrize("text", [text for text in BAD if text and "\n" not in text and text.isascii()])
def test_a_request_with_an_invalid_one_has_no_trace(text: str) -> None:
    found = contexts(Request("GET", "/x", "", {"Traceparent": text}))
    assert {name: context.trace for name, context in found.items()} == dict.fromkeys(found)


def test_a_request_with_a_valid_one_has_it() -> None:
    found = contexts(Request("GET", "/x", "", {"Traceparent": GOOD}))
    assert {name: context.trace for name, context in found.items()} == dict.fromkeys(found, GOOD)


@pytest.mark.parametrize(("sent", "came"), [(GOOD, GOOD), ("nonsense", None), (GOOD.upper(), None)])
def test_a_message_loses_an_invalid_one(sent: str, came: str | None) -> None:
    assert read("1", b"x", {TRACE: sent}).trace == came


@pytest.mark.parametrize(
    "header", ["Root=1-zzzzzzzz-" + "0" * 24 + ";Parent=" + "1" * 16, "Root=1-" + "0" * 8 + "-" + "0" * 24]
)
def test_a_trace_of_a_provider_that_is_none_is_dropped(header: str) -> None:
    assert importlib.import_module("portable_aws.runtime.context").traceparent(header) is None
