"""A queue of the container beside Celery and Dramatiq on Redis: nothing in, rows of (what, measured, bar, ok) out.

Each has one process that sends, two worker processes, a server that writes to its disk, and the promise that a message is
handled at least once. The work of a message is to note it in a file that all share.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import NamedTuple

from benchmarks.rows import Row

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from servers.install import debian_program, python_tool  # noqa: E402
from servers.nats import nats_server  # noqa: E402
from servers.process import free_port, running, stop  # noqa: E402

APP, PEERS = (ROOT / "benchmarks" / "apps" / name for name in ("container_queue", "queue_peers"))
SENDING = str(APP / "sending.py")
ROUNDS, MESSAGES, STEADY, RATE = 3, 10_000, 2_500, 500
FEW, MANY, PIECES = 1_000, 1_000_000, 15
"""How many messages wait in the short and in the long queue, and how often the time of nearly `FEW` of them is taken."""
WINDOW = 8_000
"""How far messages are handled out of their order."""


class Way(NamedTuple):
    """One of those that are compared: the command of the processes that send and work, and their variables."""

    python: str
    work: Sequence[Sequence[str]]
    environment: Mapping[str, str]
    folder: Path


class Noted:
    """The file in which workers note what they handled: for each message a number."""

    def __init__(self, folder: Path, count: int) -> None:
        self.file = folder / "noted"
        self.file.write_bytes(bytes(8 * count))
        self._all_before = 0

    def seconds(self, first: int, count: int) -> list[float]:
        """Return for each message the seconds from its sending to its handling; 0 for one that was not handled."""
        with self.file.open("rb") as file:
            file.seek(first * 8)
            return list(memoryview(file.read(count * 8)).cast("d"))

    def handled(self) -> int:
        """Return how many messages were handled, which happens nearly in their order: only some are looked at."""
        there = self.seconds(self._all_before, WINDOW)
        lead = next((place for place, seconds in enumerate(there) if not seconds), len(there))
        self._all_before += lead
        return self._all_before + sum(map(bool, there[lead:]))

    def wait(self, count: int, limit: float = 120) -> None:
        """Return when so many messages are handled."""
        end = time.monotonic() + limit
        while (done := self.handled()) < count:
            if time.monotonic() > end:
                raise SystemExit(f"{done} of {count} messages were handled within {limit} s")
            time.sleep(0.01)


def rows() -> list[Row]:
    """Return every measurement of this page."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with portable(folder) as ours:
            found = [*alone(folder, ours)]
        return [*found, *beside(folder)]


def alone(folder: Path, way: Way) -> Iterator[Row]:
    """Measure the container alone: throughput, latency, and the cost of a message in a long queue."""
    rate = median(throughput(folder, way, "together") for _ in range(ROUNDS))
    yield Row("container queue: send to handled, 2 workers", f"{rate:,.0f}/s", ">= 2,000/s", rate >= 2000)
    waits = sorted(latencies(folder, way, "portable"))
    middle, last = median(waits) * 1000, quantiles(waits, n=100)[98] * 1000
    measured = f"p50 {middle:.1f} ms, p99 {last:.1f} ms"
    yield Row(f"container queue: sent to handled at {RATE}/s", measured, "p50 <= 10 ms", middle <= 10)
    short, long = (draining(folder, way, waiting) for waiting in (FEW, MANY))
    measured = f"{long / short:.2f}x ({short * 1e6:.0f} us with {FEW:,}, {long * 1e6:.0f} us with {MANY:,})"
    yield Row("container queue: cost of a message, many waiting against few", measured, "<= 1.50x", long <= 1.5 * short)


def beside(folder: Path) -> Iterator[Row]:
    """Measure all three in turn, several rounds; the better peer counts. Only ours has a call that sends several at once."""
    rates: dict[str, list[float]] = {name: [] for name in ("together", "portable", "celery", "dramatiq")}
    for _ in range(ROUNDS):
        for name, made in (("together", portable), ("portable", portable), ("celery", celery), ("dramatiq", dramatiq)):
            with made(folder) as way:
                rates[name].append(throughput(folder, way, name))
    found = {name: median(each) for name, each in rates.items()}
    better = max(found["celery"], found["dramatiq"])
    peers = ", ".join(f"{name} {found[name]:,.0f}/s" for name in ("celery", "dramatiq"))
    what = "container queue against Celery and Dramatiq, "
    for name, how in (("together", "send_many"), ("portable", "send, one by one")):
        measured = f"{found[name] / better:.2f}x ({found[name]:,.0f}/s; {peers})"
        yield Row(what + how, measured, ">= 1.00x", found[name] >= better)


def throughput(folder: Path, way: Way, sending: str) -> float:
    """Return the messages a second, from the first send to the last handled."""
    noted = Noted(folder, MESSAGES + 1)
    with working(way, noted, sending):
        start = time.perf_counter()
        with sender(way, noted, sending, 1, MESSAGES):
            noted.wait(MESSAGES + 1)
        return MESSAGES / (time.perf_counter() - start)


