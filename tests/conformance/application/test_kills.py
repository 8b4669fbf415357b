"""An idempotent worker on SQLite whose process is killed at any moment: every message has its effect, none is lost."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from portable.eventing.queue import Queue
from portable.eventing.queue_clients import QueueSender
from portable.persistence.clients import TableReadWriter
from portable.persistence.table import Table
from portable_local.runtime.eventing import queue_driver
from portable_local.runtime.persistence import table_driver

WORKER = """
import sys
from portable.compute.consume import Consumer
from portable.eventing.queue import Queue
from portable.persistence.clients import TableReadWriter
from portable.persistence.idempotency import Idempotent
from portable.persistence.idempotency_calls import MessageCall
from portable.persistence.table import Table
from portable_local.runtime.eventing import queue_driver
from hosts.local_worker import Worker, leased_for
from portable_local.runtime.persistence import table_driver

SEEN, DONE = Table("seen", key="id", ttl="expires"), Table("done", key="id")

class Drivers:
    def of(self, table): return opened[table.name]

opened = {table.name: table_driver(table, sys.argv[1]) for table in (SEEN, DONE)}
done = TableReadWriter(DONE, Drivers())

def handle(message, context):
    done.update(message.payload.decode(), add={"times": 1})
    print(message.id, flush=True)

call = MessageCall(handle, Idempotent(SEEN), "work", Drivers())
leased_for(0.3)
Worker(Consumer("work", call, 50, None, False, 0.02), queue_driver(Queue("jobs"), sys.argv[2]), 0.3).run()
"""


class Local:
    def __init__(self, tables: str, messages: str) -> None:
        self._tables, self._messages = tables, messages

    def of(self, resource: Table | Queue) -> object:
        if isinstance(resource, Table):
            return table_driver(resource, self._tables)
        return queue_driver(resource, self._messages)


def test_a_worker_that_is_killed_repeats_at_most_what_it_was_doing_and_loses_nothing(tmp_path: Path) -> None:
    tables, messages = str(tmp_path / "tables.sqlite"), str(tmp_path / "messages.sqlite")
    drivers, jobs, chance, kills = Local(tables, messages), Queue("jobs"), random.Random(5), 10
    names = [f"{number:04}" for number in range(400)]
    assert len(QueueSender(jobs, drivers).send_many(names).sent) == 400  # type: ignore[arg-type]
    queue = queue_driver(jobs, messages)
    log = tmp_path / "log"
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}

    def start() -> subprocess.Popen[bytes]:
        with log.open("ab") as output:
            command = [sys.executable, "-c", WORKER, tables, messages]
            return subprocess.Popen(command, stdout=output, stderr=output, env=environment)

    for _ in range(kills):
        before = log.stat().st_size if log.exists() else 0
        process = start()
        while log.stat().st_size == before and process.poll() is None and queue.count():
            time.sleep(0.005)
        time.sleep(chance.uniform(0, 0.03))
        process.send_signal(signal.SIGKILL)
        process.wait(10)
    process = start()
    end = time.monotonic() + 20
    while queue.count() and time.monotonic() < end:
        time.sleep(0.02)
    process.kill()
    process.wait(10)
    assert queue.count() == 0, log.read_text()[-2000:]
    rows: dict[str, int] = {}
    page = None
    while True:
        found = TableReadWriter(Table("done", key="id"), drivers).scan(page=page)  # type: ignore[arg-type,var-annotated]
        rows |= {row["id"]: row["times"] for row in found.items}
        page = found.next
        if page is None:
            break
    assert sorted(rows) == names
    assert set(rows.values()) <= {1, 2}
    assert sum(times == 2 for times in rows.values()) <= kills
    assert "Traceback" not in log.read_text()
