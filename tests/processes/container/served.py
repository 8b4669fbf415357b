"""An image in a process, started as its own start command does it, with functions that wait; and a client behind a balancer."""

from __future__ import annotations

import http.client
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from portable.testing.processes import free_port

START = """
import asyncio, sys, time
from portable.eventing.routing import Route, RouteTable
from portable_container.runtime import serve
from portable_container.runtime.image import Image
from portable_container.runtime.start import main

def wait(request, context):
    time.sleep(float(request.path_params["seconds"]))
    return request.path

async def rest(request, context):
    await asyncio.sleep(float(request.path_params["seconds"]))
    return request.path

class Entry:
    application = serve.application(
        RouteTable([
            ("/wait/{seconds}", {"GET": Route("wait", wait, 100)}),
            ("/rest/{seconds}", {"GET": Route("rest", rest, 100)}),
        ]), 60, frozenset(["rest"]))

sys.modules["entry_http"] = Entry
raise SystemExit(main(Image("shop", "entry_http", ("wait", "rest"))))
"""
PATIENCE = 20.0


class Served(NamedTuple):
    """The process and its ports."""

    process: subprocess.Popen[bytes]
    port: int
    admin: int

    def terminate(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    def ready(self) -> bool:
        """Ask as a balancer does."""
        connection = http.client.HTTPConnection("127.0.0.1", self.admin, timeout=5)
        try:
            connection.request("GET", "/_portable/ready")
            answer = connection.getresponse()
            answer.read()
            return answer.status == 200
        except OSError:
            return False
        finally:
            connection.close()


@contextmanager
def served(folder: Path, **variables: str) -> Iterator[Served]:
    """Start an image, and kill what is left of it."""
    (folder / "start.py").write_text(START)
    port, admin = free_port(), free_port()
    ports = ["--host", "127.0.0.1", "--port", str(port), "--admin-port", str(admin)]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "start.py", "serve", *ports],
            cwd=folder,
            env={"PATH": "", "PYTHONPATH": ":".join(sys.path), **variables},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    found = Served(process, port, admin)
    try:
        end = time.monotonic() + PATIENCE
        while not found.ready():
            assert time.monotonic() < end
            assert process.poll() is None, (folder / "log").read_text()
            time.sleep(0.02)
        yield found
    finally:
        process.kill()
        process.wait()


class Clients:
    """Clients that ask one request after the other on connections that they keep, as a balancer lets them.

    A new connection is made only while the process says that it is ready. A request that was sent and not answered is lost.
    """

    def __init__(self, to: Served, paths: list[str]) -> None:
        self.answered = 0
        self.lost: list[str] = []
        self._to = to
        self._ready = True
        self._threads = [threading.Thread(target=self._run, args=(path,)) for path in paths]
        self._looking = threading.Thread(target=self._look)
        for thread in (*self._threads, self._looking):
            thread.start()

    def until(self, answered: int) -> None:
        """Wait until so many requests are answered."""
        end = time.monotonic() + PATIENCE
        while self.answered < answered:
            assert time.monotonic() < end, self.lost
            time.sleep(0.01)

    def join(self) -> None:
        """Wait until nobody asks any more."""
        for thread in (*self._threads, self._looking):
            thread.join()

    def _look(self) -> None:
        while self._ready:
            time.sleep(0.02)
            self._ready = self._to.ready()

    def _run(self, path: str) -> None:
        while self._ready:
            connection = http.client.HTTPConnection("127.0.0.1", self._to.port, timeout=PATIENCE)
            kept = True
            while kept:
                kept = self._ask(connection, path)
            connection.close()

    def _ask(self, connection: http.client.HTTPConnection, path: str) -> bool:
        """Ask once. Return whether the connection goes on."""
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            body = answer.read().decode()
        except (OSError, http.client.HTTPException) as error:
            self.lost.append(f"{path}: {error!r}")
            return False
        if (answer.status, body) != (200, path):
            self.lost.append(f"{path}: {answer.status} {body}")
        self.answered += 1
        return answer.getheader("connection") != "close"
