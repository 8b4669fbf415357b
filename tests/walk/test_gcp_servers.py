"""The packaged HTTP service under both servers of functions-framework: what is Google's own. The target suite has the rest."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from portable.testing.processes import Answer
from portable_gcp.testing.process import ServiceProcess

pytest.importorskip("functions_framework", reason="the host is not installed: uv pip install functions-framework")

TRACE = "0123456789abcdef0123456789abcdef"


@pytest.fixture(scope="module")
def folder(package: Any) -> Path:
    found: Path = package("tests/apps/everything", "gcp") / "bundle"
    return found


@pytest.fixture(scope="module", params=["gunicorn", "development"])
def web(request: Any, folder: Path) -> Iterator[ServiceProcess]:
    """The HTTP service under each server."""
    with ServiceProcess(folder, "http", development=request.param == "development") as found:
        yield found


def get(web: ServiceProcess, target: str, *headers: tuple[str, str], method: str = "GET") -> Answer:
    return web.request(method, target, headers=headers)


def test_a_request_arrives_as_it_was_sent(web: ServiceProcess) -> None:
    forwarded = ("X-Forwarded-For", "10.0.0.1, 203.0.113.9")
    answer = get(web, "/echo/a%2Fb%25c//caf%C3%A9/?x=1&x=2", ("X-Many", "1"), ("X-Many", "2"), forwarded)
    body = answer.json()
    assert body["raw_path"] == "/echo/a%2Fb%25c//caf%C3%A9/"
    assert body["path_params"] == {"path": "a/b%c//café/"}
    assert body["query"] == [["x", "1"], ["x", "2"]]
    assert [part.strip() for part in body["headers"]["x-many"].split(",")] == ["1", "2"]


def test_what_our_table_answers_never_comes_from_the_server(web: ServiceProcess) -> None:
    head = get(web, "/typed/1/red", method="HEAD")
    assert (head.status, head.body) == (200, b"")
    assert head.header("content-length") == get(web, "/typed/1/red").header("content-length")
    assert get(web, "/typed/1/red", method="OPTIONS").header("allow") == "GET, HEAD, OPTIONS"
    assert get(web, "/any", method="PURGE").body == b"PURGE"
    assert len(get(web, "/cookies").all("set-cookie")) == 2


@pytest.mark.parametrize("path", ["/robots.txt", "/favicon.ico", "/any/", "/later//x", "//x"])
def test_an_unknown_path_is_our_404_and_never_a_redirect(web: ServiceProcess, path: str) -> None:
    answer = get(web, path)
    assert answer.status == 404
    assert answer.json()["detail"].startswith("path not found: /")


def test_an_error_is_logged_with_the_trace_of_its_request(web: ServiceProcess) -> None:
    other = get(web, "/fail/other", ("X-Cloud-Trace-Context", f"{TRACE}/5;o=1"))
    assert (other.status, other.json()) == (500, {"detail": "Internal Server Error"})
    line = next(json.loads(line) for line in web.log.splitlines() if "a secret of the handler" in line)
    assert line["severity"] == "ERROR"
    assert line["function"] == "fail"
    assert line["logging.googleapis.com/trace"] == f"projects/test-project/traces/{TRACE}"
    assert line["execution_id"]


def test_async_handlers_of_many_threads_share_one_loop(web: ServiceProcess) -> None:
    found: list[Any] = []
    threads = [threading.Thread(target=lambda: found.append(get(web, "/later").json())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [{"function": "later", "time": True, "id": True}] * 8


def test_an_event_of_eventarc_is_refused_in_words(folder: Path) -> None:
    headers = {
        "ce-specversion": "1.0",
        "ce-id": "1",
        "ce-source": "//x",
        "ce-type": "google.cloud.audit.log.v1.written",
    }
    with ServiceProcess(folder, "work") as host:
        answer = host.post({"insertId": "1"}, headers)
        assert answer.status == 400
        assert answer.json()["came"] == 'an event "google.cloud.audit.log.v1.written" of //x'
        assert "work was not called" in host.log
