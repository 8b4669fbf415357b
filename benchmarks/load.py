"""A load of HTTP requests: a port, a path, connections and seconds in, answers a second out. Runs as a process of its own.

It needs a fraction of what a server needs for a request, so that with two processors the server is what is measured.
"""

from __future__ import annotations

import json
import selectors
import socket
import subprocess
import sys
import time

END = b"\r\n\r\n"
LENGTH = b"content-length:"
WARM = 0.3
"""Seconds before answers count."""
PATIENCE = 10.0
MOST_BUSY = 0.7
"""The part of a processor that the load may take."""


def rate(port: int, path: str, seconds: float, connections: int = 16) -> float:
    """Return the answers a second that clients get which send the next request when they have the last answer."""
    command = [sys.executable, "-m", "benchmarks.load", str(port), path, str(seconds), str(connections)]
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    found = json.loads(done.stdout)
    if found["busy"] > MOST_BUSY:
        raise SystemExit(
            f"the load of port {port} took {found['busy']:.0%} of a processor: it was measured, and not the server"
        )
    if found["failed"]:
        raise SystemExit(f"{found['failed']} of the answers from port {port} were no 200")
    return float(found["rate"])


class Load:
    """Connections that ask for a path, each again when it has its answer. One that the server closes is made again."""

    def __init__(self, port: int, path: str) -> None:
        self.count = self.failed = 0
        self._port = port
        self._request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: */*\r\n\r\n".encode()
        self._ready = selectors.DefaultSelector()

    def run(self, seconds: float, connections: int) -> float:
        """Return the answers a second."""
        for _ in range(connections):
            self._connect()
        self._until(time.perf_counter() + WARM)
        before, begun = self.count, time.perf_counter()
        self._until(begun + seconds)
        return (self.count - before) / (time.perf_counter() - begun)

    def _until(self, end: float) -> None:
        while time.perf_counter() < end:
            for key, _ in self._ready.select(0.05):
                assert isinstance(key.fileobj, socket.socket)
                if not self._read(key.fileobj, key.data):
                    self._ready.unregister(key.fileobj)
                    key.fileobj.close()
                    self._connect()

    def _connect(self) -> None:
        made = socket.create_connection(("127.0.0.1", self._port), PATIENCE)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._ready.register(made, selectors.EVENT_READ, bytearray())
        made.sendall(self._request)

    def _read(self, connection: socket.socket, held: bytearray) -> bool:
        """Take what has come, and ask again after a whole answer. Return whether the connection goes on."""
        try:
            data = connection.recv(65_536)
        except ConnectionError:
            return False
        held += data
        head, end, body = bytes(held).partition(END)
        lowered = head.lower()
        at = lowered.find(LENGTH)
        if not end or at < 0 or len(body) < int(lowered[at + len(LENGTH) :].split(b"\r\n", 1)[0]):
            return bool(data)
        self.count += 1
        self.failed += b" 200 " not in head[:16]
        held.clear()
        if not data or b"connection: close" in lowered or head.startswith(b"HTTP/1.0"):
            return False
        connection.sendall(self._request)
        return True


def main() -> None:
    """Load and print what came of it."""
    port, path, seconds, connections = sys.argv[1:]
    load = Load(int(port), path)
    begun = time.perf_counter() - time.process_time()
    found = load.run(float(seconds), int(connections))
    idle = time.perf_counter() - time.process_time() - begun
    print(json.dumps({"rate": found, "failed": load.failed, "busy": 1 - idle / (float(seconds) + WARM)}))


if __name__ == "__main__":
    main()
