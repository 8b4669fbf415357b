"""The servers that are compared on this machine: their files and commands, and how one of them is started and asked."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from hosts.served import PROGRAM, environment, free_port  # noqa: E402

PORTABLE = """
from typing import Annotated
import time
from portable import Message, Queue, QueueSender, function, http

jobs = Queue("jobs")


@function(http.get("/hello/{name}"))
def hello(name: str) -> dict[str, str]:
    return {"message": f"Hello, {name}!"}


@function(http.get("/hello-async/{name}"))
async def hello_async(name: str) -> dict[str, str]:
    return {"message": f"Hello, {name}!"}


@function(http.get("/send/{count}"))
def send(count: int, queue: Annotated[QueueSender, jobs]) -> int:
    begun = time.monotonic()
    for number in range(count):
        time.sleep(max(0.0, begun + number / 200 - time.monotonic()))
        queue.send(repr(time.time()))
    return count


waits: list[float] = []


@function(jobs.messages())
def work(message: Message[str]) -> None:
    waits.append(time.time() - float(message.payload))


@function(http.get("/waits"))
def told() -> list[float]:
    return waits
"""
STARLETTE = """
import sys
import uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

def hello(request):
    return JSONResponse({"message": f"Hello, {request.path_params['name']}!"})

async def hello_async(request):
    return JSONResponse({"message": f"Hello, {request.path_params['name']}!"})

app = Starlette(routes=[Route("/hello/{name}", hello), Route("/hello-async/{name}", hello_async)])
uvicorn.run(app, port=int(sys.argv[1]), log_config=None, access_log=False, lifespan="off", ws="none")
"""
FRAMEWORK = """
import functions_framework

@functions_framework.http
def hello(request):
    return {"message": f"Hello, {request.path.rpartition('/')[2]}!"}
"""
CHALICE = """
from chalice import Chalice

app = Chalice(app_name="hello")

@app.route("/hello/{name}")
def hello(name):
    return {"message": f"Hello, {name}!"}
"""


class Other(NamedTuple):
    """A server: its files, and its command for a port."""

    files: dict[str, str]
    command: Callable[[int], list[str]]
    path: str = "/hello/ada"


DEV = Other({"app.py": PORTABLE}, lambda port: [PROGRAM, "dev", "--port", str(port)])
BARE = Other({"bare.py": STARLETTE}, lambda port: [sys.executable, "bare.py", str(port)])
GOOGLE = Other(
    {"main.py": FRAMEWORK},
    lambda port: [str(Path(sys.executable).with_name("functions-framework")), "--target=hello", f"--port={port}"],
)
AMAZON = Other(
    {"app.py": CHALICE, ".chalice/config.json": '{"version": "2.0", "app_name": "hello"}'},
    lambda port: [str(Path(sys.executable).with_name("chalice")), "local", "--no-autoreload", f"--port={port}"],
)


class Server:
    """A server that runs in a folder of its own."""

    def __init__(self, other: Other, folder: Path, port: int, process: subprocess.Popen[bytes]) -> None:
        self.other, self.folder, self.port, self.process = other, folder, port, process

    def get(self, path: str) -> bytes:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("GET", path)
            found = connection.getresponse()
            body = found.read()
            if found.status != 200:
                raise http.client.HTTPException(found.status)
            return body
        finally:
            connection.close()

    def processor(self) -> float:
        """Return the seconds of processor time that the server has taken, with the processes that it started and that run."""
        ticks = 0
        for number in self.processes():
            fields = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def processes(self) -> list[int]:
        """Return the numbers of the server's processes, its own first."""
        own = self.process.pid
        return [own, *map(int, Path(f"/proc/{own}/task/{own}/children").read_text().split())]

    def until(self, path: str, wanted: bytes) -> float:
        """Return when the answer holds what is wanted."""
        while wanted not in self._tried(path):
            time.sleep(0.002)
        return time.perf_counter()

    def _tried(self, path: str) -> bytes:
        try:
            return self.get(path)
        except (OSError, http.client.HTTPException):
            return b""


@contextmanager
def started(other: Other) -> Iterator[Server]:
    """Start a server and end it with all its processes."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file, text in other.files.items():
            (folder / file).parent.mkdir(exist_ok=True)
            (folder / file).write_text(text)
        port = free_port()
        process = subprocess.Popen(
            other.command(port),
            cwd=folder,
            env={name: value for name, value in environment().items() if name != "PYTHONDONTWRITEBYTECODE"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            yield Server(other, folder, port, process)
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
