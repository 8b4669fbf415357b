"""What queues cost: nothing in, rows of (what, measured, bar, ok) out. Figures are of one run on one machine."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.rows import Row

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from hosts.local_worker import Worker  # noqa: E402
from nats.aio.msg import Msg  # noqa: E402
from servers.nats import nats_server  # noqa: E402
from servers.queue_kills import kill  # noqa: E402

from portable.compute.consume import Consumer, consume  # noqa: E402
from portable.compute.context import Context  # noqa: E402
from portable.eventing.queue import Queue  # noqa: E402
from portable.eventing.queue_clients import QueueSender  # noqa: E402
from portable_container.runtime.eventing import queue_driver as jetstream_driver  # noqa: E402
from portable_container.runtime.eventing_wire import read  # noqa: E402
from portable_container.runtime.nats_clients import Nats  # noqa: E402
from portable_container.runtime.nats_streams import make_queue  # noqa: E402
from portable_container.runtime.work import Worker as NatsWorker  # noqa: E402
from portable_local.runtime.eventing import queue_driver  # noqa: E402

MESSAGES = 5000
KILLS = 200
PAYLOAD = {"order": "o-1", "customer": "ada", "lines": [{"sku": "a-1", "count": 3}] * 3}


class _Drivers:
    def __init__(self, driver: Any) -> None:
        self._driver = driver

    def of(self, queue: Queue) -> Any:
        return self._driver


def rows() -> list[Row]:
    """Return every measurement of this page."""
    return [*throughput(), *jetstream(), killed(), *cold()]


def throughput() -> Iterator[Row]:
    """Send and handle in one thread with one worker: from the first send to the last handled; the best of three rounds."""
    for queue in (Queue("jobs"), Queue("ordered-jobs", ordered=True)):
        rate = max(send_and_handle(queue) for _ in range(3))
        what = f"local queue{', ordered' if queue.ordered else ''}: send to handled, one worker"
        yield Row(what, f"{rate:,.0f}/s", ">= 2,000/s", rate >= 2000)


def send_and_handle(queue: Queue) -> float:
    """Return the messages a second of one round. Raises SystemExit when not each was handled once."""
    with tempfile.TemporaryDirectory() as folder:
        driver = queue_driver(queue, str(Path(folder) / "queues.sqlite"))
        sender = QueueSender(queue, _Drivers(driver))  # type: ignore[arg-type]
        handled: list[str] = []
        with Worker(Consumer("work", lambda message, _: handled.append(message.id)), driver) as worker:
            sender.send(PAYLOAD)
            worker.drain()
            start = time.perf_counter()
            sent = [sender.send(PAYLOAD) for _ in range(MESSAGES)]
            worker.drain()
            taken = time.perf_counter() - start
        driver.close()
    if sorted(handled[1:]) != sorted(sent):
        raise SystemExit(f"{queue}: {len(sent)} were sent, {len(handled) - 1} handled")
    return MESSAGES / taken


def jetstream() -> Iterator[Row]:
    """Send and handle in one process with two workers, over nats-server with files; the best of three rounds."""
    with nats_server() as url:
        nats = Nats(url)
        rate = max(through_jetstream(nats, f"bench_bench_queue_jobs-{number}") for number in range(3))
        nats.close()
    yield Row("NATS JetStream: send to handled, two workers", f"{rate:,.0f}/s", ">= 2,000/s", rate >= 2000)


def through_jetstream(nats: Nats, address: str) -> float:
    """Return the messages a second of one round. Raises SystemExit when not each was handled once."""
    make_queue(nats, Queue("jobs"), address)
    queue = jetstream_driver(Queue("jobs"), address, nats)
    sender = QueueSender(Queue("jobs"), _Drivers(queue))  # type: ignore[arg-type]
    handled: list[str] = []
    consumer = Consumer("work", lambda message, _: handled.append(message.id))

    def handle(found: Msg) -> bool:
        message = read(found)
        return consume(consumer, message, Context(message.id, "work", time.time() + 30, message))

    workers = [NatsWorker(nats, queue.at, handle, print) for _ in range(2)]
    for worker in workers:
        worker.start()
    start = time.perf_counter()
    sent = sender.send_many([PAYLOAD] * MESSAGES).sent
    while len(handled) < len(sent):
        time.sleep(0.001)
    taken = time.perf_counter() - start
    for worker in workers:
        worker.stop(10)
    if sorted(handled) != sorted(sent) or len(sent) != MESSAGES:
        raise SystemExit(f"JetStream: {len(sent)} were sent, {len(handled)} handled")
    return MESSAGES / taken


def killed() -> Row:
    """Kill senders and workers at any moment, then look for messages whose id was returned and that are nowhere."""
    with tempfile.TemporaryDirectory() as folder:
        told = kill(Path(folder), KILLS)
    what = f"local queue: messages lost over {told['kills']} kills"
    return Row(what, f"{told['lost']} of {told['sent']:,}", "0", told["lost"] == 0 and told["left"] == 0)


_COLD = {
    "queue and its client": (
        "from portable.eventing.queue import Queue\nfrom portable.eventing.queue_clients import QueueSender\n"
        "QueueSender(Queue('jobs'), None)"
    ),
    "topic and its client": (
        "from portable.eventing.topic import Topic\nfrom portable.eventing.topic_clients import TopicPublisher\n"
        "TopicPublisher(Topic('news'), None)"
    ),
    "secret": "from portable.settings.secret import Secret\nSecret('api-token')",
}


def cold(count: int = 21) -> Iterator[Row]:
    """Measure what a resource that a call does not use adds to the start of a process; bytecode is there, as deployed."""
    with tempfile.TemporaryDirectory() as cache:
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        environment["PYTHONPYCACHEPREFIX"] = cache
        for kind, code in _COLD.items():
            program = (
                # a collection that falls due just here would fall due a little later without the resource
                "import gc, time\ngc.disable()\nfrom portable import function, http\nt = time.perf_counter()\n"
                f"{code}\nprint(time.perf_counter() - t)"
            )
            times = []
            for _ in range(count):
                done = subprocess.run(
                    [sys.executable, "-c", program],
                    capture_output=True,
                    text=True,
                    check=True,
                    cwd=ROOT,
                    env=environment,
                )
                times.append(float(done.stdout))
            added = median(times) * 1e3
            yield Row(f"cold start added by a declared, unused {kind}", f"{added:.2f} ms", "<= 1 ms", added <= 1)


if __name__ == "__main__":
    for row in rows():
        print(f"{'ok  ' if row.ok else 'MISS'} {row.what:60} {row.measured:>20} {row.bar:>12}")
