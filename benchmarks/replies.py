"""Replies: a range of a stored object beside a native call, and the first byte of a stream: rows of (what, measured, bar, ok) out.

Both sides of a ratio run in turns in one process, by processor time where no server takes part.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from statistics import median
from types import SimpleNamespace
from typing import Any

import boto3

from benchmarks.rows import Row, ratio
from benchmarks.s3_server import s3_server
from portable.compute import dispatch
from portable.compute.streaming_context import StreamingContext
from portable.eventing.request import Request
from portable.eventing.response import Response
from portable.eventing.routing import Route, RouteTable
from portable.storage.bucket import Bucket
from portable.storage.clients import BucketReader

ROUNDS = 7
CALLS = 60
MIB = 1024 * 1024
FROM, TO = 4 * MIB, 5 * MIB


def rows() -> Iterator[Row]:
    """Return what was measured."""
    with s3_server() as variables:
        os.environ.update(variables)
        try:
            yield ranged()
        finally:
            for name in variables:
                del os.environ[name]
    yield first_chunk()


def ranged() -> Row:
    """Answer a request for 1 MiB of an object of 16 MiB, beside boto3's head_object and get_object with a Range."""
    from portable_aws.runtime.storage import bucket_driver

    client = boto3.client("s3")
    client.put_object(Bucket="bench", Key="film", Body=bytes(16 * MIB))
    driver = bucket_driver(Bucket("files"), "bench")
    store = BucketReader(Bucket("files"), SimpleNamespace(of=lambda _: driver))  # type: ignore[arg-type]
    asked = f"bytes={FROM}-{TO - 1}"

    def film(request: Request, _context: Any) -> Response:
        return Response.object(store.head("film"), store, request)

    table = RouteTable([("/film", {"GET": Route("film", film, 0)})])

    def ours() -> None:
        response = dispatch.http(table, Request("GET", "/film", "", {"range": asked}), _context())
        assert response.status == 206
        assert len(response.body) == MIB

    def native() -> None:
        found = client.head_object(Bucket="bench", Key="film")
        reply = client.get_object(Bucket="bench", Key="film", Range=asked, IfMatch=found["ETag"])
        assert len(reply["Body"].read()) == MIB

    first, second = in_turns(ours, native)
    return ratio("a range of 1 MiB of an object, to boto3's own two calls", first, second, 1.0)


def first_chunk() -> Row:
    """A streamed reply of one chunk, beside a plain reply of the same bytes: what the stream itself costs."""

    def streamed(_request: Request, _context: Any) -> Response:
        return Response.stream([b"x" * 100], "text/plain")

    def plain(_request: Request, _context: Any) -> Response:
        return Response(b"x" * 100, media_type="text/plain")

    tables = [RouteTable([("/", {"GET": Route("f", call, 0)})]) for call in (streamed, plain)]

    def call(table: RouteTable) -> Callable[[], None]:
        def once() -> None:
            response = dispatch.http(table, Request("GET", "/"), _context())
            first = response.body if response.chunks is None else next(response.chunks)
            assert len(first) == 100

        return once

    ours, base = in_turns(*map(call, tables), calls=5000)
    took = (ours - base) * 1e6
    what = "a stream, from the call to its first chunk, over a whole reply"
    return Row(what, f"+{took:.1f} us ({ours * 1e6:.1f} us against {base * 1e6:.1f} us)", "<= 60 us", took <= 60)


def in_turns(ours: Callable[[], None], base: Callable[[], None], calls: int = CALLS) -> tuple[float, float]:
    """Return the processor seconds of one call of each, by the median of rounds that take turns."""
    found: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS + 1):
        for times, call in zip(found, (ours, base), strict=True):
            begun = time.process_time()
            for _ in range(calls):
                call()
            times.append((time.process_time() - begun) / calls)
    return median(found[0][1:]), median(found[1][1:])


def _context() -> StreamingContext:
    return StreamingContext("1", "f", time.time() + 30)


if __name__ == "__main__":
    for row in rows():
        print(row)
