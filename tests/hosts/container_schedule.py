"""A process with the role `schedule` for one function that is due every 0.1 s: `python container_schedule.py NATS POSTGRES PREFIX`.

Its due moments go to the stream `<prefix>_ticks_often`. The schema is there already. `leader` says which process leads.
"""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from threading import Event as Flag

from hosts.container_scheduler import moments

from portable_container.runtime.clients import Postgres
from portable_container.runtime.image import Event, Image
from portable_container.runtime.image_engines import streams
from portable_container.runtime.nats_clients import Nats
from portable_container.runtime.nats_streams import make
from portable_container.runtime.scheduling import Schedule

EVERY = 0.1
OFTEN = Event("often", "schedule", "", "", "work", 30, 3)


class Often(Schedule):
    """The role, for what is due every 0.1 s."""

    def moments(self, function: str, start: datetime, end: datetime) -> Iterator[datetime]:
        """Yield the moments."""
        return moments(EVERY, start, end)


def leader(postgres: Postgres, prefix: str, among: set[int], seconds: float) -> int:
    """Return the process that leads, of some."""
    end = time.monotonic() + seconds
    asked = f'SELECT holder FROM "{prefix}".portable_leases WHERE ends_at > clock_timestamp()'
    while time.monotonic() < end:
        for (holder,) in postgres.rows(asked, [], "the lead"):
            if int(holder.split()[-2]) in among:
                return int(holder.split()[-2])
        time.sleep(0.05)
    raise AssertionError("nobody leads")


def main(nats: str, postgres: str, prefix: str) -> None:
    """Lead, or wait to lead, until SIGTERM."""
    stopped = Flag()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    connection = Nats(nats)
    make(connection, *streams(Image("app", functions=(OFTEN,)), prefix)[0])
    role = Often(Postgres(postgres, most=2), connection, (OFTEN,), (), prefix)
    role.start()
    stopped.wait()
    role.stop(10)


if __name__ == "__main__":
    main(*sys.argv[1:])
