"""A process that works on one queue until SIGTERM: `python container_worker.py URL ADDRESS`; the ids of what it handled out."""

from __future__ import annotations

import os
import signal
import sys
from threading import Event
from typing import TYPE_CHECKING

from portable_container.runtime.eventing_wire import read
from portable_container.runtime.nats_clients import Nats
from portable_container.runtime.nats_names import address_of
from portable_container.runtime.work import Worker

if TYPE_CHECKING:
    from nats.aio.msg import Msg


def main(url: str, address: str) -> None:
    """Write `begun`, then the id of each message after it was handled."""
    stopped = Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())

    def handle(found: Msg) -> bool:
        os.write(1, f"{read(found).id}\n".encode())
        return True

    nats = Nats(url)
    worker = Worker(nats, address_of(address), handle, lambda what: sys.stderr.write(f"{what}\n"))
    worker.start()
    os.write(1, b"begun\n")
    stopped.wait()
    worker.stop(10)
    nats.close()


if __name__ == "__main__":
    main(*sys.argv[1:3])
