"""What `portable dev` costs, beside other servers of this machine: rows of (what, measured, bar, ok) out.

All of one comparison run in turn in one run, so a ratio holds on a busy machine as well.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median, quantiles

from benchmarks.load import WARM as BEFORE
from benchmarks.load import rate
from benchmarks.rows import Row
from benchmarks.serving import AMAZON, BARE, DEV, GOOGLE, PORTABLE, ROOT, Other, Server, started

# isort: split
from hosts.dev_kills import kill  # the folder of the tests is known now

SECONDS, WARM = 2.0, 2.0
SETTLED = 0.3
"""Seconds after which what was asked is also in the journal."""
PROCESSES, PAIRS = 3, 5
STARTS = 11
KILLS = 200


def rows() -> Iterator[Row]:
    """Return every measurement of this page."""
    yield from starting()
    yield from throughput()
    yield from reloading()
    yield delivered()
    yield steady()
    yield killed()


def starting() -> Iterator[Row]:
    """From the command to the first answer: the shortest time, and the median of the ratios of some rounds."""
    sample = Other({}, lambda port: [*DEV.command(port), str(ROOT / "samples" / "photos")], "/photos")
    shown = {"samples/photos": sample, "a hello function": DEV, "chalice local": AMAZON, "functions-framework": GOOGLE}
    found: dict[str, list[float]] = {name: [] for name in shown}
    for _ in range(STARTS):
        for name, other in shown.items():
            begun = time.perf_counter()
            with started(other) as server:
                found[name].append(server.until(other.path, b"[" if name == "samples/photos" else b"Hello") - begun)
    photos = min(found["samples/photos"])
    yield Row(
        "portable dev samples/photos: command to first answer", f"{photos * 1000:.0f} ms", "<= 700 ms", photos <= 0.7
    )
    for name in ("chalice local", "functions-framework"):
        ratio = median(ours / theirs for ours, theirs in zip(found["a hello function"], found[name], strict=True))
        what = f"the same, hello: to {name} ({median(found[name]) * 1000:.0f} ms)"
        yield Row(what, f"{ratio:.2f}", "<= 1.0", ratio <= 1.0)


def throughput() -> Iterator[Row]:
    """Answers with 16 connections, to other servers: the medians of pairs, and the worst of them."""
    for what, theirs, path, bar in (
        ("portable def to starlette def", BARE, "/hello/ada", 0.7),
        ("portable async def to starlette async def", BARE, "/hello-async/ada", 0.7),
        ("portable def to functions-framework", GOOGLE, "/hello/ada", 2.0),
    ):
        processor, clock = zip(*compared(theirs, path), strict=True)
        found = median(processor)
        shown = f"{found:.2f}, worst {min(processor):.2f} ({median(clock):.2f}, worst {min(clock):.2f} by the clock)"
        told = f"{what}: answers per second of processor time, {len(clock)} pairs"
        yield Row(told, shown, f">= {bar}", found >= bar)
    _, clock = zip(
        *compared(AMAZON, "/hello/ada"), strict=True
    )  # which mostly waits, so its processor time says little
    found = median(clock)
    yield Row(
        "portable def to chalice local by the clock", f"{found:.2f}, worst {min(clock):.2f}", ">= 10.0", found >= 10
    )


def compared(other: Other, path: str) -> Iterator[tuple[float, float]]:
    """Yield ratios to another server, of processor time and by the clock: both run, and are asked in turn."""
    for _ in range(PROCESSES):
        with started(DEV) as ours, started(other) as theirs:
            for server in (ours, theirs):
                server.until(path, b"Hello")
                rate(server.port, path, WARM)
            for number in range(PAIRS):
                turn = (ours, theirs) if number % 2 else (theirs, ours)
                found = {server: window(server, path) for server in turn}
                yield found[ours][0] / found[theirs][0], found[ours][1] / found[theirs][1]


def window(server: Server, path: str) -> tuple[float, float]:
    """Return answers per second of processor time, with all that a server does later of them, and by the clock."""
    before = server.processor()
    answers = rate(server.port, path, SECONDS)
    time.sleep(SETTLED)
    return answers * (SECONDS + BEFORE) / (server.processor() - before), answers


def reloading() -> Iterator[Row]:
    """From a save to the first answer of the new code, the median of some saves."""
    times = []
    with started(DEV) as server:
        server.until("/hello/ada", b"Hello")
        for number in range(10):
            time.sleep(1.5)
            (server.folder / "app.py").write_text(PORTABLE.replace("Hello", f"Hello{number}"))
            begun = time.perf_counter()
            times.append(server.until("/hello/ada", f"Hello{number}".encode()) - begun)
    found = median(times)
    yield Row("save to the new code serving", f"{found * 1000:.0f} ms", "<= 300 ms", found <= 0.3)


def delivered() -> Row:
    """From before `send` to the handler's first line, at 200 messages a second."""
    with started(DEV) as server:
        server.until("/hello/ada", b"Hello")
        server.get("/send/100")
        before = len(waits(server))
        server.get("/send/2000")
        while len(waits(server)) < before + 2000:
            time.sleep(0.05)
        found = waits(server)[before:]
    middle, late = median(found) * 1000, quantiles(found, n=100)[98] * 1000
    shown = f"{middle:.1f} ms, p99 {late:.1f} ms"
    return Row("message sent to handler started, 200/s", shown, "<= 10 ms, p99 <= 30 ms", middle <= 10 and late <= 30)


def waits(server: Server) -> list[float]:
    """Return how long messages have waited."""
    return [float(found) for found in re.findall(rb"[\d.e-]+", server.get("/waits"))]


def steady() -> Row:
    """How much the serving process grows under a load of 60 seconds, with the journal full."""
    with started(DEV) as server:
        server.until("/hello/ada", b"Hello")
        rate(server.port, "/hello/ada", 10.0)
        begun = memory(server)
        rate(server.port, "/hello/ada", 60.0)
        grown = (memory(server) - begun) / 1e6
    return Row("memory of the serving process over 60 s", f"{grown:+.1f} MB", "<= 10 MB", abs(grown) <= 10)


def memory(server: Server) -> int:
    """Return the bytes that the largest process of a server has in memory."""
    pages = [int(Path(f"/proc/{number}/statm").read_text().split()[1]) for number in server.processes()[1:]]
    return max(pages) * os.sysconf("SC_PAGE_SIZE")


def killed() -> Row:
    """What is lost when the serving process is killed again and again under load."""
    folder = Path(tempfile.mkdtemp())
    try:
        found = kill(folder, KILLS)
    finally:
        shutil.rmtree(folder)
    what = f"{KILLS} kill -9 under load: lost of {found['acknowledged']:,} acknowledged requests"
    return Row(what, f"{found['lost']}", "0", found["lost"] == 0)
