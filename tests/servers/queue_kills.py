"""Kills the processes of a local queue: a folder and a number of kills in, what became of every message out.

Run as a program, so that it forks from a process with one thread. Senders write down each id that `send` returned,
workers each id they handled; both are killed by SIGKILL at any moment. A message is lost when its id was returned and it
was neither handled nor is among the dead letters.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from hosts.local_worker import Worker, leased_for

from portable.compute.consume import Consumer
from portable.eventing.deadletters import to
from portable.eventing.message import Message
from portable.eventing.outgoing import prepare
from portable.eventing.queue import Queue
from portable_local.runtime.eventing import SqliteQueue, queue_driver

JOBS = Queue("jobs")
HIDDEN = 0.05
"""Seconds for which a message is hidden after it was taken. Then another worker takes what a killed one had."""


def kill(folder: Path, kills: int, seed: int = 0) -> dict[str, int]:
    """Return {"sent", "handled", "dead", "lost", "kills"} after so many kills."""
    done = subprocess.run(
        [sys.executable, __file__, str(folder), str(kills), str(seed)],
        capture_output=True,
        check=False,
        timeout=300,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[1])},
    )
    if done.returncode:
        raise RuntimeError(done.stderr.decode())
    return dict(json.loads(done.stdout))


class Local:
    """The drivers of one process."""

    def __init__(self, folder: Path) -> None:
        self.path = str(folder / "queues.sqlite")
        self.made: dict[str, SqliteQueue] = {}

    def of(self, queue: Queue) -> SqliteQueue:
        if queue.name not in self.made:
            self.made[queue.name] = queue_driver(queue, self.path)
        return self.made[queue.name]


def note(file: int, own: str) -> None:
    os.write(file, f"{own}\n".encode())


def send(folder: Path) -> None:
    file = os.open(folder / "sent", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    queue = Local(folder).of(JOBS)
    while True:
        note(file, queue.send(prepare({"n": 1}, {"kind": "x"})))
        for sent in queue.send_many([prepare("a", None), prepare(b"\xff", None)]):
            assert isinstance(sent, str)
            note(file, sent)


def worker(folder: Path) -> Worker:
    file = os.open(folder / "handled", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    drivers: Any = Local(folder)

    def call(message: Message[bytes], _: object) -> None:
        note(file, message.id)

    return Worker(Consumer("work", call, 3, to(JOBS.dead_letters, drivers)), drivers.of(JOBS))


def fork(run: Any) -> int:
    child = os.fork()
    if child == 0:
        try:
            run()
        finally:
            os._exit(1)
    return child


def main(folder: Path, kills: int, seed: int) -> dict[str, int]:
    leased_for(HIDDEN)
    chance = random.Random(seed)
    children = {}
    starts = {"send": lambda: send(folder), "work": lambda: worker(folder).run()}
    for _ in range(kills):
        for name, start in starts.items():
            if name not in children:
                children[name] = fork(start)
        time.sleep(chance.uniform(0.002, 0.03))
        name = "work" if chance.random() < 0.7 else "send"
        child = children.pop(name)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    if "send" not in children:
        children["send"] = fork(starts["send"])
    while not (folder / "sent").exists() or (folder / "sent").read_text().count("\n") <= kills:  # on a busy machine
        time.sleep(0.01)
    for child in children.values():
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    with worker(folder) as last:
        last.drain()
    sent, handled = (set((folder / name).read_text().split()) for name in ("sent", "handled"))
    dead = {received.message.id for received in Local(folder).of(JOBS.dead_letters).receive(10_000, 1)}
    left = Local(folder).of(JOBS).count()
    return {
        "sent": len(sent),
        "handled": len(handled),
        "dead": len(dead),
        "left": left,
        "lost": len(sent - handled - dead),
        "kills": kills,
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))))
