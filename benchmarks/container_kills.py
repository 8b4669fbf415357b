"""What kills cost a container: roles and engines are killed at random moments under load; how much of what was confirmed is lost.

The roles are processes of the packaged app's own start command, two replicas of each. A message counts as confirmed when `send`
has returned its id, a row when `put` has returned. A message is lost when it was neither handled nor is among the dead letters.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from threading import Event, Thread
from typing import Any, Self

from benchmarks.rows import Row

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from hosts import container_schedule  # noqa: E402
from hosts.container_image import Built, build, end  # noqa: E402
from hosts.container_work import until  # noqa: E402
from servers import nats as nats_server  # noqa: E402
from servers import postgres as postgres_server  # noqa: E402
from servers.process import free_port  # noqa: E402

from portable.errors import PortableError  # noqa: E402
from portable.eventing.due import due  # noqa: E402
from portable.eventing.outgoing import prepare  # noqa: E402
from portable.eventing.queue import Queue  # noqa: E402
from portable.persistence.clients import TableReadWriter  # noqa: E402
from portable.persistence.table import Table  # noqa: E402
from portable_container.runtime.clients import Postgres  # noqa: E402
from portable_container.runtime.eventing import NatsQueue, queue_driver  # noqa: E402
from portable_container.runtime.nats_clients import Nats  # noqa: E402
from portable_container.runtime.nats_consuming import Consuming  # noqa: E402
from portable_container.runtime.nats_names import address_of  # noqa: E402
from portable_container.runtime.persistence import table_driver  # noqa: E402

WORKERS, ENGINE, LEADERS = (
    int(os.environ.get(f"PORTABLE_KILLS_{name}", "0")) for name in ("WORKERS", "ENGINE", "LEADERS")
)
KILLS = {"workers": WORKERS or 100, "engine": ENGINE or 20, "leaders": LEADERS or 20}
"""How many processes of each kind are killed."""
TAKE_OVER_SECONDS = 10.0
JOBS, ROWS = Queue("jobs"), Table("rows", key="id")
APP = """
from typing import Annotated
from portable import Message, Queue, Retry, Table, TableReadWriter, Tick, function, schedule

jobs, rows = Queue("jobs"), Table("rows", key="id")

@function(jobs.messages(), retry=Retry(attempts=20, backoff=0.2), dead_letter=True)
def work(message: Message[bytes], table: Annotated[TableReadWriter, rows]) -> None:
    table.put({"id": message.id})

@function(schedule.every(minutes=1))
def tick(found: Tick, table: Annotated[TableReadWriter, rows]) -> None:
    table.put({"id": found.scheduled_at.isoformat()})
