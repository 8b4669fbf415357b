"""Writes a response to an ASGI server: whole, or chunk by chunk until its client has gone."""

from __future__ import annotations

import asyncio

TYPE_CHECKING = False
if TYPE_CHECKING:
    from portable.eventing.asgi import Receive, Send
    from portable.eventing.response import Response
    from portable.eventing.streaming import Chunks


async def write(response: Response, receive: Receive, send: Send) -> None:
    """Write a response. One that fails in its middle is left unfinished, and the server then breaks the connection."""
    try:
        headers = [(name.lower().encode("ascii"), value.encode("ascii")) for name, value in response.headers]
    except UnicodeEncodeError:
        headers = [_encoded(name.lower(), value) for name, value in response.headers]
    if response.cookies:
        headers += [(b"set-cookie", cookie.encode()) for cookie in response.cookies]
    chunks = response.chunks
    if chunks is None:
        body = response.body
        if body and b"content-length" not in dict(headers):
            headers.append((b"content-length", str(len(body)).encode()))
        await send({"type": "http.response.start", "status": response.status, "headers": headers})
        await send({"type": "http.response.body", "body": body})
        return
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    gone = asyncio.ensure_future(_gone(receive))
    try:
        if await _write_chunks(chunks, send, gone):
            await send({"type": "http.response.body", "body": b""})
    finally:
        gone.cancel()
        await chunks.aclose()


def _encoded(name: str, value: str) -> tuple[bytes, bytes]:
    """Return a header as bytes, its value in UTF-8. A Location that was set after its response was made is a URL here."""
    if name == "location":
        from portable.eventing.fields import as_url

        value = as_url(value)
    return name.encode("latin-1"), value.encode()


async def _write_chunks(chunks: Chunks, send: Send, gone: asyncio.Future[None]) -> bool:
    """Write chunks. Return whether all of them were written."""
    while True:
        following = asyncio.ensure_future(_following(chunks))
        await asyncio.wait((following, gone), return_when=asyncio.FIRST_COMPLETED)
        if gone.done():
            following.cancel()
            await asyncio.wait((following,))
            return False
        if following.exception() is not None:  # the log has it already
            return False
        chunk = following.result()
        if chunk is None:
            return True
        await send({"type": "http.response.body", "body": chunk, "more_body": True})


async def _following(chunks: Chunks) -> bytes | None:
    return await anext(chunks, None)


async def _gone(receive: Receive) -> None:
    """Return when the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass
