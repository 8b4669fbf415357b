"""The HTTP server of a serving process: uvicorn, of which only what serves is imported, and which stops at once.

The package `uvicorn` imports its command line, its reloader and what these need: as much again as the server. Its settings
import `logging.config`, with what reads files of settings and sends logs over networks, which is for an app that asks for it.
"""

from __future__ import annotations

import asyncio
import socket
import sys
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from portable.eventing.conditions import http_date
from portable.tooling.dev.postponing import late, postpone

for each in ("uvicorn", "logging.config"):
    postpone(each)
postpone("email.utils", formatdate=late("email.utils", "formatdate"))  # of a main loop that is not used here

from uvicorn.config import Config  # noqa: E402
from uvicorn.server import Server as UvicornServer  # noqa: E402

vars(sys.modules["uvicorn"]).setdefault("Config", Config)  # its modules ask the package for this name


if TYPE_CHECKING:
    from starlette.types import ASGIApp

MESSAGE = 256 * 1024 * 1024
"""Bytes of the largest message of a WebSocket that is passed on."""
PROTOCOL = "portable.tooling.dev.protocol"
"""What the server imports when it begins."""
ARRIVING = 0.05
"""Seconds in which the request of a connection comes that was accepted when another process took over."""


def configured(app: ASGIApp, sockets: bool, certificate: str) -> Config:
    """Return how an application is served: whether it takes WebSockets, and the file of its certificate for HTTPS."""
    return Config(
        app,
        http=f"{PROTOCOL}:Protocol",  # httptools loses an answer that comes before the whole body, and the host in an absolute target
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        ws="websockets-sansio" if sockets else "none",
        ws_max_size=MESSAGE,
        ws_per_message_deflate=False,
        ssl_certfile=certificate or None,
        backlog=2048,
    )


class Server(UvicornServer):
    """A server that stops at once when it is asked to."""

    def __init__(self, config: Config, asked: asyncio.Event) -> None:
        """`asked` is set to stop it."""
        super().__init__(config)
        self.asked = asked
        self.serves = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to accept."""
        await super().startup(sockets)
        self.serves.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept nothing more, and end when all is answered, what was accepted just now too."""
        loop = asyncio.get_running_loop()
        for server in self.servers:
            for listener in server.sockets:
                loop.remove_reader(listener.fileno())
        await asyncio.sleep(ARRIVING)  # a connection whose request has not come yet would be closed
        await super().shutdown(sockets)

    async def main_loop(self) -> None:
        """Run until it is asked to stop; the date in headers is renewed each second."""
        while not self.asked.is_set() and not self.should_exit:
            self.server_state.default_headers = [(b"date", http_date(datetime.now(UTC)).encode())]
            with suppress(TimeoutError):
                await asyncio.wait_for(self.asked.wait(), 1.0)