"""


class Engine:
    """A server that can be killed, and started again where it was."""

    def __init__(
        self, start: Callable[[], AbstractContextManager[Any]], kill: Callable[[Any], subprocess.Popen[bytes]]
    ) -> None:
        self._start = start
        self._process = kill
        self._stack = ExitStack()
        self._served: Any = None

    def __enter__(self) -> Self:
        self._served = self._stack.enter_context(self._start())
        return self

    def __exit__(self, *_error: object) -> None:
        self._stack.close()

    def killed(self, down: float) -> None:
        """Kill the server, and start it again after some seconds."""
        process = self._process(self._served)
        process.kill()
        process.wait()
        self._stack.close()
        time.sleep(down)
        for _ in range(20):
            try:
                self._served = self._stack.enter_context(self._start())
                return
            except RuntimeError:  # children of PostgreSQL that have not seen yet that it was killed
                time.sleep(0.2)
        raise SystemExit("the server does not start again")


class Load:
    """Sends messages and writes rows until the block ends, and keeps what was confirmed."""

    def __init__(self, queue: NatsQueue, table: TableReadWriter[Any]) -> None:
        self.sent: list[str] = []
        self.put: list[str] = []
        self._queue = queue
        self._table = table
        self._enough = Event()
        self._threads = [Thread(target=self._send), Thread(target=self._write)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._enough.set()
        for thread in self._threads:
            thread.join()

    def _send(self) -> None:
        while not self._enough.wait(0.05):
            outcomes = self._queue.send_many([prepare("x", None)] * 20)
            self.sent += [outcome for outcome in outcomes if isinstance(outcome, str)]

    def _write(self) -> None:
        number = 0
        while not self._enough.wait(0.01):
            number += 1
            try:
                self._table.put({"id": f"put-{id(self)}-{number}"})
            except PortableError:
                continue
            self.put.append(f"put-{id(self)}-{number}")


class Stage:
    """An app in a stage of its own on its own engines."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder = folder
        self.chance = random.Random(13)
        ports = free_port(), free_port()
        (folder / "nats").mkdir()
        served = stack.enter_context(postgres_server.postgres(ports[1]))
        home = served.certificate.parents[1]
        served.process.send_signal(signal.SIGINT)
        served.process.wait(20)
        self.broker = Engine(lambda: nats_server.serving(folder / "nats", ports[0]), lambda process: process)
        self.database = Engine(lambda: postgres_server.serving(home, ports[1]), lambda found: found.process)
        for engine in (self.broker, self.database):
            stack.enter_context(engine)
        environment = {"PORTABLE_NATS": f"nats://127.0.0.1:{ports[0]}", "PORTABLE_POSTGRES": served.uri}
        self.nats = Nats(environment["PORTABLE_NATS"], remaining=lambda: 2.0)
        stack.callback(self.nats.close)
        self.postgres = Postgres(environment["PORTABLE_POSTGRES"], remaining=lambda: 2.0)
        stack.callback(self.postgres.close)
        self.built = self._built(environment)
        self.queue = queue_driver(JOBS, "kills_dev_queue_jobs", self.nats)
        self.dead = queue_driver(JOBS.dead_letters, "kills_dev_queue_jobs-poison", self.nats)
        self.table = TableReadWriter(ROWS, _One(table_driver(ROWS, "kills_dev.rows", self.postgres)))  # type: ignore[arg-type]

    def _built(self, environment: dict[str, str]) -> Built:
        app = self.folder / "app"
        app.mkdir()
        (app / "app.py").write_text(APP)
        (app / "pyproject.toml").write_text('[project]\nname = "kills"\nversion = "1"\n')
        built = build(app, environment)
        built.run("migrate")
        return built

    def replica(self) -> subprocess.Popen[bytes]:
        return self.built.start(log=self.folder / "log")

    def keys(self) -> set[str]:
        return {key for (key,) in self.postgres.rows('SELECT "key" FROM kills_dev.rows', [], "rows")}

    def lost(self, load: Load) -> tuple[int, int]:
        """Wait until everything is handled, and return how many messages and how many rows are lost."""
        until(lambda: self.queue.count() == 0, 120)
        dead = {received.message.id for received in self.dead.receive(1000, 0.1)}
        keys = self.keys()
        return len(set(load.sent) - keys - dead), len(set(load.put) - keys)


class _One:
    def __init__(self, driver: Any) -> None:
        self._driver = driver

    def of(self, _table: Table) -> Any:
        return self._driver