def latencies(folder: Path, way: Way, sending: str) -> list[float]:
    """Return the seconds from sent to handled while messages come at a steady rate."""
    noted = Noted(folder, STEADY + 1)
    with working(way, noted, sending), sender(way, noted, sending, 1, STEADY, RATE):
        noted.wait(STEADY + 1)
    return noted.seconds(1, STEADY)


def draining(folder: Path, way: Way, waiting: int) -> float:
    """Return the seconds that one message takes while so many wait: the median over pieces of nearly `FEW` messages.

    A short queue is one piece, so it is filled again and again.
    """
    times: list[float] = []
    while len(times) < PIECES:
        noted = Noted(folder, waiting)
        with sender(way, noted, "together", 0, waiting) as process:
            process.wait()
        with workers(way, noted):
            noted.wait(FEW // 10)  # all workers have started
            for _ in range(PIECES if waiting > FEW else 1):
                start, before = time.perf_counter(), noted.handled()
                noted.wait(min(before + FEW * 8 // 10, waiting))
                times.append((time.perf_counter() - start) / (noted.handled() - before))
            if waiting == FEW:
                noted.wait(waiting)
    return median(times)


@contextmanager
def working(way: Way, noted: Noted, sending: str) -> Iterator[None]:
    """Run the workers; a first message was handled when the block begins."""
    with workers(way, noted):
        with sender(way, noted, sending, 0, 1) as process:
            process.wait()
        noted.wait(1, 60)
        yield


@contextmanager
def workers(way: Way, noted: Noted) -> Iterator[None]:
    """Run the worker processes until the block ends."""
    environment = {**os.environ, **way.environment, "NOTED": str(noted.file)}
    with (noted.file.with_name("log")).open("ab") as log:
        found = [
            subprocess.Popen(command, env=environment, cwd=way.folder, stdout=log, stderr=log, start_new_session=True)
            for command in way.work
        ]
    try:
        yield
    finally:
        for process in found:
            stop(process)


@contextmanager
def sender(
    way: Way, noted: Noted, sending: str, first: int, count: int, rate: float = 0
) -> Iterator[subprocess.Popen[bytes]]:
    """Run the process that sends."""
    environment = {**os.environ, **way.environment, "NOTED": str(noted.file)}
    command = [way.python, SENDING, sending, str(first), str(count), str(rate)]
    with subprocess.Popen(command, env=environment, cwd=APP) as process:
        yield process
        if process.wait():
            raise SystemExit(f"{' '.join(command)} failed")


@contextmanager
def portable(folder: Path) -> Iterator[Way]:
    """Run the package's own start command over nats-server."""
    out = folder / "dist"
    if not out.exists():
        command = ["package", str(APP), "--target", "container", "--out", str(out)]
        subprocess.run(
            [str(Path(sys.executable).with_name("portable")), *command], check=True, stdout=subprocess.DEVNULL
        )
    bundle = out / "container" / "bundle"
    with nats_server() as url:
        environment = {"PORTABLE_NATS": url, "PORTABLE_QUEUE_JOBS": "bench-queue_dev_queue_jobs", "PYTHONPATH": ""}
        start = [sys.executable, "portable_start.py"]
        subprocess.run([*start, "migrate"], check=True, cwd=bundle, env={**os.environ, **environment})
        ports = [[*start, "work", "--admin-port", str(free_port())] for _ in range(2)]
        yield Way(sys.executable, ports, environment, bundle)


@contextmanager
def redis(folder: Path) -> Iterator[Mapping[str, str]]:
    """Run Redis with its log of changes, written each second."""
    port = free_port()
    data = Path(tempfile.mkdtemp(dir=folder))
    server = debian_program(lambda: shutil.which("redis-server"), "redis-server")
    command = [server, "--port", str(port), "--bind", "127.0.0.1", "--dir", str(data)]
    with running([*command, "--appendonly", "yes", "--appendfsync", "everysec"], port, data / "log"):
        yield {"REDIS": f"redis://127.0.0.1:{port}/0", "PYTHONPATH": f"{PEERS}{os.pathsep}{APP}"}


@contextmanager
def celery(folder: Path) -> Iterator[Way]:
    """Run a Celery worker with two processes."""
    tool = python_tool("celery", "celery[redis]==5.7.0") / "bin"
    work = [
        str(tool / "celery"),
        "-A",
        "celery_tasks",
        "worker",
        "-c",
        "2",
        "-l",
        "error",
        "--without-gossip",
        "--without-mingle",
    ]
    with redis(folder) as environment:
        yield Way(str(tool / "python"), [work], environment, PEERS)


@contextmanager
def dramatiq(folder: Path) -> Iterator[Way]:
    """Run a Dramatiq worker with two processes and its usual threads."""
    tool = python_tool("dramatiq", "dramatiq[redis]==2.2.1") / "bin"
    work = [str(tool / "dramatiq"), "dramatiq_tasks", "--processes", "2"]
    with redis(folder) as environment:
        yield Way(str(tool / "python"), [work], environment, PEERS)


if __name__ == "__main__":
    for row in rows():
        print(f"{'ok  ' if row.ok else 'MISS'} {row.what:60} {row.measured:>20} {row.bar:>12}")
