"""What a client gets is the same on the direct road and on every wire."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from portable.testing import Cloud, events
from portable.testing.app import App, load_folder
from portable.testing.http.client import HttpResponse
from portable.testing.session.session import Session

FOLDER = Path(__file__).parents[2] / "apps" / "everything"
WIRES = ("aws", "azure", "gcp")
NOT_SENT = ("x-forwarded-for", "content-length", "host")
"""Headers that a front end adds or changes."""

CASES: list[tuple[str, str, dict[str, Any]]] = [
    ("GET", "/echo/a%20b%25/caf%C3%A9//x/?x=1&x=2&empty=&plus=a+b%2B&%C3%BC=%C3%A4", {}),
    ("GET", "/echo/", {"headers": [("X-Many", "a"), ("x-many", "b"), ("Accept", "text/html")]}),
    ("GET", "/echo/x", {"cookies": {"a": "1", "b": "x y"}}),
    ("HEAD", "/echo/x", {}),
    ("OPTIONS", "/echo/x", {}),
    ("DELETE", "/echo/x", {}),
    ("POST", "/echo/x", {"content": bytes(range(256)), "headers": {"content-type": "image/png"}}),
    ("POST", "/echo/x", {"content": "grüße", "headers": {"content-type": "text/plain; charset=utf-8"}}),
    ("POST", "/echo/x", {"content": b"x" * 1001}),
    ("POST", "/echo/x", {}),
    ("GET", "/typed/7/red?tag=a&tag=b&order=down", {"headers": {"X-Agent": "kit"}}),
    ("GET", "/typed/seven/red", {}),
    ("GET", "/typed/7/green", {}),
    (
        "OPTIONS",
        "/typed/7/red",
        {"headers": {"origin": "https://shop.example", "access-control-request-method": "GET"}},
    ),
    ("GET", "/typed/7/red", {"headers": {"origin": "https://shop.example"}}),
    ("GET", "/cookies", {}),
    ("POST", "/form", {"data": {"a": "1 2", "b": ["x", "y"]}}),
    ("POST", "/form", {"data": {"a": "1"}, "files": {"f": ("é.txt", b"content", "text/plain")}}),
    ("POST", "/orders", {"json": {"customer": "ada", "items": [{"sku": "a", "count": 2}]}}),
    ("POST", "/orders", {"json": {"customer": "ada"}}),
    ("POST", "/orders", {"content": "customer=ada", "headers": {"content-type": "text/plain"}}),
    ("GET", "/fail/teapot", {}),
    ("GET", "/fail/otherwise", {}),
    ("GET", "/later", {}),
    ("PATCH", "/any", {}),
    ("GET", "/files/nothing", {}),
    ("GET", "/nowhere", {}),
    ("PATCH", "/nowhere/at/all", {"json": {"a": 1}}),
]


@pytest.fixture(scope="module")
def app() -> App:
    return load_folder(FOLDER)


@pytest.fixture(scope="module")
def session(app: App):
    session = Session(app)
    yield session
    session.close()


def seen(response: HttpResponse) -> tuple[object, ...]:
    body: object = response.content
    if response.headers.get("content-type") == "application/json" and response.content:
        body = response.json()
        if isinstance(body, dict) and isinstance(body.get("headers"), dict):
            body["headers"] = {k: v for k, v in body["headers"].items() if k not in NOT_SENT}
    headers = {k: v for k, v in response.headers.items() if k != "content-length"}
    return response.status_code, headers, sorted(response.set_cookies), body


def ask(session: Session, wire: str | None, case: tuple[str, str, dict[str, Any]]) -> tuple[object, ...]:
    cloud = Cloud(session.app, session, wire)
    try:
        method, url, options = case
        return seen(cloud.http.request(method, url, **options))
    finally:
        cloud.close()


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0]} {case[1][:30]}")
def test_the_answer_is_the_same(session: Session, wire: str, case: tuple[str, str, dict[str, Any]]) -> None:
    assert ask(session, wire, case) == ask(session, None, case)


@pytest.mark.parametrize("wire", [None, *WIRES])
def test_every_event_function_can_be_fired(session: Session, wire: str | None) -> None:
    cloud = Cloud(session.app, session, wire)
    try:
        for function in session.app.model.functions:
            kind, trigger = function.trigger["kind"], function.trigger
            if kind == "schedule":
                cloud.schedule(function.name).fire(at="2026-01-02T03:05")
            elif kind == "object":
                key = f"{trigger['prefix']}a+b c{trigger['suffix']}"
                make = events.object_created if trigger["event"] == "created" else events.object_deleted
                cloud.function(function.name).fire(make(trigger["bucket"], key))
        for function in session.app.model.functions:
            if function.trigger["kind"] in ("schedule", "object"):
                (call,) = cloud.function(function.name).calls
                assert call.event is not None
                if function.trigger["kind"] == "object":
                    assert "a+b c" in call.event.key
    finally:
        cloud.close()


def test_an_http_api_loses_what_it_loses_in_the_kit_too(app: App) -> None:
    cloud = Cloud(app, None, "aws")
    try:
        assert cloud.http.get("//echo/a%2Fb").json()["path"] == "/echo/a/b"
        assert cloud.http.get("/echo/a%252Fb").json()["path"] == "/echo/a%2Fb"
    finally:
        cloud.close()
