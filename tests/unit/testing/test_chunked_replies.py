"""What a test sees of a reply that is made piece by piece."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from unit.testing import chunks_app as app

from portable.testing import Cloud
from portable.testing.http.client import Interrupted


@pytest.fixture
def portable_app() -> Any:
    return app


@pytest.fixture(autouse=True)
def _clean() -> Iterator[None]:
    yield
    app.closed.clear()


@pytest.mark.parametrize(("path", "first"), [("/numbers", [b"0\n", b"1\n"]), ("/ticks", [b"tick\n", b"tick\n"])])
def test_a_client_reads_as_much_as_it_wants_and_goes(cloud: Cloud, path: str, first: list[bytes]) -> None:
    with cloud.http.stream("GET", path) as reply:
        assert reply.expect(200).headers["content-type"] == "text/plain; charset=utf-8"
        chunks = reply.iter_chunks()
        assert [next(chunks), next(chunks)] == first
        assert app.closed == []
    assert app.closed == [path[1:]]
    assert reply.chunks == first
    assert cloud.failures == []


def test_what_a_stream_does_belongs_to_its_call(cloud: Cloud) -> None:
    with cloud.http.stream("GET", "/numbers") as reply:
        chunks = reply.iter_chunks()
        assert [next(chunks) for _ in range(3)]
    assert cloud.bucket(app.files).keys() == ["sent/0", "sent/1", "sent/2"]
    (call,) = cloud.function(app.numbers).calls
    assert [used[2] for used in call.resource_calls] == ["put"] * 3


def test_a_reply_that_breaks_is_told_with_what_came_and_why(cloud: Cloud) -> None:
    with pytest.raises(Interrupted, match="after 1 chunks") as told:
        cloud.http.get("/broken")
    assert told.value.response.content == b"a"
    assert isinstance(told.value.__cause__, ValueError)
    (failure,) = cloud.failures
    assert isinstance(failure.error, ValueError)


@pytest.mark.parametrize("path", ["/once", "/once-awaited"])
def test_a_stored_reply_is_given_whole_again(cloud: Cloud, path: str) -> None:
    sent = {"idempotency-key": "k"}
    assert cloud.http.post(path, headers=sent).expect(200).content == b"0,1,2,"
    again = cloud.http.post(path, headers=sent).expect(200)
    assert (again.content, again.headers["content-type"]) == (b"0,1,2,", "text/csv; charset=utf-8")
    assert len(cloud.calls) == 2
