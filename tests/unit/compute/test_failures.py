"""Nothing that a handler does ends the process, and nothing that a client sends is a 500."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from unit.tooling.entry.apps import Entry, served

APP = """
import asyncio
import uuid

@function(http.get("/raise/{kind}"))
def plain(kind: str) -> None:
    raise RAISED[kind]()

@function(http.get("/later/{kind}"))
async def later(kind: str) -> None:
    await asyncio.sleep(0)
    raise RAISED[kind]()

class NoText(Exception):
    def __str__(self):
        raise ValueError("no text either")

class ExitsAsText(BaseException):
    def __str__(self):
        raise SystemExit(4)

class Wraps(Exception):
    def __getattr__(self, name):
        return getattr(self.inner, name)

class Meta(type):
    def __getattr__(cls, name):
        raise RuntimeError(name)

class Guarded(Exception, metaclass=Meta):
    pass

class NoStatus(HTTPError):
    def __init__(self):
        pass

class Strange(BaseException):
    pass

RAISED = {
    "exit": lambda: SystemExit(3),
    "cancelled": asyncio.CancelledError,
    "interrupt": KeyboardInterrupt,
    "generator": GeneratorExit,
    "strange": Strange,
    "group": lambda: ExceptionGroup("several", [ValueError("a"), KeyError("b")]),
    "base group": lambda: BaseExceptionGroup("several", [SystemExit(1), ValueError("a")]),
    "no text": NoText,
    "exits as text": ExitsAsText,
    "wraps": Wraps,
    "guarded": Guarded,
    "no status": NoStatus,
    "status 99": lambda: HTTPError(99, "x"),
    "status True": lambda: HTTPError(True, "x"),
    "status text": lambda: HTTPError("404", "x"),
    "detail": lambda: HTTPError(400, NoText()),
}
"""


@pytest.fixture(scope="module", params=[False, True], ids=["called", "awaited"])
def entry(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Entry]:
    with served(tmp_path_factory.mktemp("app"), APP, awaited=request.param) as found:
        yield found


KINDS = ["exit", "cancelled", "interrupt", "generator", "strange", "group", "base group", "no text"]
HOSTILE = ["exits as text", "wraps", "guarded"]


@pytest.mark.parametrize("kind", [*KINDS, *HOSTILE, "no status", "status 99", "status True", "status text", "detail"])
@pytest.mark.parametrize("path", ["raise", "later"])
def test_whatever_a_handler_raises_is_500_and_the_next_request_is_answered(entry: Entry, path: str, kind: str) -> None:
    for method in ("GET", "HEAD"):
        response = entry.send(method, f"/{path}/{kind.replace(' ', '%20')}")
        assert response.status == 500
    assert json.loads(entry.send("GET", f"/{path}/{kind}").body) == {"detail": "Internal Server Error"}


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_handler_raised_is_logged_with_its_traceback(
    entry: Entry, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        entry.send("GET", f"/raise/{kind.replace(' ', '%20')}")
    assert [record.exc_info is not None for record in caplog.records if record.name == "portable"] == [True]


class _Broken(logging.Handler):
    def __init__(self, error: type[BaseException]) -> None:
        super().__init__()
        self._error = error

    def emit(self, record: logging.LogRecord) -> None:
        raise self._error("the log is full")


@pytest.mark.parametrize("error", [OSError, SystemExit])
def test_a_log_handler_that_fails_does_not_fail_the_reply(entry: Entry, error: type[BaseException]) -> None:
    broken = _Broken(error)
    logging.getLogger("portable").addHandler(broken)
    try:
        assert entry.send("GET", "/raise/group").status == 500
    finally:
        logging.getLogger("portable").removeHandler(broken)


def test_a_task_that_is_cancelled_from_outside_ends() -> None:
    from time import time

    from portable.compute.context import Context
    from portable.compute.dispatch import http_async
    from portable.eventing.request import Request
    from portable.eventing.routing import Route, RouteTable

    async def handler(request: Any, context: Any) -> None:
        await asyncio.sleep(30)

    table = RouteTable([("/", {"GET": Route("f", handler, 10)})])

    async def run() -> int:
        task = asyncio.create_task(http_async(table, Request("GET", "/"), Context("r", "f", time() + 1)))
        await asyncio.sleep(0)
        task.cancel()
        return (await task).status

    assert asyncio.run(run()) == 500
