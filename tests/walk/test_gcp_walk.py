"""The packaged artifact under the real functions-framework, with the requests that Google Cloud sends."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from hosts.gcp import Answer, Service, service

pytest.importorskip("functions_framework", reason="the host is not installed: uv pip install functions-framework")

Start = Callable[[str], Service]
TRACE = "0123456789abcdef0123456789abcdef"


@pytest.fixture(scope="module")
def folder(package: Any) -> Path:
    return package("tests/apps/everything", "gcp") / "bundle"


@pytest.fixture(scope="module")
def start(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """Return a function that starts a target once and gives its service."""
    logs = tmp_path_factory.mktemp("logs")
    running: dict[str, Service] = {}
    with ExitStack() as stack:

        def host(target: str) -> Service:
            if target not in running:
                running[target] = stack.enter_context(service(folder, target, logs / target))
            return running[target]

        yield host


@pytest.fixture(scope="module", params=["gunicorn", "development"])
def web(request: Any, folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The HTTP service under each of the two servers of functions-framework."""
    log = tmp_path_factory.mktemp("web") / "log"
    with service(folder, "http", log, development=request.param == "development") as found:
        yield found


def get(web: Service, target: str, *headers: tuple[str, str], method: str = "GET") -> Answer:
    return web.request(method, target, headers=list(headers))


def test_a_request_arrives_as_it_was_sent(web: Service) -> None:
    answer = get(
        web,
        "/echo/a%2Fb%25c//caf%C3%A9/?x=1&x=2&empty=&plus=a+b%2B",
        ("X-One", "a, b"),
        ("Cookie", "s=1; t=2"),
        ("X-Forwarded-For", "10.0.0.1, 203.0.113.9"),
    )
    body = answer.json()
    assert answer.status == 200
    assert body["raw_path"] == "/echo/a%2Fb%25c//caf%C3%A9/"
    assert body["path"] == "/echo/a/b%c//café/"
    assert body["path_params"] == {"path": "a/b%c//café/"}
    assert body["query"] == [["x", "1"], ["x", "2"], ["empty", ""], ["plus", "a b+"]]
    assert body["cookies"] == {"s": "1", "t": "2"}
    assert body["headers"]["x-one"] == "a, b"


def test_repeated_headers_are_one_value(web: Service) -> None:
    headers = get(web, "/echo/x", ("X-Many", "1"), ("X-Many", "2")).json()["headers"]
    assert [part.strip() for part in headers["x-many"].split(",")] == ["1", "2"]


def test_a_binary_body_goes_both_ways(web: Service) -> None:
    content = bytes(range(256))
    answer = web.request("POST", "/echo/x", content, {"content-type": "image/png"})
    assert (answer.status, answer.header("content-type"), answer.body) == (200, "image/png", content)


def test_a_body_over_the_limit_is_413(web: Service) -> None:
    answer = web.request("POST", "/echo/x", b"x" * 1001)
    assert answer.status == 413
    assert "1000" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("target", "at"),
    [
        ("/typed/x/red", "path.number"),
        ("/typed/1/green", "path.colour"),
        ("/typed/1/red?order=sideways", "query.order"),
    ],
)
def test_input_that_cannot_be_read_is_400_with_its_place(web: Service, target: str, at: str) -> None:
    answer = get(web, target)
    assert (answer.status, answer.json()["at"]) == (400, at)


def test_parameters_are_converted(web: Service) -> None:
    answer = get(web, "/typed/7/blue?tag=a&tag=b", ("x-agent", "me"), ("cookie", "session=abc"))
    assert answer.json() == {
        "number": 7,
        "colour": "blue",
        "ident": None,
        "tag": ["a", "b"],
        "order": "up",
        "agent": "me",
        "session": "abc",
    }


def test_a_typed_body_is_validated(web: Service) -> None:
    good = json.dumps({"customer": "ada", "items": [{"sku": "a", "count": 2}, {"sku": "b"}]}).encode()
    assert web.request("POST", "/orders", good, {"content-type": "application/json"}).json()["pieces"] == 3
    bad = web.request(
        "POST", "/orders", b'{"customer": "ada", "items": [{"sku": 1}]}', {"content-type": "application/json"}
    )
    assert (bad.status, bad.json()["at"]) == (400, "body.items[0].sku")
    assert web.request("POST", "/orders", good, {"content-type": "text/plain"}).status == 415


def test_cookies_are_never_joined(web: Service) -> None:
    assert get(web, "/cookies").all("set-cookie") == [
        "a=1; Path=/; SameSite=Lax",
        "b=2; Path=/; HttpOnly; SameSite=Lax",
    ]


def test_a_form_is_read(web: Service) -> None:
    answer = web.request("POST", "/form", b"a=1&a=2&b=x+y", {"content-type": "application/x-www-form-urlencoded"})
    assert answer.json() == [["a", "1"], ["a", "2"], ["b", "x y"]]


