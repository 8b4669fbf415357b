"""A process that fires the due moments of one function: `python container_scheduler.py URI SCHEMA FILE LEASE EVERY`.

Each firing is a line of FILE: process, id, attempt. A moment is due each EVERY seconds.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from threading import Event

from portable_container.runtime.clients import Postgres
from portable_container.runtime.due import DueMoment, Scheduler

ZERO = datetime(2026, 1, 1, tzinfo=UTC)


def moments(every: float, start: datetime, end: datetime) -> Iterator[datetime]:
    """Yield the moments from `start` up to, not including, `end`."""
    step = timedelta(seconds=every)
    found = ZERO + step * -((ZERO - start) // step)
    while found < end:
        yield found
        found += step


def main(uri: str, schema: str, file: str, lease: str, every: str) -> None:
    stopped = Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    log = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def fire(moment: DueMoment) -> None:
        os.write(log, f"{os.getpid()} {moment.id} {moment.attempts} {time.time()}\n".encode())

    def due(function: str, start: datetime, end: datetime) -> Iterator[datetime]:
        return moments(float(every), start, end)

    scheduler = Scheduler(Postgres(uri, most=1), schema, ["tick"], due, fire, str(os.getpid()), float(lease))
    os.write(log, f"{os.getpid()} begins\n".encode())
    scheduler.run(stopped)


if __name__ == "__main__":
    main(*sys.argv[1:])
