"""The memory of a transfer: bytes to stream into a bucket and out again in, the most memory that took, printed, out.

Run in a process of its own, with the variables of the store: `python -m benchmarks.streaming <bytes> <adapter> <address>`.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

from portable.storage.bucket import Bucket
from portable.storage.clients import BucketReadWriter

CHUNK = 1_000_000


def chunks(size: int) -> Iterator[bytes]:
    """Yield bytes that are never the same twice."""
    left = size
    while left:
        block = hashlib.sha256(b"%d" % left).digest() * (CHUNK // 32 + 1)
        yield block[: min(CHUNK, left)]
        left -= min(CHUNK, left)


def transfer(store: BucketReadWriter, size: int) -> bool:
    """Stream an object in, by an iterator and by a writer, and out; return whether it came out as it went in."""
    expected, found = hashlib.sha256(), hashlib.sha256()

    def source() -> Iterator[bytes]:
        for chunk in chunks(size):
            expected.update(chunk)
            yield chunk

    store.put("streamed", source())
    with store.open("streamed") as file:
        while chunk := file.read(CHUNK):
            found.update(chunk)
    same = found.digest() == expected.digest()
    with store.writer("streamed") as target:
        for chunk in chunks(size):
            target.write(chunk)
    return same and store.head("streamed").size == size


def memory(what: str) -> int:
    """Return VmRSS (now) or VmHWM (the most) of this process in bytes, as Linux tells them.

    Not getrusage: its maximum counts what the parent held when it started this process.
    """
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{what}:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError(f"no {what} in /proc/self/status")


def main(size: int, adapter: str, address: str) -> None:
    """Print the bytes of memory that a transfer took beside those of a small one."""
    driver = import_module(f"portable_{adapter}.runtime.storage").bucket_driver(Bucket("files"), address)
    store = BucketReadWriter(Bucket("files"), SimpleNamespace(of=lambda _: driver))  # type: ignore[arg-type]
    transfer(store, 1000)
    before = memory("VmRSS")
    if not transfer(store, size):
        sys.exit("what came out is not what went in")
    print(memory("VmHWM") - before)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3])
