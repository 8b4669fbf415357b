"""The HTTP server of an image: uvicorn, which ends without losing a request that it has begun to receive.

It parses with h11 also where httptools is installed, as `portable dev` does, and for the same reason: with httptools a
response that comes before the whole body is followed by a second one.
"""

from __future__ import annotations

import asyncio
import logging
import threading

import h11
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import Server as UvicornServer

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    from typing import Any

    from portable.eventing.asgi import Application

KEEP_ALIVE_SECONDS = 75
"""How long a connection may rest: longer than load balancers let theirs rest, so that they close first."""
MOST_HEAD = 65_536
"""Bytes of the head of a request that has not come as a whole."""
HEAD_SECONDS = 30.0
"""How long a client may take for the head of a request."""
TAKE_SECONDS = 60.0
"""For how long a client may take nothing of an answer that waits for it in memory."""
QUIET_SECONDS = 0.25
"""How long a server that ends waits for what clients are sending on open connections."""
CLOSE = (b"connection", b"close")
TWO_LENGTHS = frozenset((b"content-length", b"transfer-encoding"))
_log = logging.getLogger("portable")


class Parser(h11.Connection):
    """h11, which refuses a request that says its length in two ways.

    h11 believes Transfer-Encoding. A proxy before it may believe Content-Length, and the rest of a body would be the next
    request of somebody else (RFC 9112, section 6.3).
    """

    def next_event(self) -> Any:
        """Return what came. Raises RemoteProtocolError, which uvicorn answers with 400 and the end of the connection."""
        event = super().next_event()
        if isinstance(event, h11.Request) and TWO_LENGTHS.issubset(name for name, _ in event.headers):
            raise h11.RemoteProtocolError("Content-Length beside Transfer-Encoding")
        return event


class Protocol(H11Protocol):
    """One connection. It ends if the head of a request does not come in time, or if its client takes nothing of an answer."""

    receiving = False
    """Whether a part of a request's head has come."""
    _late: asyncio.TimerHandle | None = None
    _stuck: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Begin to wait for the first request."""
        self.conn = Parser(h11.SERVER, MOST_HEAD)
        super().connection_made(transport)
        self._late = self.loop.call_later(HEAD_SECONDS, transport.close)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing more."""
        self._arrived()
        self._taken()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Begin to look whether the client takes what waits for it."""
        super().pause_writing()
        self._look(self.transport.get_write_buffer_size())

    def resume_writing(self) -> None:
        """Look no longer."""
        self._taken()
        super().resume_writing()

    def data_received(self, data: bytes) -> None:
        """Take what came. Only a head that comes in several parts needs a timer."""
        super().data_received(data)
        if self.cycle is not None and not self.cycle.response_complete:
            self._arrived()
        elif not self.transport.is_closing():
            self.receiving = True
            if self._late is None:
                self._late = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def tell(self) -> None:
        """Let the answer that is being made say that the connection ends with it."""
        if self.cycle is not None and not self.cycle.response_started:
            self.cycle.default_headers = [*self.cycle.default_headers, CLOSE]

    def shutdown(self) -> None:
        """End the connection, after the request that is being received or answered."""
        if not self.receiving:
            super().shutdown()

    def _look(self, waiting: int) -> None:
        self._stuck = self.loop.call_later(TAKE_SECONDS, self._is_stuck, waiting)

    def _is_stuck(self, before: int) -> None:
        waiting = self.transport.get_write_buffer_size()
        if waiting < before:
            self._look(waiting)
        else:
            self.transport.abort()

    def _taken(self) -> None:
        if self._stuck is not None:
            self._stuck.cancel()
            self._stuck = None

    def _arrived(self) -> None:
        self.receiving = False
        if self._late is not None:
            self._late.cancel()
            self._late = None


class Server(UvicornServer):
    """A server that is asked to stop, and then ends everything that it has begun."""

    def __init__(self, app: Application, keep_alive: int, drain: float) -> None:
        """Connections may rest for `keep_alive` seconds. It goes on to accept for `drain` seconds when it is asked to stop."""
        super().__init__(
            Config(
                app,
                http=Protocol,
                ws="none",
                lifespan="off",
                interface="asgi3",
                access_log=False,
                log_config=None,
                server_header=False,
                proxy_headers=False,
                timeout_keep_alive=keep_alive,
            )
        )
        self._drain = drain
        self._asked = asyncio.Event()
        self._until = 0.0
        self.serves = threading.Event()
        self.finished = False
        """Whether all that it had begun has ended in time."""

    def stop(self, seconds: float) -> None:
        """Stop within so many seconds. Called on the loop."""
        self._until = asyncio.get_running_loop().time() + seconds
        self._asked.set()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to accept."""
        await super().startup(sockets)
        self.serves.set()

    async def main_loop(self) -> None:
        """Run until it is asked to stop. The date in headers is renewed each second."""
        while not self._asked.is_set():
            await self.on_tick(0)
            try:
                await asyncio.wait_for(self._asked.wait(), 1.0)
            except TimeoutError:
                continue

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Tell clients to close their connections, accept nothing more, and end when all is answered."""
        loop = asyncio.get_running_loop()
        self.config.encoded_headers = [*self.config.encoded_headers, CLOSE]
        for connection in self.server_state.connections:
            if isinstance(connection, Protocol):
                connection.tell()
        drained = min(loop.time() + self._drain, self._until)
        while True:
            await self.on_tick(0)
            left = drained - loop.time()
            await asyncio.sleep(max(0.0, min(left, 1.0)))  # what waits to be accepted is accepted meanwhile
            if left <= 0:
                break
        for server in self.servers:
            server.close()
        if self.server_state.connections:
            await asyncio.sleep(QUIET_SECONDS)
        for connection in list(self.server_state.connections):
            connection.shutdown()
        self.finished = await self._ended()

    async def _ended(self) -> bool:
        """Wait until all connections have ended. Cut what takes too long, and return whether nothing did."""
        loop, state = asyncio.get_running_loop(), self.server_state
        patience = loop.time() + HEAD_SECONDS / 10
        while state.connections or state.tasks:
            now = loop.time()
            for connection in list(state.connections) if now > patience else ():
                if isinstance(connection, Protocol) and connection.receiving:
                    connection.transport.close()
            if now > self._until:
                break
            await asyncio.sleep(0.01)
        else:
            return True
        _log.warning("%d requests are cut, because the time to stop is over", len(state.tasks))
        cut = list(state.tasks)
        for task in cut:
            task.cancel()
        if cut:
            await asyncio.wait(cut, timeout=1.0)
        for connection in list(state.connections):
            connection.transport.abort()
        return False
