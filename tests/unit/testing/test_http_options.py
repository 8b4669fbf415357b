"""`cloud.http` takes what httpx takes: each form of each option, redirects, and what it refuses."""

from __future__ import annotations

import io
from http.cookiejar import CookieJar
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portable import Request, Response, function, http
from portable.testing import Cloud
from portable.testing.app import load_modules
from portable.testing.http.building import build_request


@function(http.any("/echo/{path:path}"))
def echo(path: str, request: Request) -> dict[str, Any]:
    return {
        "method": request.method,
        "query": request.query.multi_items(),
        "headers": request.headers.multi_items(),
        "cookies": request.cookies,
        "body": request.text(),
    }


@function(http.post("/form"))
def form(request: Request) -> list[list[Any]]:
    found = []
    for name, value in request.form().multi_items():
        if isinstance(value, str):
            found.append([name, value])
        else:
            found.append([name, value.filename, value.content_type, value.content.decode()])
    return found


@function(http.any("/go/{status}"))
def lead(status: int, to: Annotated[str, http.Header("x-to")]) -> Response:
    return Response(b"", status, {"location": to}).set_cookie("seen", "yes")


@pytest.fixture(scope="module")
def client():
    import sys

    cloud = Cloud(load_modules([sys.modules[__name__]]))
    yield cloud.http
    cloud.close()


def sent(client, **options: Any) -> dict[str, Any]:
    found: dict[str, Any] = client.post("/echo/x", **options).expect(200).json()
    found["headers"] = dict(found["headers"])
    return found


@pytest.mark.parametrize(
    ("params", "query"),
    [
        ({"a": 1, "b": [True, None, 2.5]}, [["a", "1"], ["b", "true"], ["b", ""], ["b", "2.5"]]),
        ([("a", "1"), ("a", "ü &")], [["a", "1"], ["a", "ü &"]]),
        ("a=1&b=%C3%BC", [["a", "1"], ["b", "ü"]]),
        (b"a=1", [["a", "1"]]),
        (iter([("a", (1, 2))]), [["a", "1"], ["a", "2"]]),
    ],
)
def test_params_in_every_form(client, params: Any, query: list[list[str]]) -> None:
    assert sent(client, params=params)["query"] == query


@pytest.mark.parametrize("headers", [{"X-A": "1"}, [("x-a", "1")], [(b"X-A", b"1")], {b"x-a": b"1"}])
def test_headers_in_every_form(client, headers: Any) -> None:
    assert sent(client, headers=headers)["headers"]["x-a"] == "1"


def test_cookies_in_every_form(client) -> None:
    jar = CookieJar()
    for cookies in ({"a": "1"}, [("a", "1")]):
        assert sent(client, cookies=cookies)["cookies"] == {"a": "1"}
    assert sent(client, cookies=jar)["cookies"] == {}


def test_bodies_in_every_form(client) -> None:
    for content in ("ab", b"ab", bytearray(b"ab"), iter([b"a", b"b"]), io.BytesIO(b"ab")):
        assert sent(client, content=content)["body"] == "ab"
    assert sent(client, data="raw")["body"] == "raw"
    assert sent(client, data={"a": ["1", "2"], "b": True})["body"] == "a=1&a=2&b=true"
    assert sent(client, data=[("a", "1"), ("a", "2")])["body"] == "a=1&a=2"
    found = sent(client, json={"a": None})
    assert (found["body"], found["headers"]["content-type"]) == ('{"a":null}', "application/json")


@pytest.mark.parametrize(
    ("file", "read"),
    [
        (b"x", ["f", "upload", "application/octet-stream", "x"]),
        (io.BytesIO(b"x"), ["f", "upload", "application/octet-stream", "x"]),
        (("a.txt", b"x"), ["f", "a.txt", "text/plain", "x"]),
        (("a.txt", io.StringIO("x")), ["f", "a.txt", "text/plain", "x"]),
        (("a.txt", "x", "text/csv"), ["f", "a.txt", "text/csv", "x"]),
        (("a.txt", "x", None, {"Content-Type": "text/html"}), ["f", "a.txt", "text/html", "x"]),
        ((None, "x"), ["f", "x"]),
    ],
)
def test_files_in_every_form(client, file: Any, read: list[str]) -> None:
    assert client.post("/form", files={"f": file}).expect(200).json() == [read]
    if not isinstance(file, io.BytesIO) and not (isinstance(file, tuple) and hasattr(file[1], "read")):
        found = client.post("/form", data={"a": ["1", "2"]}, files=[("f", file), ("f", file)]).expect(200).json()
        assert found == [["a", "1"], ["a", "2"], read, read]


def test_auth_is_basic_or_a_function(client) -> None:
    assert sent(client, auth=("ada", "open sesame"))["headers"]["authorization"] == "Basic YWRhOm9wZW4gc2VzYW1l"
    assert sent(client, auth=lambda headers: headers.update({"Authorization": "x"}))["headers"]["authorization"] == "x"


def test_what_is_about_the_connection_changes_nothing(client) -> None:
    assert client.get("http://testserver/echo/x?a=1", timeout=3, extensions={}).json()["query"] == [["a", "1"]]


@pytest.mark.parametrize(
    ("status", "method", "follows"),
    [(301, "POST", "GET"), (302, "POST", "GET"), (303, "PUT", "GET"), (307, "POST", "POST"), (308, "PUT", "PUT")],
)
def test_redirects_are_followed_as_httpx_follows_them(client, status: int, method: str, follows: str) -> None:
    options: dict[str, Any] = {"headers": {"x-to": "../echo/y?b=2"}, "content": b"body"}
    assert client.request(method, f"/go/{status}", **options).status_code == status
    response = client.request(method, f"/go/{status}", follow_redirects=True, **options).expect(200)
    found = response.json()
    assert (found["method"], found["query"], found["cookies"]) == (follows, [["b", "2"]], {"seen": "yes"})
    assert found["body"] == ("body" if follows != "GET" else "")
    assert [earlier.status_code for earlier in response.history] == [status]


def test_a_redirect_that_never_ends_or_leaves_the_app_says_so(client) -> None:
    with pytest.raises(ValueError, match="more than 20 times"):
        client.get("/go/302", headers={"x-to": "/go/302"}, follow_redirects=True)
    with pytest.raises(ValueError, match=r"redirects to https://example\.org/, which is not the app"):
        client.get("/go/302", headers={"x-to": "https://example.org/"}, follow_redirects=True)


def test_what_is_wrong_is_told() -> None:
    with pytest.raises(TypeError, match="a request has no jsn: it takes auth, client_ip"):
        build_request("GET", "/", {"jsn": 1})  # type: ignore[typeddict-unknown-key]
    with pytest.raises(ValueError, match="must start with a /"):
        build_request("GET", "x", {})
    with pytest.raises(ValueError, match="must begin with http"):
        build_request("GET", "ftp://x/y", {})
    with pytest.raises(TypeError, match="not 1 values"):
        build_request("POST", "/", {"files": {"a": ("x",)}})


@given(st.dictionaries(st.text(min_size=1), st.lists(st.text(), min_size=1), max_size=4))
def test_any_params_arrive_as_they_were_sent(params: dict[str, list[str]]) -> None:
    pairs = [(name, value) for name, values in params.items() for value in values]
    try:
        request = build_request("GET", "/", {"params": params})
    except UnicodeEncodeError:  # a lone surrogate is no text
        return
    assert request.query.multi_items() == pairs
