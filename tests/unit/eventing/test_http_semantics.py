"""What HTTP means through dispatch: methods, CORS, limits and faults, the same on every target."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from unit.tooling.entry.apps import Entry, served

from portable.eventing.response import Response

APP = """
from dataclasses import dataclass

@dataclass
class Item:
    name: str
    count: int

@function(http.get("/plain"))
def plain(request: Request) -> str:
    return "héllo"

@function(http.put("/plain", max_body=4))
def change(body: bytes) -> bytes:
    return body

@function(http.get("/open", cors="*"))
def open_to_all() -> dict[str, int]:
    return {"n": 1}

@function(http.get("/shop", cors=http.Cors(("https://shop.example", "https://b.example"), expose=("x-total",), credentials=True)))
def shop(fail: bool = False) -> Response:
    if fail:
        raise ValueError("secret detail")
    return ANSWER

ANSWER = Response.text("same object each time", headers={"vary": "accept"})

@function(http.post("/shop"))
def buy(item: Item) -> Item:
    return item

@function(http.get("/fail/{kind}"))
def fail(kind: str) -> None:
    if kind == "exit":
        raise RuntimeError("a secret \\ud800")
    if kind == "odd":
        raise HTTPError(400, {"a": object()})
    if kind == "empty":
        raise HTTPError(304)
    if kind == "bad-header":
        raise HTTPError(400, "no", {"x": "a\\r\\nset-cookie: b"})
    raise HTTPError(429, "later", {"retry-after": "3"})

@function(http.get("/unsendable/{kind}"))
def unsendable(kind: str) -> Any:
    return {"nan": float("nan"), "object": object(), "loop": LOOP, "text": "\\ud800", "key": {(1, 2): 3}}[kind]

LOOP: list[Any] = []
LOOP.append(LOOP)

@function(http.get("/numbers/{n}"))
async def numbers(n: int, q: int = 0) -> dict[str, int]:
    return {"n": n, "q": q}
