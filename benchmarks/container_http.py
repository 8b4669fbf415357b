"""What the role `serve` of an image costs, beside starlette on the same uvicorn: rows of (what, measured, bar, ok) out.

Both run in turn in one run. A ratio by processor time holds on a busy machine as well.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

from benchmarks.load import WARM as BEFORE
from benchmarks.load import rate
from benchmarks.rows import Row
from benchmarks.serving import BARE, Other, Server, started

# isort: split
from hosts.served import free_port  # the folder of the tests is known now

from portable.tooling.pipeline import package
from portable_container.runtime.measures import Measures

APP = """
from portable import function, http


@function(http.get("/hello/{name}"))
def hello(name: str) -> dict[str, str]:
    return {"message": f"Hello, {name}!"}


@function(http.get("/hello-async/{name}"))
async def hello_async(name: str) -> dict[str, str]:
    return {"message": f"Hello, {name}!"}
"""
PROJECT = '[project]\nname = "hello"\nversion = "1"\ndependencies = []\n'
SECONDS, WARM, ROUNDS = 3.0, 1.0, 5


def rows() -> Iterator[Row]:
    """Return every measurement of this page."""
    with tempfile.TemporaryDirectory() as name:
        yield from throughput(Path(name))
    yield counting()


def throughput(folder: Path) -> Iterator[Row]:
    """Answers per second of processor time and by the clock, with 16 connections, the medians of the ratios of some rounds."""
    (folder / "app.py").write_text(APP)
    (folder / "pyproject.toml").write_text(PROJECT)
    ours = Other({}, command(packaged(folder)))
    for kind, path in (("def", "/hello/ada"), ("async def", "/hello-async/ada")):
        found = [(measured(ours, path), measured(BARE, path)) for _ in range(ROUNDS)]
        by_processor, by_clock = (median(own[at] / bare[at] for own, bare in found) for at in (0, 1))
        own, bare = (median(pair[at][0] for pair in found) for at in (0, 1))
        what = f"container {kind} {own:,.0f} to starlette {bare:,.0f}, answers per second of processor time"
        shown = f"{by_processor:.2f} ({by_clock:.2f} by the clock)"
        yield Row(what, shown, ">= 0.7", by_processor >= 0.7)


def packaged(folder: Path) -> Path:
    """Return the start of an artifact of the app in a folder."""
    package(folder, "container", folder / "dist", lambda _: None)
    return folder / "dist" / "container" / "bundle" / "portable_start.py"


def command(start: Path) -> Callable[[int], list[str]]:
    """Return the command that serves an artifact at a port."""

    def of(port: int) -> list[str]:
        ports = ["--port", str(port), "--admin-port", str(free_port())]
        return [sys.executable, str(start), "serve", "--host", "127.0.0.1", *ports]

    return of


def measured(other: Other, path: str) -> tuple[float, float]:
    """Return the answers per second of processor time, and by the clock."""
    with started(other) as server:
        server.until(path, b"Hello")
        rate(server.port, path, WARM)
        return loaded(server, path)


def loaded(server: Server, path: str) -> tuple[float, float]:
    before = server.processor()
    answers = rate(server.port, path, SECONDS)
    return answers * (SECONDS + BEFORE) / (server.processor() - before), answers


def counting() -> Row:
    """What it takes to count one call."""
    called, calls = Measures().called, 20_000
    spent = []
    for _ in range(ROUNDS):
        begun = time.process_time()
        for _ in range(calls):
            called("hello", 0.02, False)
        spent.append((time.process_time() - begun) / calls * 1e6)
    return Row("counting one call for /metrics", f"{min(spent):.2f} us", "<= 1 us", min(spent) <= 1)
