"""A conditional put looks before it says Conflict: a store refuses also what it has just done, or would do in a moment."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any

import pytest
from obstore.store import MemoryStore, S3Store

from portable.errors import Conflict, NotFound, Throttled
from portable.storage import obstore_conditions
from portable.storage.async_clients import AsyncBucketReadWriter
from portable.storage.bucket import Bucket
from portable.storage.clients import BucketReadWriter
from portable.storage.obstore_driver import ObstoreBucket
from portable.storage.obstore_objects import Traits

PHOTOS = Bucket("photos")
Put = Callable[..., Any]


class S3(BaseHTTPRequestHandler):
    """One object of S3 by If-None-Match and If-Match, with accidents: what becomes of each put, in order."""

    protocol_version = "HTTP/1.1"
    objects: dict[str, tuple[bytes, str, dict[str, str]]]
    accidents: list[str]
    seen: list[str]

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.seen.append("PUT")
        accident = self.accidents.pop(0) if self.accidents else ""
        there = self.objects.get(self.path)
        wanted = self.headers.get("If-Match")
        if accident == "busy":
            return self.answer(409, b"<Error><Code>ConditionalRequestConflict</Code></Error>")
        if self.headers.get("If-None-Match") and there:
            return self.answer(412, b"<Error><Code>PreconditionFailed</Code></Error>")
        if wanted and (there is None or there[1] != wanted):
            return self.answer(404 if there is None else 412, b"<Error><Code>x</Code></Error>")
        etag = f'"{len(self.seen)}"'
        told = {
            name: value
            for name, value in self.headers.items()
            if name.lower().startswith(("x-amz-meta", "content-type"))
        }
        self.objects[self.path] = body, etag, told
        if accident == "lost":
            return self.answer(500)
        return self.answer(200, headers={"ETag": etag})

    def do_HEAD(self) -> None:
        self.seen.append("HEAD")
        if "blind" in self.accidents:
            return self.answer(403)
        there = self.objects.get(self.path)
        if there is None:
            return self.answer(404)
        more = {"ETag": there[1], "Last-Modified": "Thu, 01 Jan 2026 00:00:00 GMT", **there[2]}
        return self.answer(200, there[0], more)

    def answer(self, status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setattr(obstore_conditions, "PAUSES", (0.001, 0.001, 0.001))
    handler = type("OneS3", (S3,), {"objects": {}, "accidents": [], "seen": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    handler.url = f"http://127.0.0.1:{server.server_port}"  # type: ignore[attr-defined]
    try:
        yield handler
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(params=["plain", "async"])
def put(request: pytest.FixtureRequest, s3: Any) -> Put:
    def store() -> Any:
        return S3Store(
            "photos",
            endpoint=s3.url,
            region="eu-west-1",
            access_key_id="a",
            secret_access_key="b",
            virtual_hosted_style_request=False,
            client_options={"allow_http": True},
            retry_config={
                "max_retries": 2,
                "backoff": {"init_backoff": _milliseconds(1), "max_backoff": _milliseconds(2)},
            },  # type: ignore[typeddict-item]
        )

    def plain(key: str, data: bytes, **condition: Any) -> Any:
        driver = ObstoreBucket(store(), "photos", Traits())
        return BucketReadWriter(PHOTOS, SimpleNamespace(of=lambda _: driver)).put(key, data, **condition)  # type: ignore[arg-type]

    async def awaited(key: str, data: bytes, **condition: Any) -> Any:
        driver = ObstoreBucket(store(), "photos", Traits()).awaited()
        client = AsyncBucketReadWriter(PHOTOS, SimpleNamespace(async_of=lambda _: driver))  # type: ignore[arg-type]
        return await client.put(key, data, **condition)

    if request.param == "plain":
        return plain
    return lambda key, data, **condition: asyncio.run(awaited(key, data, **condition))


def _milliseconds(number: int) -> Any:
    from datetime import timedelta

    return timedelta(milliseconds=number)


def test_a_put_whose_answer_was_lost_finds_its_own_object(s3: Any, put: Put) -> None:
    s3.accidents[:] = ["lost"]
    first = put("a", b"1", if_absent=True, metadata={"n": "1"}, content_type="text/plain")
    assert (first.etag, first.metadata, first.content_type) == ("1", {"n": "1"}, "text/plain")
    s3.accidents[:] = ["lost"]
    second = put("a", b"22", if_match=first.etag)
    assert (s3.objects["/photos/a"][0], second.etag, second.size) == (b"22", s3.objects["/photos/a"][1].strip('"'), 2)


def test_a_store_that_is_busy_is_asked_again_while_the_condition_holds(s3: Any, put: Put) -> None:
    s3.accidents[:] = ["busy", "busy"]
    assert put("a", b"1", if_absent=True).etag == "3" or s3.objects["/photos/a"][0] == b"1"
    etag = s3.objects["/photos/a"][1].strip('"')
    s3.accidents[:] = ["busy"]
    put("a", b"2", if_match=etag)
    assert s3.objects["/photos/a"][0] == b"2"
    s3.accidents[:] = ["busy"] * 50
    with pytest.raises(Throttled) as caught:
        put("b", b"1", if_absent=True)
    assert isinstance(caught.value.__cause__, Conflict)


def test_an_object_of_somebody_else_is_a_conflict_though_its_bytes_are_the_same(s3: Any, put: Put) -> None:
    put("a", b"1", if_absent=True)
    with pytest.raises(Conflict):
        put("a", b"1", if_absent=True)
    with pytest.raises(Conflict):
        put("a", b"1", if_match="other")
    with pytest.raises(Conflict):
        put("missing", b"1", if_match="other")
    assert list(s3.objects) == ["/photos/a"]


def test_who_may_not_look_gets_the_refusal_as_it_came(s3: Any, put: Put) -> None:
    put("a", b"1", if_absent=True)
    s3.accidents[:] = ["", "blind"]
    with pytest.raises(Conflict) as caught:
        put("a", b"2", if_absent=True)
    assert type(caught.value.__cause__).__name__ in ("AlreadyExistsError", "PreconditionError")


def test_a_put_without_a_condition_neither_looks_nor_leaves_a_mark(s3: Any, put: Put) -> None:
    put("a", b"1")
    assert s3.seen == ["PUT"]
    assert not any("portable" in name.lower() for name in s3.objects["/photos/a"][2])


def test_nobody_sees_the_mark() -> None:
    driver = ObstoreBucket(MemoryStore(), "photos", Traits())
    client = BucketReadWriter(PHOTOS, SimpleNamespace(of=lambda _: driver))  # type: ignore[arg-type]
    client.put("a", b"1", if_absent=True, metadata={"n": "1"})
    assert client.head("a").metadata == {"n": "1"}
    large = {"n": "x" * 2040}
    client.put("b", b"1", if_absent=True, metadata=large)
    assert client.head("b").metadata == large
    with pytest.raises(NotFound):
        client.head("c")
