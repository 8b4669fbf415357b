"""What kills cost a container: roles and engines are killed at random moments under load; how much of what was confirmed is lost.

The roles are processes of the packaged app's own start command, two replicas of each.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

from benchmarks.container_stage import ROOT, Load, Stage
from benchmarks.rows import Row

sys.path.insert(0, str(ROOT / "tests"))

from hosts import container_schedule
from hosts.container_image import end
from hosts.container_work import until

from portable.eventing.due import due
from portable_container.runtime.nats_clients import Nats
from portable_container.runtime.nats_consuming import Consuming
from portable_container.runtime.nats_names import address_of
from portable_container.runtime.nats_streams import ACK_SECONDS

WORKERS, ENGINE, LEADERS = (
    int(os.environ.get(f"PORTABLE_KILLS_{name}", "0")) for name in ("WORKERS", "ENGINE", "LEADERS")
)
KILLS = {"workers": WORKERS or 100, "engine": ENGINE or 20, "leaders": LEADERS or 20}
"""How many processes of each kind are killed."""
TAKE_OVER_SECONDS = 10.0


def rows() -> Iterator[Row]:
    """Kill one kind of process after the other."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        stage = Stage(Path(folder), stack)
        replicas = [stage.replica(), stage.replica()]
        stack.callback(lambda: end(replicas, signal.SIGKILL))
        until(lambda: stage.postgres.rows("SELECT 1 FROM kills_dev.portable_due", [], "due"))
        first = datetime.now(UTC)  # a new schedule begins with its first leader

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
    before = sum(stage.records.values())
    with Load(stage.queue, stage.stream, stage.table, stage.records) as load:
        for _ in range(count):
            time.sleep(stage.chance.uniform(0.05, longest))
            kill()
        time.sleep(2)
    lost, begun = stage.lost(load), (len(load.sent), sum(stage.records.values()) - before, len(load.put))
    parts = zip(lost, begun, ("messages", "records", "rows"), strict=True)
    told = ", ".join(f"{gone} of {all_:,} {name}" for gone, all_, name in parts)
    return Row(f"lost, or out of order, over {count} kills of {what}", told, "0", not any(lost) and all(begun))


def _minutes(stage: Stage, first: datetime) -> Row:
    """The due moments of the app's own schedule since `first`, over all kills so far: published, and handled."""
    last = datetime.now(UTC)
    time.sleep(TAKE_OVER_SECONDS + ACK_SECONDS)  # what a killed replica had in hand comes again
    wanted = set(due({"expression": "* * * * *", "timezone": "UTC"}, first, last))
    published, keys = _published(stage.nats, "kills_dev_ticks_tick"), stage.keys()
    lost, twice = len(wanted - set(published)), len(published) - len(set(published))
    open_ = sum(moment.isoformat() not in keys for moment in published)
    told = f"{lost} lost, {twice} twice, {open_} not handled of {len(wanted)}"
    return Row(
        "minutes of the app's schedule over all these kills", told, "0", not (lost or twice or open_) and bool(wanted)
    )


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
