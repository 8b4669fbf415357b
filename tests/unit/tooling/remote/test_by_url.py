"""A request to the URL of an app: sent once, to that host, and whatever comes back is the answer."""

from __future__ import annotations

import pytest
from servers.routed import Said, routed

from portable.errors import PortableError, Unavailable
from portable.eventing.request import Request
from portable.tooling.remote.by_url import call_url
from portable.tooling.remote.rest import Caller

CALLER = Caller("the cloud", None, "Sign in", "portable-functions[any]")


def request(path: str, *headers: tuple[str, str], body: bytes = b"") -> Request:
    return Request("POST", path, "", list(headers), body, "127.0.0.1")


@pytest.mark.parametrize("status", [200, 302, 404, 429, 500, 503])
def test_every_status_is_an_answer_and_nothing_is_sent_twice_or_followed(status: int) -> None:
    with routed() as server:
        said = Said(b"\x00\xff", status, (("location", "http://127.0.0.1:9/"), ("content-type", "x/y")))
        server.routes.append(("POST", "/a", lambda call: said))
        answer = call_url(CALLER, server.url, request("/a", ("x-own", "1"), body=b"b"), "", 5, {"x-road": "2"})
        [sent] = server.calls
    assert answer.response is not None
    assert (answer.response.status, answer.response.body) == (status, b"\x00\xff")
    assert (sent.body, sent.headers["x-own"], sent.headers["x-road"]) == (b"b", "1", "2")


@pytest.mark.parametrize("path", ["@elsewhere.example/", ".elsewhere.example/", ":1/", "", "a"])
def test_a_path_that_would_name_another_host_is_refused(path: str) -> None:
    with pytest.raises(PortableError, match="must start with /"):
        call_url(CALLER, "https://app.example", request(path), "", 5)


def test_a_host_that_does_not_answer_is_told_with_what_may_have_happened() -> None:
    with pytest.raises(Unavailable, match=r"no answer came .* The function may have run"):
        call_url(CALLER, "http://127.0.0.1:9", request("/a"), "", 5)
