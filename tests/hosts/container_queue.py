"""A process that sends, and a child of it that is killed while it handles: the server's URL in, what arrived out.

Run as a program, so that it forks from a process that no test shares.
"""

from __future__ import annotations

import json
import os
import signal
import sys

from portable.eventing.outgoing import prepare
from portable.eventing.queue import Queue
from portable_container.runtime.eventing import queue_driver
from portable_container.runtime.nats_clients import Nats
from portable_container.runtime.nats_streams import make_queue

JOBS = Queue("forked")
ADDRESS = "of_hosts_queue_forked"


def main(url: str) -> dict[str, object]:
    """Return the ids that the parent and its child sent, and the ids and attempts that arrived."""
    nats = Nats(url)
    make_queue(nats, JOBS, ADDRESS)
    driver = queue_driver(JOBS, ADDRESS, nats)
    sent = [driver.send(prepare("parent", None))]
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        [received] = driver.receive(10, 0.2)
        os.write(writing, f"{received.message.id} {driver.send(prepare('child', None))}".encode())
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    taken, own = os.read(reading, 200).decode().split()
    found: dict[str, int | None] = {}
    while len(found) < 2:
        for received in driver.receive(10, 5):
            found[received.message.id] = received.message.attempt
            driver.acknowledge([received.receipt])
    nats.close()
    return {"sent": sent, "child": own, "taken": taken, "arrived": found}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(sys.argv[1])))
