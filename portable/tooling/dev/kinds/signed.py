"""Answers signed URLs: GET and HEAD send an object, or a range of it; PUT stores one. Any web page may use them."""

from __future__ import annotations

from collections.abc import Iterator
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING, Any

from starlette.concurrency import iterate_in_threadpool, run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from portable.errors import NotFound, PortableError
from portable.storage.bucket import Bucket
from portable.storage.driver import check_attributes
from portable.tooling.dev.kinds.signing import Signer

if TYPE_CHECKING:
    from portable.base.drivers import Drivers

CHUNK = 1024 * 1024
ANY_ORIGIN = {
    "access-control-allow-origin": "*",
    "access-control-allow-methods": "GET, HEAD, PUT",
    "access-control-allow-headers": "*",
    "access-control-expose-headers": "*",
}
"""A signature is all that is asked for, so no page is refused; buckets of the clouds are set up in the same way."""


class SignedObjects:
    """The ASGI application of signed URLs."""

    def __init__(self, drivers: Drivers, signer: Signer) -> None:
        self._drivers = drivers
        self._signer = signer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        response = await self._answer(request)
        response.headers.update(ANY_ORIGIN)
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response(status_code=204)
        raw = request.scope["raw_path"].decode("latin-1")
        found = self._signer.check(raw, request.url.query, request.method)
        if isinstance(found, str):
            return PlainTextResponse(f"{found}\n", 403)
        bucket, key = found
        driver = self._drivers.of(Bucket(bucket))
        try:
            if request.method == "PUT":
                return await _stored(driver, key, request)
            return await run_in_threadpool(_sent, driver, key, request)
        except NotFound as error:
            return PlainTextResponse(f"{error}\n", 404)
        except PortableError as error:
            return PlainTextResponse(f"{error}\n", 500)


async def _stored(driver: Any, key: str, request: Request) -> Response:
    attributes = check_attributes(request.headers.get("content-type"), None)
    with SpooledTemporaryFile(CHUNK) as file:
        async for chunk in request.stream():
            file.write(chunk)
        file.seek(0)
        info = await run_in_threadpool(driver.put_stream, key, _chunks(file, None), attributes)
    return Response(status_code=200, headers={"etag": f'"{info.etag}"'})


def _sent(driver: Any, key: str, request: Request) -> Response:
    info = driver.head(key)
    headers = {"etag": f'"{info.etag}"', "accept-ranges": "bytes"}
    media_type = info.content_type or "application/octet-stream"
    wanted = _range(request.headers.get("range"), info.size)
    if wanted == (0, 0):
        return Response(status_code=416, headers={"content-range": f"bytes */{info.size}"})
    start, end = wanted or (0, info.size)
    headers["content-length"] = str(end - start)
    if wanted is not None:
        headers["content-range"] = f"bytes {start}-{end - 1}/{info.size}"
    status = 200 if wanted is None else 206
    if request.method == "HEAD":
        return Response(status_code=status, headers=headers, media_type=media_type)
    file = driver.open(key)
    file.seek(start)
    chunks = iterate_in_threadpool(_chunks(file, end - start))
    return StreamingResponse(chunks, status, headers, media_type)


def _chunks(file: IO[bytes], size: int | None) -> Iterator[bytes]:
    """Yield the rest of a file, or so many bytes of it, and close it."""
    with file:
        while chunk := file.read(CHUNK if size is None else min(CHUNK, size)):
            yield chunk
            size = None if size is None else size - len(chunk)


def _range(header: str | None, size: int) -> tuple[int, int] | None:
    """Return where a range begins and ends; None for the whole object, (0, 0) for a range outside of it (RFC 9110, 14)."""
    unit, _, text = (header or "").partition("=")
    first, dash, last = text.strip().partition("-")
    if unit.strip() != "bytes" or not dash or "," in text or not (first + last).isdigit():
        return None
    if not first:
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), min(size, int(last) + 1) if last else size
    return (start, end) if start < end else (0, 0)
