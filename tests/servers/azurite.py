"""Azurite: Azure's blob, queue and table services on loopback ports. A log folder in, a connection string out."""

from __future__ import annotations

import base64
import hashlib
import hmac
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate
from pathlib import Path

from servers.install import node_tool
from servers.process import free_port, running, wait_for

REQUIREMENT = "azurite@3.35.0"
WITHOUT = ("applicationinsights", "mysql2", "tedious")
"""Its telemetry, and the databases that could keep what it holds. Here it is in memory."""
ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="


def installed() -> Path:
    """Return the folder that holds it."""
    return node_tool("azurite", REQUIREMENT, without=WITHOUT)


@contextmanager
def azurite(folder: Path) -> Iterator[str]:
    """Run Azurite in memory until the block ends; yields the connection string of its account."""
    tool, log = installed(), folder / "azurite.log"
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


def create_container(connection: str, name: str) -> None:
    """Make a blob container: neither obstore nor our adapter does.

    Signed by shared key, learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key.
    """
    endpoint = dict(part.split("=", 1) for part in connection.split(";"))["BlobEndpoint"]
    headers = f"x-ms-date:{formatdate(usegmt=True)}\nx-ms-version:2021-12-02"
    resource = f"/{ACCOUNT}/{ACCOUNT}/{name}\nrestype:container"
    text = "\n".join(["PUT", *[""] * 11, headers, resource])
    signature = base64.b64encode(hmac.digest(base64.b64decode(KEY), text.encode(), hashlib.sha256)).decode()
    request = urllib.request.Request(f"{endpoint}/{name}?restype=container", b"", method="PUT")
    for line in headers.split("\n"):
        request.add_header(*line.split(":", 1))
    request.add_header("Authorization", f"SharedKey {ACCOUNT}:{signature}")
    request.add_header("Content-Type", "")
    urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=20).close()