def test_errors_say_what_the_client_may_know(web: Service) -> None:
    teapot = get(web, "/fail/teapot")
    assert (teapot.status, teapot.json()) == (418, {"detail": {"short": "and stout"}})
    other = get(web, "/fail/other", ("X-Cloud-Trace-Context", f"{TRACE}/5;o=1"))
    assert (other.status, other.json()) == (500, {"detail": "Internal Server Error"})
    line = next(json.loads(line) for line in web.log.splitlines() if "a secret of the handler" in line)
    assert line["severity"] == "ERROR"
    assert line["function"] == "fail"
    assert line["logging.googleapis.com/trace"] == f"projects/test-project/traces/{TRACE}"
    assert line["execution_id"]


def test_head_options_and_unknown_methods_are_answered_by_our_table(web: Service) -> None:
    head = get(web, "/typed/1/red", method="HEAD")
    assert (head.status, head.body) == (200, b"")
    assert head.header("content-length") == get(web, "/typed/1/red").header("content-length")
    preflight = get(
        web,
        "/typed/1/red",
        ("origin", "https://shop.example"),
        ("access-control-request-method", "GET"),
        method="OPTIONS",
    )
    assert (preflight.status, preflight.header("allow")) == (204, "GET, HEAD, OPTIONS")
    assert preflight.header("access-control-allow-origin") == "https://shop.example"
    refused = get(web, "/typed/1/red", method="DELETE")
    assert (refused.status, refused.header("allow")) == (405, "GET, HEAD, OPTIONS")
    assert get(web, "/any", method="PURGE").body == b"PURGE"


@pytest.mark.parametrize("path", ["/nowhere", "/robots.txt", "/favicon.ico", "/echo", "/any/", "/later//x", "//x"])
def test_an_unknown_path_is_our_404_and_never_a_redirect(web: Service, path: str) -> None:
    answer = get(web, path)
    assert answer.status == 404
    assert answer.json()["detail"].startswith("there is nothing at /")


def test_async_handlers_of_many_threads_share_one_loop(web: Service) -> None:
    found: list[Any] = []
    threads = [threading.Thread(target=lambda: found.append(get(web, "/later").json())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [{"function": "later", "time": True, "id": True}] * 8


def push(text: str, attempt: int | None = None, **attributes: str) -> dict[str, Any]:
    """Return what Pub/Sub pushes, as its documentation describes it."""
    from base64 import b64encode

    body: dict[str, Any] = {
        "message": {
            "data": b64encode(text.encode()).decode(),
            "messageId": f"m-{text}",
            "message_id": f"m-{text}",
            "publishTime": "2026-01-01T00:00:00.123Z",
            "publish_time": "2026-01-01T00:00:00.123Z",
            "attributes": attributes,
        },
        "subscription": "projects/p/subscriptions/s",
    }
    return body if attempt is None else {**body, "deliveryAttempt": attempt}


def test_a_message_that_fails_comes_again_until_its_attempts_are_used_up(start: Start) -> None:
    bad = '{"sku": "a", "count": -1}'
    assert start("work").post(push(bad, 1)).status == 500
    assert start("work").post(push("{", 1)).status == 500
    assert start("work").post(push(bad, 2)).status == 204
    assert f"gave up message m-{bad}".replace('"', '\\"') in start("work").log


def test_a_topic_hears_what_its_filter_lets_through(start: Start) -> None:
    assert start("listen").post(push("loud", level="high")).status == 204
    assert start("listen").post(push("quiet", level="low")).status == 204
    assert '"text": "loud"' in start("listen").log
    assert '"text": "quiet"' not in start("listen").log


def test_a_tick_arrives_at_the_time_it_was_due(start: Start) -> None:
    headers = {"X-CloudScheduler": "true", "X-CloudScheduler-ScheduleTime": "2026-03-29T02:30:00Z"}
    assert start("tick").request("POST", "/", b"", headers).status == 204
    assert '"due": "2026-03-29T02:30:00+00:00"' in start("tick").log


@pytest.mark.parametrize(
    ("target", "came"),
    [
        ("work", 'an event \\"google.cloud.audit.log.v1.written\\" of //x'),
        ("listen", 'an event \\"google.cloud.audit.log.v1.written\\" of //x'),
        ("gone", 'an event \\"google.cloud.audit.log.v1.written\\" of //x'),
        ("arrived", 'an event \\"google.cloud.audit.log.v1.written\\" of //x'),
        ("tick", 'an event \\"google.cloud.audit.log.v1.written\\" of //x'),
    ],
)
def test_another_event_is_refused_before_the_handler(start: Start, target: str, came: str) -> None:
    headers = {
        "ce-specversion": "1.0",
        "ce-id": "1",
        "ce-source": "//x",
        "ce-type": "google.cloud.audit.log.v1.written",
    }
    answer = start(target).post({"insertId": "1"}, headers)
    assert answer.status == 400
    assert answer.json()["came"] == came.replace("\\", "")
    assert f"{target} was not called" in start(target).log
