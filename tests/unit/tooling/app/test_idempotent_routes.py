"""Which routes must say to whom their stored responses belong."""

from __future__ import annotations

from pathlib import Path

import pytest
from unit.tooling.entry.apps import imported

from portable.errors import DeclarationError

HEAD = """
from typing import Annotated
from portable import Context, Idempotent, Message, Queue, Request, Table, function, http
seen = Table("seen", key="id", ttl="expires")
jobs = Queue("jobs")
"""
ROUTE = """
@function(http.post("/orders"), idempotent=Idempotent(seen{options}))
def order({parameter}) -> str:
    return ""
"""
READS = [
    'who: Annotated[str, http.Header("authorization")]',
    'who: Annotated[str, http.Header("Authorization")] = ""',
    'who: Annotated[str | None, http.Header("x-api-key")] = None',
    'who: Annotated[str, http.Header("cookie")]',
    'session: Annotated[str, http.Cookie("session")]',
    "request: Request",
]


@pytest.mark.parametrize("parameter", READS)
def test_a_route_that_knows_its_caller_must_name_its_scope(tmp_path: Path, parameter: str) -> None:
    with (
        pytest.raises(DeclarationError, match=r"app\w*\.py:\d+: order is idempotent and .*scope=.*\"public\""),
        imported(tmp_path, ROUTE.format(options="", parameter=parameter), head=HEAD),
    ):
        pass


@pytest.mark.parametrize("parameter", READS)
@pytest.mark.parametrize("scope", ['"public"', 'lambda request: request.headers.get("authorization")'])
def test_a_route_that_names_its_scope_may_read_its_caller(tmp_path: Path, parameter: str, scope: str) -> None:
    with imported(tmp_path, ROUTE.format(options=f", scope={scope}", parameter=parameter), head=HEAD) as app:
        assert app.functions[0].idempotent is not None


@pytest.mark.parametrize("parameter", ["body: bytes", 'key: Annotated[str, http.Header("idempotency-key")]', "n: int"])
def test_a_route_without_a_caller_needs_no_scope(tmp_path: Path, parameter: str) -> None:
    with imported(tmp_path, ROUTE.format(options="", parameter=parameter), head=HEAD) as app:
        assert app.functions[0].idempotent is not None


def test_a_message_has_no_scope(tmp_path: Path) -> None:
    source = '@function(jobs.messages(), idempotent=Idempotent(seen, scope="public"))\ndef work(m: Message[str]) -> None: ...\n'
    with (
        pytest.raises(DeclarationError, match="scope= of Idempotent is only for HTTP"),
        imported(tmp_path, source, head=HEAD),
    ):
        pass
