"""Azurite: Azure's blob, queue and table services on loopback ports. A log folder in, a connection string out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from servers.install import node_tool
from servers.process import free_port, running, wait_for

REQUIREMENT = "azurite@3.35.0"
ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="


@contextmanager
def azurite(folder: Path) -> Iterator[str]:
    """Run Azurite in memory until the block ends; yields the connection string of its account."""
    tool, log = node_tool("azurite", REQUIREMENT), folder / "azurite.log"
    ports = {name: free_port() for name in ("blob", "queue", "table")}
    command = ["node", tool / "node_modules" / "azurite" / "dist" / "src" / "azurite.js"]
    command += ["--inMemoryPersistence", "--silent", "--skipApiVersionCheck", "--disableTelemetry"]
    for name, port in ports.items():
        command += [f"--{name}Host", "127.0.0.1", f"--{name}Port", str(port)]
    with running(command, ports["blob"], log) as process:
        for port in ports.values():
            wait_for(port, process, log)
        endpoints = (f"{name.title()}Endpoint=http://127.0.0.1:{port}/{ACCOUNT}" for name, port in ports.items())
        yield ";".join(["DefaultEndpointsProtocol=http", f"AccountName={ACCOUNT}", f"AccountKey={KEY}", *endpoints])
