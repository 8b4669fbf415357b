"""`http.any`: what its function gets beside the other functions of its path, and when OPTIONS reaches it."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from unit.tooling.entry.apps import Entry, served

SOURCE = """
@function(http.any("/any"))
def anything(request: Request) -> dict[str, str]:
    return {"method": request.method}

@function(http.get("/any"))
def got() -> str:
    return "got"

@function(http.any("/alone"))
def alone(request: Request) -> Response:
    return Response.text("body", headers={"x-method": request.method})

@function(http.any("/guarded", cors="*"))
def guarded() -> str:
    return "called"

@function(http.any("/beside"))
def beside() -> str:
    return "called"

@function(http.get("/beside", cors="*"))
def with_cors() -> str:
    return "got"
"""


@pytest.fixture(scope="module", params=[False, True], ids=["sync host", "async host"])
def entry(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Entry]:
    with served(tmp_path_factory.mktemp("app"), SOURCE, awaited=request.param) as found:
        yield found


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE", "PROPFIND"])
def test_any_takes_what_no_other_function_of_the_path_declares(entry: Entry, method: str) -> None:
    assert json.loads(entry.send(method, "/any").body) == {"method": method}
    assert entry.send("GET", "/any").body == b"got"


@pytest.mark.parametrize("headers", [{}, {"origin": "https://a.example", "access-control-request-method": "GET"}])
def test_any_takes_options_where_no_function_of_the_path_has_cors(entry: Entry, headers: dict[str, str]) -> None:
    response = entry.send("OPTIONS", "/any", headers=headers)
    assert (response.status, json.loads(response.body)) == (200, {"method": "OPTIONS"})
    assert response.header("allow") is None


@pytest.mark.parametrize("path", ["/guarded", "/beside"])
def test_any_takes_no_options_where_a_function_of_the_path_has_cors(entry: Entry, path: str) -> None:
    response = entry.send("OPTIONS", path)
    assert (response.status, response.body) == (204, b"")
    assert response.header("allow") == "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"


def test_head_reaches_any_as_head_where_the_path_has_no_get(entry: Entry) -> None:
    response = entry.send("HEAD", "/alone")
    assert (response.status, response.body, response.header("x-method")) == (200, b"", "HEAD")
    assert entry.send("HEAD", "/any").header("content-length") == str(len("got"))
