"""The real Python worker of Azure Functions on a bundle: requests over loopback, other triggers by name."""

from __future__ import annotations

import http.client
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from servers.install import python_tool
from servers.process import free_port, running

from portable_azure.testing.worker import PROGRAM

REQUIREMENTS = ("azure-functions==2.3.0", "azure-functions-runtime==1.3.0")
VERSION = "3.13"


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply of the host: header names in lower case, repeats kept."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        """Return the value of a header, None when there is none."""
        return next((value for key, value in self.headers if key.lower() == name), None)

    def headers_of(self, name: str) -> list[str]:
        """Return every value of a header."""
        return [value for key, value in self.headers if key.lower() == name]

    def json(self) -> Any:
        """Return the body decoded from JSON."""
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class AzureHost:
    """A running bundle; `log` is what it wrote."""

    port: int
    log_file: Path

    def request(
        self, method: str, target: str, body: bytes = b"", headers: list[tuple[str, str]] | None = None
    ) -> Answer:
        """Return the answer to a request; `target` goes onto the request line as it stands."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.putrequest(method, target, skip_accept_encoding=True)
        for name, value in headers or []:
            connection.putheader(name, value)
        if body:
            connection.putheader("content-length", str(len(body)))
        connection.endheaders(body)
        reply = connection.getresponse()
        answer = Answer(reply.status, reply.getheaders(), reply.read())
        connection.close()
        return answer

    def fire(self, name: str, argument: str, data: dict[str, Any], metadata: Any = None, more: Any = None) -> Any:
        """Run a function with a trigger's data ({"type", "value"}) and return {"ok", "error"}."""
        told = {"inputs": {argument: data}, "metadata": metadata or {}, "more": more or {}}
        return self.request("POST", f"/admin/functions/{name}", json.dumps(told).encode()).json()

    def functions(self) -> dict[str, list[dict[str, Any]]]:
        """Return the bindings of each function as the worker indexed them."""
        return self.request("GET", "/admin/functions").json()  # type: ignore[no-any-return]

    @property
    def log(self) -> str:
        """What the functions and the worker wrote so far."""
        return self.log_file.read_text(errors="replace")


def worker_python() -> str:
    """Return the interpreter of the worker's own environment. Skips where there is no Python 3.13."""
    return str(python_tool("azure-worker", *REQUIREMENTS, python=interpreter()) / "bin" / "python")


def interpreter() -> str:
    """Return a Python 3.13, which the worker needs: pyenv's or the one on PATH. Skips with the way to get one."""
    versions = sorted(Path("~/.pyenv/versions").expanduser().glob(f"{VERSION}.*/bin/python{VERSION}"))
    found = str(versions[-1]) if versions else shutil.which(f"python{VERSION}")
    if found is None:
        pytest.skip(f"the Azure worker needs Python {VERSION}: `uv python install {VERSION}` or pyenv")
    return found


@contextmanager
def azure_host(bundle: Path, log: Path, environment: dict[str, str] | None = None) -> Iterator[AzureHost]:
    """Start the worker on a bundle and stop it at the end. Raises RuntimeError with the log when it does not load."""
    port = free_port()
    settings = {
        "FUNCTIONS_WORKER_RUNTIME": "python",
        "AzureWebJobsScriptRoot": str(bundle),
        "PORTABLE_TARGET": "azure",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUNBUFFERED": "1",
        "PYTHONPATH": "",
        **(environment or {}),
    }
    with running([worker_python(), PROGRAM, str(bundle), str(port)], port, log, settings, folder=bundle, seconds=30):
        yield AzureHost(port, log)
