"""A Response that a handler changed is checked when it is returned: what HTTP cannot carry never leaves the process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from portable import Response
from portable.eventing.response import to_response

WRONG: dict[str, Callable[[Any], object]] = {
    "a line break in a header": lambda r: r.headers.append(("x-a", "b\r\nset-cookie: c=d")),
    "a name that is none": lambda r: r.headers.append(("x a:\n", "b")),
    "a value that is no text": lambda r: r.headers.append(("x-a", 5)),
    "a character outside latin-1": lambda r: r.headers.__setitem__(0, ("x-a", "€")),
    "a length that is not the body's": lambda r: r.headers.append(("content-length", "1000")),
    "a header of the connection": lambda r: r.headers.append(("transfer-encoding", "chunked")),
    "a second content type": lambda r: r.headers.append(("Content-Type", "text/html")),
    "headers that are none": lambda r: setattr(r, "headers", None),
    "headers of another form": lambda r: setattr(r, "headers", ["x-a: b"]),
    "a status out of range": lambda r: setattr(r, "status", 99),
    "a status that is text": lambda r: setattr(r, "status", "200"),
    "a status without a body": lambda r: setattr(r, "status", 204),
    "a line break in a cookie": lambda r: r.cookies.append("a=b\r\nx-evil: 1"),
    "a cookie that is no text": lambda r: r.cookies.append(7),
}


@pytest.mark.parametrize("way", WRONG)
def test_what_http_cannot_carry_is_refused(way: str) -> None:
    response = Response("hello")
    WRONG[way](response)
    with pytest.raises((ValueError, TypeError)):
        to_response(response)


def test_what_fits_is_sent_as_it_was_changed() -> None:
    response = Response("hello", headers=[("set-cookie", "a=1")]).set_cookie("b", "2")
    response.status = 201
    response.headers += [("x-a", "1"), ("x-a", "2")]
    sent = to_response(response)
    assert (sent.status, sent.body, sent.header("x-a")) == (201, b"hello", "1, 2")
    assert sent.header("content-type") == "text/plain; charset=utf-8"
    assert [cookie.partition(";")[0] for cookie in sent.cookies] == ["a=1", "b=2"]


def test_a_response_that_nobody_changed_is_sent_as_it_is() -> None:
    for response in (Response(), Response.json({}), Response("x", headers={"set-cookie": "a=1", "x-b": "c"})):
        assert to_response(response) is response
        assert to_response(to_response(response)) is response
