"""What this server answers itself, below `/_portable`: signed URLs of objects, and the dashboard."""

from __future__ import annotations

from collections.abc import Collection

from starlette.types import ASGIApp, Receive, Scope, Send

from portable.tooling.dev.dashboard.app import dashboard
from portable.tooling.dev.kinds.signed import SignedObjects
from portable.tooling.dev.kinds.signing import PREFIX, Signer
from portable.tooling.dev.running import Running


def inside(running: Running, signer: Signer, token: str, hosts: Collection[str] = ()) -> ASGIApp:
    """Return the ASGI application of these paths. The token and the hosts are those of the dashboard."""
    signed = SignedObjects(running.drivers, signer)
    pages = dashboard(running, token, hosts)

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"].startswith(PREFIX):
            await signed(scope, receive, send)
        else:
            await pages(scope, receive, send)

    return answer
