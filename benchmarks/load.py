"""A load of HTTP requests: a port, a path, connections and seconds in, answers a second out. Runs as a process of its own."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time

HEADERS = b"HTTP/1."
END = b"\r\n\r\n"


def rate(port: int, path: str, seconds: float, connections: int = 16) -> float:
    """Return the answers a second that clients get which send the next request when they have the last answer."""
    command = [sys.executable, "-m", "benchmarks.load", str(port), path, str(seconds), str(connections)]
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    found = json.loads(done.stdout)
    if found["failed"]:
        raise SystemExit(f"{found['failed']} of the answers from port {port} were no 200")
    return float(found["rate"])


class Client(asyncio.Protocol):
    """One connection, made again when the server closes it."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._data = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(self._load.request)

    def data_received(self, data: bytes) -> None:
        self._data += data
        head, end, body = self._data.partition(END)
        if not end:
            return
        lowered = head.lower()
        at = lowered.find(b"content-length:")
        if at < 0 or len(body) < int(lowered[at + 15 :].split(b"\r\n", 1)[0]):
            return
        self._answered(head)
        if self._transport is not None and b"connection: close" not in lowered and not head.startswith(b"HTTP/1.0"):
            self._transport.write(self._load.request)

    def connection_lost(self, error: Exception | None) -> None:
        self._load.again()

    def _answered(self, head: bytes) -> None:
        self._data = b""
        self._load.count += 1
        self._load.failed += b" 200 " not in head.split(b"\r\n", 1)[0]


class Load:
    """The clients together."""

    def __init__(self, port: int, path: str) -> None:
        self.request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: */*\r\n\r\n".encode()
        self.count = self.failed = 0
        self._port = port
        self._ended = False
        self._tasks: set[asyncio.Task[object]] = set()

    def again(self) -> None:
        """Connect again, unless the time is over."""
        if not self._ended:
            task = asyncio.get_running_loop().create_task(self._connect())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def run(self, seconds: float, connections: int) -> float:
        """Return the answers a second."""
        for _ in range(connections):
            self.again()
        await asyncio.sleep(0.3)
        before, begun = self.count, time.perf_counter()
        await asyncio.sleep(seconds)
        found = (self.count - before) / (time.perf_counter() - begun)
        self._ended = True
        return found

    async def _connect(self) -> None:
        try:
            await asyncio.get_running_loop().create_connection(lambda: Client(self), "127.0.0.1", self._port)
        except OSError:
            await asyncio.sleep(0.01)
            self.again()


def main() -> None:
    """Load and print what came of it."""
    port, path, seconds, connections = sys.argv[1:]
    load = Load(int(port), path)
    found = asyncio.run(load.run(float(seconds), int(connections)))
    print(json.dumps({"rate": found, "failed": load.failed}))


if __name__ == "__main__":
    main()
