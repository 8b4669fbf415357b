"""A fast S3 for measuring clients: objects in memory, whole or in parts, ranges; a bucket for the asking, no checks.

Run as a module, it prints its port and serves until its standard input closes.
"""

from __future__ import annotations

import asyncio
import hashlib
import sys
import threading
from contextlib import contextmanager
from itertools import count
from subprocess import PIPE, Popen
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

OBJECTS: dict[str, tuple[str, list[bytes]]] = {}
UPLOADS: dict[str, dict[int, bytes]] = {}
NUMBERS = count()
DATE = "Tue, 24 Nov 2026 00:00:00 GMT"


class Connection(asyncio.Protocol):
    """One connection: requests one after the other."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to read."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.held = bytearray()
        self.head: list[str] = []
        self.length = -1

    def data_received(self, data: bytes) -> None:
        """Take bytes; answer each request that is complete."""
        self.held += data
        while True:
            if self.length < 0:
                end = self.held.find(b"\r\n\r\n")
                if end < 0:
                    return
                self.head = self.held[:end].decode().split("\r\n")
                del self.held[: end + 4]
                headers = dict(line.lower().split(": ", 1) for line in self.head[1:])
                self.length = int(headers.get("content-length", "0"))
                if "expect" in headers:
                    self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            if len(self.held) < self.length:
                return
            body = bytes(memoryview(self.held)[: self.length])
            del self.held[: self.length]
            self.length = -1
            self.answer(body)

    def answer(self, body: bytes) -> None:
        """Answer one request."""
        method, target, _ = self.head[0].split(" ")
        path, _, text = target.partition("?")
        query = dict(part.partition("=")[::2] for part in text.split("&")) if text else {}
        if method == "PUT" and "partNumber" in query:
            UPLOADS[query["uploadId"]][int(query["partNumber"])] = body
            self.reply(200, {"ETag": f'"{query["partNumber"]}"'})
        elif method == "PUT":
            etag = f'"{hashlib.md5(body).hexdigest()}"'
            OBJECTS[path] = (etag, [body])
            self.reply(200, {"ETag": etag})
        elif method == "POST" and "uploads" in query:
            upload = f"u{next(NUMBERS)}"
            UPLOADS[upload] = {}
            self.reply(200, {}, f"<InitiateMultipartUploadResult><UploadId>{upload}</UploadId>"
                       "</InitiateMultipartUploadResult>".encode())  # fmt: skip
        elif method == "POST":
            parts = UPLOADS.pop(query["uploadId"])
            OBJECTS[path] = ('"parts"', [parts[number] for number in sorted(parts)])
            self.reply(200, {}, b'<CompleteMultipartUploadResult><ETag>"parts"</ETag></CompleteMultipartUploadResult>')
        elif path in OBJECTS:
            etag, parts_of = OBJECTS[path]
            size = sum(map(len, parts_of))
            asked = next((line for line in self.head if line.lower().startswith("range: ")), None)
            if asked is not None and method == "GET":
                first, _, last = asked.partition("=")[2].partition("-")
                body = b"".join(parts_of)[int(first) : int(last) + 1]
                placed = {"ETag": etag, "Last-Modified": DATE, "Content-Range": f"bytes {first}-{last}/{size}"}
                self.reply(206, placed, body)
                return
            self.reply(200, {"ETag": etag, "Last-Modified": DATE}, None, size)
            if method == "GET":
                for part in parts_of:
                    self.transport.write(part)
        else:
            self.reply(404, {})

    def reply(self, status: int, headers: dict[str, str], body: bytes | None = b"", length: int | None = None) -> None:
        """Send the head of an answer, and the body that is given."""
        size = len(body or b"") if length is None else length
        lines = [f"HTTP/1.1 {status} x", *(f"{name}: {value}" for name, value in headers.items())]
        lines += [f"Content-Length: {size}", "", ""]
        self.transport.write("\r\n".join(lines).encode() + (body or b""))


async def serve() -> None:
    """Serve until the standard input closes."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Connection, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    ended = asyncio.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), loop.call_soon_threadsafe(ended.set)), daemon=True).start()
    await ended.wait()


@contextmanager
def s3_server() -> Iterator[dict[str, str]]:
    """Run the server in a process of its own until the block ends; yield the variables that lead a client to it."""
    with Popen([sys.executable, "-m", "benchmarks.s3_server"], stdin=PIPE, stdout=PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        try:
            port = process.stdout.readline().strip()
            yield {
                "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
                "AWS_ACCESS_KEY_ID": "test",
                "AWS_SECRET_ACCESS_KEY": "test",
                "AWS_REGION": "us-east-1",
            }
        finally:
            process.stdin.close()
            process.wait(10)


if __name__ == "__main__":
    asyncio.run(serve())