def rows() -> Iterator[Row]:
    """Kill one kind of process after the other."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        stage = Stage(Path(folder), stack)
        replicas = [stage.replica(), stage.replica()]
        stack.callback(lambda: end(replicas, signal.SIGKILL))
        first = datetime.now(UTC) + timedelta(seconds=TAKE_OVER_SECONDS)

        def kill_replica() -> None:
            victim = replicas.pop(stage.chance.randrange(2))
            end([victim], signal.SIGKILL)
            replicas.append(stage.replica())

        yield _killed(stage, "replicas of work and schedule", KILLS["workers"], kill_replica, 0.6)
        yield _killed(stage, "NATS", KILLS["engine"], lambda: stage.broker.killed(stage.chance.uniform(0, 1.5)), 1.5)
        yield _killed(
            stage, "PostgreSQL", KILLS["engine"], lambda: stage.database.killed(stage.chance.uniform(0, 1.5)), 1.5
        )
        yield _minutes(stage, first)
        begun = time.perf_counter()
        codes = end(replicas)
        taken = time.perf_counter() - begun
        yield Row(
            "a replica under no load stops after SIGTERM",
            f"{taken:.1f} s, exit codes {codes}",
            "<= 2 s",
            not any(codes),
        )
        yield _leaders(stage)


def _killed(stage: Stage, what: str, count: int, kill: Callable[[], None], longest: float) -> Row:
    with Load(stage.queue, stage.table) as load:
        for _ in range(count):
            time.sleep(stage.chance.uniform(0.05, longest))
            kill()
        time.sleep(2)
    messages, written = stage.lost(load)
    told = f"{messages} of {len(load.sent):,} messages, {written} of {len(load.put):,} rows"
    return Row(f"lost over {count} kills of {what}", told, "0", not messages and not written and bool(load.sent))


def _minutes(stage: Stage, first: datetime) -> Row:
    """The due moments of the app's own schedule since `first`, over all kills so far: published, and handled."""
    last = datetime.now(UTC)
    time.sleep(TAKE_OVER_SECONDS)
    wanted = set(due({"expression": "* * * * *", "timezone": "UTC"}, first, last))
    published, keys = _published(stage.nats, "kills_dev_ticks_tick"), stage.keys()
    lost = len(wanted - set(published)) + sum(moment.isoformat() not in keys for moment in published)
    twice = len(published) - len(set(published))
    told = f"{lost} lost, {twice} twice of {len(wanted)}"
    return Row("minutes of the app's schedule over all these kills", told, "0", not lost and not twice and bool(wanted))


def _leaders(stage: Stage) -> Row:
    """Kill whoever leads; a moment is due every 0.1 s."""
    command = [sys.executable, container_schedule.__file__, *stage.built.environment.values(), "kills_dev"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "tests")}

    def start() -> subprocess.Popen[bytes]:
        return subprocess.Popen(command, env=environment)

    running = [start(), start()]
    longest = 0.0
    try:
        for _ in range(KILLS["leaders"]):
            leader = container_schedule.leader(stage.postgres, "kills_dev", {process.pid for process in running}, 30)
            time.sleep(stage.chance.uniform(0, 1.5))
            victim = next(process for process in running if process.pid == leader)
            end([victim], signal.SIGKILL)
            begun = time.monotonic()
            running.remove(victim)
            running.append(start())
            container_schedule.leader(stage.postgres, "kills_dev", {process.pid for process in running}, 30)
            longest = max(longest, time.monotonic() - begun)
        time.sleep(1)
    finally:
        end(running)
    found = _published(stage.nats, "kills_dev_ticks_often")
    lost, twice = _gaps(found, container_schedule.EVERY), len(found) - len(set(found))
    told = f"{lost} lost, {twice} twice of {len(found):,}; the next led after {longest:.1f} s at most"
    right = not lost and not twice and longest <= TAKE_OVER_SECONDS
    return Row(
        f"due moments over {KILLS['leaders']} kills of the leader", told, f"0; <= {TAKE_OVER_SECONDS:.0f} s", right
    )


def _published(nats: Nats, address: str) -> list[datetime]:
    """Return the due moments in a stream, in order. The stream keeps those that were taken, too: a new reader gets all."""
    at = address_of(f"{address}/all")
    reader = {"durable_name": "all", "name": "all", "ack_policy": "explicit", "deliver_policy": "all"}
    nats.api(f"CONSUMER.CREATE.{at.stream}.all", {"stream_name": at.stream, "config": reader})
    consuming, found = Consuming(nats, at, address, partitioned=False), list[datetime]()
    while taken := consuming.take(500):
        found += [datetime.fromisoformat(message.data.decode()) for message in taken]
        consuming.acknowledge([message.reply for message in taken])
    return sorted(found)


def _gaps(moments: list[datetime], every: float) -> int:
    """Return how many moments are missing between the first and the last."""
    steps = (round((after - before).total_seconds() / every) for before, after in pairwise(sorted(set(moments))))
    return sum(step - 1 for step in steps)


if __name__ == "__main__":
    for row in rows():
        print(f"{'ok  ' if row.ok else 'MISS'} {row.what:70} {row.measured:>60} {row.bar:>12}", flush=True)
