"""A TCP proxy before a server of this machine, whose network can be slow, cut, or silent: a port in, the proxy's port out."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread


class Proxy:
    """Passes bytes on, each way. `port` is where it listens.

    `delay` is how many seconds each part of them is late. While it is silent nothing is passed on, and nobody is told: as
    when packets are dropped. While `refusing` new connections are closed at once.
    """

    def __init__(self, server: int) -> None:
        self.port = 0
        self.delay = 0.0
        self.refusing = False
        self._server = server
        self._ready = Event()
        self._open: set[asyncio.StreamWriter] = set()
        self._thread = Thread(target=lambda: asyncio.run(self._listen()), daemon=True)

    def silent(self, silent: bool = True) -> None:
        """Pass nothing on, or pass on what has waited."""
        self._loop.call_soon_threadsafe(self._passing.clear if silent else self._passing.set)

    def cut(self) -> None:
        """End all connections at once."""
        self._loop.call_soon_threadsafe(lambda: [writer.transport.abort() for writer in list(self._open)])

    def start(self) -> None:
        """Listen."""
        self._thread.start()
        assert self._ready.wait(5)

    def stop(self) -> None:
        """End all connections, and listen no more."""
        self._loop.call_soon_threadsafe(self._stopped.set)
        self._thread.join(5)

    async def _listen(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopped, self._passing = asyncio.Event(), asyncio.Event()
        self._passing.set()
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stopped.wait()
        server.close()
        for writer in list(self._open):
            writer.transport.abort()
        await asyncio.sleep(0.05)  # so that they end by themselves

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers = [writer]
        self._open.add(writer)
        try:
            if self.refusing:
                return
            with suppress(OSError):
                far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._server)
                writers.append(far_writer)
                self._open.add(far_writer)
                ways = [
                    asyncio.ensure_future(self._pass(reader, far_writer)),
                    asyncio.ensure_future(self._pass(far_reader, writer)),
                ]
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
                for way in ways:
                    way.cancel()
        finally:
            for each in writers:
                each.transport.abort()
                self._open.discard(each)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while part := await reader.read(65536):
                await self._passing.wait()
                if self.delay:
                    await asyncio.sleep(self.delay)
                writer.write(part)
                await writer.drain()


@contextmanager
def proxy(server: int) -> Iterator[Proxy]:
    """Run a proxy before a port of this machine until the block ends."""
    found = Proxy(server)
    found.start()
    try:
        yield found
    finally:
        found.stop()


def misbehave(network: Proxy, seconds: float) -> None:
    """Be a bad network for a while, and a good one in the end."""
    chance, end = random.Random(11), time.monotonic() + seconds
    while time.monotonic() < end:
        what = chance.choice(("slow", "cut", "silent", "refusing"))
        network.delay = 0.02 if what == "slow" else 0.0
        network.refusing = what == "refusing"
        network.silent(what == "silent")
        if what in ("cut", "refusing"):
            network.cut()
        time.sleep(chance.uniform(0.1, 0.5))
    network.delay, network.refusing = 0.0, False
    network.silent(False)
