"""A packaged app on engines of its own that can be killed, and the load on it: a folder in, what was confirmed and is lost out.

A message or record counts as confirmed when `send` has returned its id, a row when `put` has returned. A message is lost when
it was neither handled nor is among the dead letters. The function of the stream notes a record that is missing before another.
"""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from logging import CRITICAL, getLogger
from pathlib import Path
from threading import Event, Thread
from typing import Any, Self

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from hosts.container_image import Built, build, ready  # noqa: E402
from hosts.container_work import until  # noqa: E402
from servers import nats as nats_server  # noqa: E402
from servers import postgres as postgres_server  # noqa: E402
from servers.process import free_port  # noqa: E402

from portable.errors import PortableError  # noqa: E402
from portable.eventing.outgoing import Outgoing, prepare  # noqa: E402
from portable.eventing.queue import Queue  # noqa: E402
from portable.eventing.stream import Stream  # noqa: E402
from portable.persistence.clients import TableReadWriter  # noqa: E402
from portable.persistence.table import Table  # noqa: E402
from portable_container.runtime.clients import Postgres  # noqa: E402
from portable_container.runtime.eventing import NatsQueue, queue_driver, stream_driver  # noqa: E402
from portable_container.runtime.eventing_streams import NatsStream  # noqa: E402
from portable_container.runtime.nats_clients import Nats  # noqa: E402
from portable_container.runtime.persistence import table_driver  # noqa: E402

JOBS, CLICKS, ROWS = Queue("jobs"), Stream("clicks"), Table("rows", key="id")
KEYS = ("ada", "bob", "eve")
APP = """
from typing import Annotated
from portable import Message, Queue, Record, Retry, Stream, Table, TableReadWriter, Tick, function, http, schedule

jobs, clicks, rows = Queue("jobs"), Stream("clicks"), Table("rows", key="id")

@function(jobs.messages(), retry=Retry(attempts=20, backoff=0.2), dead_letter=True)
def work(message: Message[bytes], table: Annotated[TableReadWriter, rows]) -> None:
    table.put({"id": message.id})

@function(clicks.records(start="oldest"), retry=Retry(attempts=50, backoff=0.2))
def click(record: Record[bytes], table: Annotated[TableReadWriter, rows]) -> None:
    number, found = int(record.payload), table.get(f"key-{record.key}", default=None)
    last = 0 if found is None else found["last"]
    if number > last + 1:
        table.put({"id": f"gap-{record.key}-{number}"})
    if number == last + 1:
        table.put({"id": f"key-{record.key}", "last": number})

@function(http.post("/rows/{id}"))
def put(id: str, table: Annotated[TableReadWriter, rows]) -> None:
    table.put({"id": id})

@function(schedule.every(minutes=1), retry=Retry(attempts=20, backoff=0.5))
def tick(found: Tick, table: Annotated[TableReadWriter, rows]) -> None:
    table.put({"id": found.scheduled_at.isoformat()})
"""


getLogger("psycopg.pool").setLevel(CRITICAL)  # it tells of each connection that a killed server has closed


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

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Let the server stand still until the block ends: its connections stay, and nothing answers."""
        process = self._process(self._served)
        process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            process.send_signal(signal.SIGCONT)

    def killed(self, down: float, meanwhile: Callable[[], object] = lambda: None) -> None:
        """Kill the server, and start it again after some seconds, and after what is done meanwhile."""
        process = self._process(self._served)
        process.kill()
        process.wait()
        self._stack.close()
        time.sleep(down)
        meanwhile()
        for _ in range(20):
            try:
                self._served = self._stack.enter_context(self._start())
                return
            except RuntimeError:  # children of PostgreSQL that have not seen yet that it was killed
                time.sleep(0.2)
        raise SystemExit("the server does not start again")


class Load:
    """Sends messages and records and writes rows until the block ends, and keeps what was confirmed."""

    def __init__(
        self, queue: NatsQueue, stream: NatsStream, table: TableReadWriter[Any], records: dict[str, int]
    ) -> None:
        """`records` are the numbers of the last records that were confirmed, by key."""
        self.sent: list[str] = []
        self.put: list[str] = []
        self._queue = queue
        self._stream = stream
        self._table = table
        self._records = records
        self._enough = Event()
        self._threads = [Thread(target=each) for each in (self._send, self._record, self._write)]

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

    def _record(self) -> None:
        while not self._enough.wait(0.1):
            for key in KEYS:
                number = self._records.get(key, 0) + 1
                try:
                    self._stream.send(Outgoing(b"%d" % number, False, {}, group=key))
                except PortableError:
                    continue  # it is sent again: the function knows what it has handled
                self._records[key] = number

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
        self.stream = stream_driver(CLICKS, "kills_dev_stream_clicks", self.nats)
        self.records: dict[str, int] = {}
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
        """Start a replica of all roles, and return when it is ready."""
        port = free_port()
        process = self.built.start(log=self.folder / "log", admin_port=port)
        until(lambda: ready(port), 60)
        return process

    def keys(self) -> set[str]:
        return {key for (key,) in self.postgres.rows('SELECT "key" FROM kills_dev.rows', [], "rows")}

    def last(self) -> dict[str, int]:
        """Return the number of the last record that was handled, by key."""
        found = self.postgres.rows('SELECT "key", body FROM kills_dev.rows WHERE "key" LIKE \'key-%\'', [], "rows")
        return {key.removeprefix("key-"): body["last"] for key, body in found}

    def lost(self, load: Load) -> tuple[int, int, int]:
        """Wait until everything is handled; return how many messages, records and rows are lost, or records out of order."""
        until(lambda: self.queue.count() == 0, 180)
        end = time.monotonic() + 180
        while self.last() != self.records and time.monotonic() < end:
            time.sleep(0.5)
        dead = {received.message.id for received in self.dead.receive(1000, 0.1)}
        keys = self.keys()
        last, gaps = self.last(), sum(key.startswith("gap-") for key in keys)
        records = sum(number - last.get(key, 0) for key, number in self.records.items())
        return len(set(load.sent) - keys - dead), records + gaps, len(set(load.put) - keys)


class _One:
    def __init__(self, driver: Any) -> None:
        self._driver = driver

    def of(self, _table: Table) -> Any:
        return self._driver
