"""`@vercel/cosmosdb-server`, which speaks the protocol of Cosmos DB for NoSQL from memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from servers.install import node_tool
from servers.process import free_port, running

KEY = "C2y6yDjf5/R+ob0N8A7Cgv30VRDJIWEHLM+4QDU5DE2nQ9nDuVTqobD4b8mGGyPMbIZnqyMsEcaGQy67XIw/Jw=="
"""The public key of every Cosmos DB emulator."""


def installed() -> Path:
    """Return the folder that holds it."""
    return node_tool("cosmosdb-server", "@vercel/cosmosdb-server@1.0.1", without=["@turf/turf"])  # geography


@contextmanager
def cosmosdb(log: Path) -> Iterator[str]:
    """Run the server until the block ends; the value is its URL."""
    program = installed() / "node_modules" / "@vercel" / "cosmosdb-server" / "lib" / "cli.js"
    port = free_port()
    with running(["node", program, "--no-ssl", "--host", "127.0.0.1", "--port", str(port)], port, log):
        yield f"http://127.0.0.1:{port}"
