"""A worker that one message kills: `python container_poison.py URL SOURCE DEAD`, the addresses of two queues; what it handled out."""

from __future__ import annotations

import os
import signal
import sys
import time
from threading import Event
from typing import TYPE_CHECKING

from portable.compute.consume import Consumer
from portable.eventing import deadletters
from portable.eventing.queue import Queue
from portable_container.runtime import messages
from portable_container.runtime.eventing import queue_driver
from portable_container.runtime.nats_clients import Nats
from portable_container.runtime.nats_names import address_of
from portable_container.runtime.work import Worker
from portable_container.runtime.work_alone import Alone

if TYPE_CHECKING:
    from portable.eventing.message import Message

ATTEMPTS = 3
NOTES = "of.work.tried.alone.f"


def main(url: str, source: str, dead: str) -> None:
    """Write the attempt and the payload of each message before it is handled, and the payload when it is done."""
    stopped = Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    nats = Nats(url)
    buried = queue_driver(Queue("dead"), dead, nats)

    def call(message: Message[bytes], _context: object) -> None:
        os.write(1, b"%d %s\n" % (message.attempt or 0, message.payload))
        if message.payload == b"poison":
            os._exit(9)
        time.sleep(0.05)
        os.write(1, b"done %s\n" % message.payload)

    taker = messages.handler(
        Consumer("f", call, ATTEMPTS, lambda *failed: buried.send(deadletters.dead_letter(*failed))), 30
    )
    alone = Alone(nats, NOTES, ATTEMPTS, taker.take)
    told = lambda what: sys.stderr.write(f"{what}\n")  # noqa: E731
    worker = Worker(nats, address_of(source), taker.take, told, renewed=0.1, alone=alone)
    worker.start()
    stopped.wait()
    worker.stop(10)
    nats.close()


if __name__ == "__main__":
    main(*sys.argv[1:4])
