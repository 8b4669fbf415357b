"""Responses of this server where the development server gives none: to whom, why, and what to do."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from html import escape
from typing import Any

from starlette.responses import HTMLResponse, PlainTextResponse, Response

from portable.tooling.dev.front import Upstream

AGAIN = 2
"""Seconds after which a browser asks again."""
LOOPBACK = {"127.0.0.1": "::1", "::1": "127.0.0.1"}
LOOK = 0.5
"""Seconds to wait for a server at another address."""


async def absent(scope: Any, upstream: Upstream) -> Response:
    """Return the response for a server that does not run."""
    other = await _other(upstream)
    advice = (
        f'A server answers at {other}: write proxy = "{upstream.scheme}://localhost:{upstream.port}"'
        if other
        else "Start the server that belongs there, for Vite with `npm run dev`, or write the address that it shows when it starts"
    )
    return told(scope, f"No development server answers at {upstream.address}.", _why(scope, upstream), f"{advice}.")


def broken(scope: Any, upstream: Upstream, error: Exception) -> Response:
    """Return the response for a server that answers no HTTP, or ends the connection."""
    said = f"The development server at {upstream.address} gave no answer that can be read: {error or type(error).__name__}."
    return told(scope, said, _why(scope, upstream), "Look at what it printed.")


def loop(scope: Any, upstream: Upstream) -> Response:
    """Return the response for a server that sends requests back to this one."""
    said = f"The server at {upstream.address} sends this request back to portable dev."
    return told(scope, said, _why(scope, upstream), "Write the address of the development server itself.", status=508)


def told(scope: Any, *sentences: str, status: int = 502) -> Response:
    """Return sentences as a page for a browser, which asks again by itself, and as text for all others."""
    accepted = b",".join(value for name, value in scope["headers"] if name == b"accept")
    if b"text/html" not in accepted:
        return PlainTextResponse("\n".join(sentences) + "\n", status)
    first, *rest = (escape(sentence) for sentence in sentences)
    paragraphs = "".join(f"<p>{sentence}</p>" for sentence in (*rest, "This page tries again by itself."))
    return HTMLResponse(
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="color-scheme" content="light dark">'
        f'<meta name="viewport" content="width=device-width"><meta http-equiv="refresh" content="{AGAIN}">'
        "<title>No development server</title><style>body { font: 1rem/1.5 system-ui, sans-serif; max-width: 42rem; "
        "margin: 4rem auto; padding: 0 1rem; } h1 { font-size: 1.25rem; }</style></head>"
        f"<body><h1>{first}</h1>{paragraphs}</body></html>",
        status,
        {"cache-control": "no-store"},
    )


def _why(scope: Any, upstream: Upstream) -> str:
    asked = f"{scope.get('method', 'WebSocket')} {scope['path']}"
    return f"proxy in {upstream.place} passes paths that no function and no file has to it, such as {asked}."


async def _other(upstream: Upstream) -> str:
    """Return the other loopback address if a server listens there, which many do when they are told "localhost"."""
    host = LOOPBACK.get(upstream.host)
    if host is None:
        return ""
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(LOOK):
            _, writer = await asyncio.open_connection(host, upstream.port)
        writer.close()
        return f"[{host}]:{upstream.port}" if ":" in host else f"{host}:{upstream.port}"
    return ""