"""


@pytest.fixture(scope="module", params=[False, True], ids=["called", "awaited"])
def entry(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Entry]:
    with served(tmp_path_factory.mktemp("app"), APP, awaited=request.param) as found:
        yield found


def headers(response: Response) -> dict[str, str]:
    return {name: response.header(name) or "" for name, _ in response.headers}


def test_head_is_get_without_its_body(entry: Entry) -> None:
    got, head = entry.send("GET", "/plain"), entry.send("HEAD", "/plain")
    assert (head.status, head.body) == (200, b"")
    assert headers(head) == {**headers(got), "content-length": str(len("héllo".encode()))}


def test_head_of_a_path_without_get_is_405(entry: Entry) -> None:
    response = entry.send("HEAD", "/shop", "fail=true")
    assert response.status == 500
    assert response.body == b""


def test_an_unknown_path_is_404_in_our_own_words(entry: Entry) -> None:
    response = entry.send("GET", "/nowhere%20at%20all")
    assert (response.status, json.loads(response.body)) == (404, {"detail": "path not found: /nowhere at all"})
    assert response.header("content-type") == "application/json"
    assert entry.send("OPTIONS", "/nowhere").status == 404


def test_another_method_is_405_with_allow(entry: Entry) -> None:
    response = entry.send("DELETE", "/plain")
    assert (response.status, response.header("allow")) == (405, "GET, HEAD, OPTIONS, PUT")
    assert entry.send("PATCH", "/shop").header("allow") == "GET, HEAD, OPTIONS, POST"


def test_options_says_what_is_allowed(entry: Entry) -> None:
    response = entry.send("OPTIONS", "/plain")
    assert (response.status, response.body, response.header("allow")) == (204, b"", "GET, HEAD, OPTIONS, PUT")
    assert response.header("access-control-allow-origin") is None


def test_a_body_over_the_limit_is_413_and_at_the_limit_is_fine(entry: Entry) -> None:
    assert entry.send("PUT", "/plain", body=b"1234").body == b"1234"
    response = entry.send("PUT", "/plain", body=b"12345")
    assert response.status == 413
    assert json.loads(response.body)["at"] == "body"


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_a_typed_body_of_another_media_type_is_415(entry: Entry, media_type: str) -> None:
    response = entry.send("POST", "/shop", headers={"Content-Type": media_type}, body=b'{"name":"a","count":1}')
    assert response.status == 415


@pytest.mark.parametrize(
    "media_type", [None, "application/json", "Application/JSON; charset=utf-8", "application/a+json"]
)
def test_a_typed_body_is_json_by_any_of_its_names(entry: Entry, media_type: str | None) -> None:
    sent = {"content-type": media_type} if media_type else {}
    response = entry.send("POST", "/shop", headers=sent, body=b'{"name":"a","count":1}')
    assert (response.status, json.loads(response.body)) == (200, {"name": "a", "count": 1})


@pytest.mark.parametrize(
    ("body", "at"),
    [
        (b"", "body"),
        (b"{", "body"),
        (b'{"name":"a"}', "body"),
        (b'{"name":"a","count":"1"}', "body.count"),
        (b'{"name":"\xff","count":1}', "body"),
        (b"[" * 100_000, "body"),
    ],
)
def test_invalid_input_is_400_with_the_place_of_the_fault(entry: Entry, body: bytes, at: str) -> None:
    response = entry.send("POST", "/shop", body=body)
    assert response.status == 400
    assert json.loads(response.body)["at"] == at


@pytest.mark.parametrize(("path", "query", "at"), [("/numbers/x", "", "path.n"), ("/numbers/1", "q=", "query.q")])
def test_an_invalid_parameter_is_400_with_its_place(entry: Entry, path: str, query: str, at: str) -> None:
    response = entry.send("GET", path, query)
    assert (response.status, json.loads(response.body)["at"]) == (400, at)


def test_a_handlers_error_is_500_logged_with_its_traceback_and_not_shown(
    entry: Entry, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        response = entry.send("GET", "/fail/exit")
    assert (response.status, json.loads(response.body)) == (500, {"detail": "Internal Server Error"})
    (record,) = caplog.records
    assert record.exc_info is not None
    assert "a secret" in str(record.exc_info[1])


def test_an_http_error_is_answered_with_its_detail_and_headers(entry: Entry) -> None:
    response = entry.send("GET", "/fail/other")
    assert (response.status, json.loads(response.body)) == (429, {"detail": "later"})
    assert response.header("retry-after") == "3"
    assert entry.send("GET", "/fail/empty").body == b""


@pytest.mark.parametrize("kind", ["odd", "bad-header"])
def test_an_http_error_that_cannot_be_sent_is_still_answered(entry: Entry, kind: str) -> None:
    response = entry.send("GET", f"/fail/{kind}")
    assert response.status == 400
    assert response.header("x") is None
    json.loads(response.body)


@pytest.mark.parametrize("kind", ["nan", "object", "loop", "text", "key"])
@pytest.mark.filterwarnings("ignore")
def test_a_value_that_cannot_be_sent_is_500(entry: Entry, kind: str) -> None:
    assert entry.send("GET", f"/unsendable/{kind}").status == 500


def test_an_async_handler_is_run(entry: Entry) -> None:
    assert json.loads(entry.send("GET", "/numbers/7", "q=1&q=2").body) == {"n": 7, "q": 2}


def cors(response: Response) -> dict[str, str]:
    return {
        name: value for name, value in headers(response).items() if name.startswith("access-control") or name == "vary"
    }


def test_a_path_open_to_all_says_so_to_whoever_asks(entry: Entry) -> None:
    assert cors(entry.send("GET", "/open", headers={"origin": "https://x.example"})) == {
        "access-control-allow-origin": "*"
    }
    assert cors(entry.send("GET", "/open")) == {}


def test_an_allowed_origin_is_named_and_caches_are_told(entry: Entry) -> None:
    for _ in range(3):
        assert cors(entry.send("GET", "/shop", headers={"Origin": "https://shop.example"})) == {
            "access-control-allow-origin": "https://shop.example",
            "access-control-allow-credentials": "true",
            "access-control-expose-headers": "x-total",
            "vary": "accept, Origin",
        }


@pytest.mark.parametrize("origin", ["https://evil.example", "https://shop.example.evil", "null", "https://shop"])
def test_another_origin_is_not_let_in_and_caches_are_told(entry: Entry, origin: str) -> None:
    assert cors(entry.send("GET", "/shop", headers={"origin": origin})) == {"vary": "accept, Origin"}
    assert cors(entry.send("GET", "/shop")) == {"vary": "accept, Origin"}


def test_an_error_keeps_its_cors_headers(entry: Entry) -> None:
    response = entry.send("GET", "/shop", "fail=1", {"origin": "https://shop.example"})
    assert response.status == 500
    assert cors(response)["access-control-allow-origin"] == "https://shop.example"


def test_a_preflight_is_answered_for_the_method_it_asks_about(entry: Entry) -> None:
    ask: dict[str, Any] = {"origin": "https://shop.example", "access-control-request-method": "GET"}
    response = entry.send("OPTIONS", "/shop", headers={**ask, "access-control-request-headers": "x-a, x-b"})
    assert response.status == 204
    assert cors(response) == {
        "access-control-allow-origin": "https://shop.example",
        "access-control-allow-credentials": "true",
        "access-control-allow-methods": "GET, HEAD, OPTIONS, POST",
        "access-control-allow-headers": "x-a, x-b",
        "access-control-max-age": "600",
        "access-control-expose-headers": "x-total",
        "vary": "Origin",
    }
    assert cors(entry.send("OPTIONS", "/shop", headers={**ask, "access-control-request-method": "POST"})) == {}


def test_the_response_of_a_handler_is_never_changed(entry: Entry) -> None:
    entry.send("HEAD", "/shop", headers={"origin": "https://shop.example"})
    assert len(entry.send("GET", "/shop").headers) == 3


def test_a_handler_that_returns_none_answers_204(tmp_path: Path) -> None:
    with served(tmp_path, '@function(http.get("/none"))\ndef nothing() -> None: ...\n') as entry:
        response = entry.send("GET", "/none")
    assert (response.status, response.body, response.headers) == (204, b"", [])


@pytest.mark.parametrize("wanted", ["x-é", "a\r\nb: c", "x-a; q=1", "\x00"])
def test_a_preflight_gives_back_only_names_of_headers(entry: Entry, wanted: str) -> None:
    ask = {"origin": "https://shop.example", "access-control-request-method": "GET"}
    response = entry.send("OPTIONS", "/shop", headers={**ask, "access-control-request-headers": wanted})
    assert response.status == 204
    assert "access-control-allow-headers" not in cors(response)
