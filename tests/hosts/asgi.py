"""An ASGI application on a port of this machine, in a thread of this process."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

import uvicorn
from hosts.served import free_port


@contextmanager
def on_port(app: Any, port: int | None = None) -> Iterator[int]:
    """Serve an application with WebSockets, and give its port. Connections that are open at the end are cut."""
    listener = socket.create_server(("127.0.0.1", port or free_port()))
    config = uvicorn.Config(
        app,
        lifespan="off",
        log_config=None,
        ws="websockets-sansio",
        timeout_graceful_shutdown=1,
        server_header=False,
        proxy_headers=False,
    )
    server = uvicorn.Server(config)
    thread = Thread(target=lambda: asyncio.run(_served(server, listener)), daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()


async def _served(server: uvicorn.Server, listener: socket.socket) -> None:
    await server.serve(sockets=[listener])
    await asyncio.sleep(0.01)  # so that sockets which were closed are let go
