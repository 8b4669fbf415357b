"""Kills the serving process of a real `portable dev` under load: what was acknowledged must be there in the end.

Each request writes a row and an object and sends a message, and is answered when all three are done. The message writes a
second row, and the event of the object a third one.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import signal
import time
from pathlib import Path
from threading import Event, Lock, Thread

from hosts.served import Served

APP = """
import os
from typing import Annotated
from portable import *

rows = Table("rows", key="id")
files = Bucket("files")
jobs = Queue("jobs")


@function(http.get("/process"))
def process() -> int:
    return os.getpid()


@function(http.put("/all/{id}"))
def all_of_it(
    id: str,
    table: Annotated[TableWriter, rows],
    store: Annotated[BucketWriter, files],
    queue: Annotated[QueueSender, jobs],
) -> None:
    table.put({"id": id})
    store.put(id, id.encode())
    queue.send(id)


@function(http.get("/lost"))
def lost(ids: str, table: Annotated[TableReader, rows], store: Annotated[BucketReader, files]) -> list[str]:
    missing = []
    for id in ids.split(","):
        for key in (id, f"handled-{id}", f"stored-{id}"):
            if table.get(key) is None:
                missing.append(key)
        if not store.exists(id):
            missing.append(f"object {id}")
    return missing


@function(jobs.messages(), retry=Retry(attempts=100, backoff=0))
def handle(message: Message[str], table: Annotated[TableWriter, rows]) -> None:
    table.put({"id": f"handled-{message.payload}"})


@function(files.created(), retry=Retry(attempts=100, backoff=0))
def note(found: StoredObject, table: Annotated[TableWriter, rows]) -> None:
    table.put({"id": f"stored-{found.key}"})
"""
SENDERS = 3
PAGE = 100


class Sender:
    """Sends requests until it is stopped, and remembers which were acknowledged."""

    def __init__(self, served: Served) -> None:
        self.acknowledged: list[str] = []
        self._served = served
        self._lock = Lock()
        self._stopped = Event()
        self._threads = [Thread(target=self._send, args=(number,)) for number in range(SENDERS)]
        for thread in self._threads:
            thread.start()

    def stop(self) -> list[str]:
        self._stopped.set()
        for thread in self._threads:
            thread.join()
        return self.acknowledged

    def _send(self, sender: int) -> None:
        number = 0
        while not self._stopped.is_set():
            number += 1
            time.sleep(0.005)  # else asking who is being started takes the processor from it
            name = f"{sender}x{number}"
            try:
                reply = self._served.request("PUT", f"/all/{name}")
            except (OSError, http.client.HTTPException):
                continue
            if reply.status < 300:
                with self._lock:
                    self.acknowledged.append(name)


def kill(folder: Path, kills: int, seed: int = 0) -> dict[str, int]:
    """Return {"kills", "acknowledged", "lost"} after so many kills."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "app.py").write_text(APP, encoding="utf-8")
    chance = random.Random(seed)
    with Served(folder) as served:
        served.until(lambda reply: reply.status == 200, "GET", "/process")
        sender = Sender(served)
        for number in range(kills):
            process = int(served.until(lambda reply: reply.status == 200, "GET", "/process").text)
            time.sleep(chance.uniform(0.0, 0.3))
            os.kill(process, signal.SIGKILL)
            (folder / "app.py").write_text(f"{APP}# {number}\n", encoding="utf-8")  # or it waits before the next start
        acknowledged = sender.stop()
        missing = _missing(served, acknowledged)
    return {"kills": kills, "acknowledged": len(acknowledged), "lost": len(missing)}


def _missing(served: Served, acknowledged: list[str]) -> list[str]:
    """Return what is not there in the end, when everything had the time to come again."""
    end = time.monotonic() + 60
    while True:
        missing: list[str] = []
        for start in range(0, len(acknowledged), PAGE):
            ids = ",".join(acknowledged[start : start + PAGE])
            reply = served.until(lambda reply: reply.status == 200, "GET", f"/lost?ids={ids}")
            missing += json.loads(reply.text)
        if not missing or time.monotonic() > end:
            return missing
        time.sleep(0.2)
