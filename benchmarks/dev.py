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

SECONDS, WARM = 3.0, 2.0
ROUNDS, STARTS = 3, 11
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
    """Answers per second of processor time and by the clock, with 16 connections, the medians of some rounds in turn."""
    asked = [
        ("portable def", DEV, "/hello/ada"),
        ("starlette def", BARE, "/hello/ada"),
        ("portable async def", DEV, "/hello-async/ada"),
        ("starlette async def", BARE, "/hello-async/ada"),
        ("functions-framework", GOOGLE, "/hello/ada"),
        ("chalice local", AMAZON, "/hello/ada"),
    ]
    found: dict[str, list[tuple[float, float]]] = {name: [] for name, _, _ in asked}
    for _ in range(ROUNDS):
        for name, other, path in asked:
            with started(other) as server:
                server.until(path, b"Hello")
                rate(server.port, path, WARM)
                before = server.processor()
                answers = rate(server.port, path, SECONDS)
                taken = server.processor() - before
                found[name].append((answers * (SECONDS + BEFORE) / taken, answers))
    rates, clock = ({name: median(each[at] for each in given) for name, given in found.items()} for at in (0, 1))
    for ours, theirs, bar in (
        ("portable def", "starlette def", 0.7),
        ("portable async def", "starlette async def", 0.7),
        ("portable def", "functions-framework", 2.0),
    ):
        ratio = rates[ours] / rates[theirs]
        what = f"{ours} {rates[ours]:,.0f} to {theirs} {rates[theirs]:,.0f}, answers per second of processor time"
        shown = f"{ratio:.2f} ({clock[ours] / clock[theirs]:.2f} by the clock)"
        yield Row(what, shown, f">= {bar}", ratio >= bar)
    ratio = clock["portable def"] / clock["chalice local"]  # which mostly waits, so its processor time says little
    yield Row(
        f"portable def to chalice local {clock['chalice local']:,.0f}/s by the clock",
        f"{ratio:.2f}",
        ">= 10.0",
        ratio >= 10,
    )


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
