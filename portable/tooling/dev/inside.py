"""What this server answers itself, below `/_portable`: signed URLs of objects."""

from __future__ import annotations

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from portable.tooling.dev.kinds.signed import SignedObjects
from portable.tooling.dev.kinds.signing import PREFIX, Signer
from portable.tooling.dev.running import Running


def inside(running: Running, signer: Signer) -> ASGIApp:
    """Return the ASGI application of these paths."""
    signed = SignedObjects(running.drivers, signer)
    missing = PlainTextResponse("not found\n", 404)

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"].startswith(PREFIX):
            await signed(scope, receive, send)
        else:
            await missing(scope, receive, send)

    return answer
