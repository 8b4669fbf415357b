"""A real `portable dev` on a disk that is full, and in a folder that cannot be written."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hosts.served import Served
from servers.disk import fill, small_disk

APP = """
from typing import Annotated
from portable import (
    Bucket, BucketReadWriter, Message, Queue, QueueSender, Retry, StoredObject, Table, TableReadWriter, function, http
)

files = Bucket("files")
jobs = Queue("jobs")
rows = Table("rows", key="id")


@function(http.put("/objects/{name}"))
def put_object(name: str, body: bytes, store: Annotated[BucketReadWriter, files]) -> str:
    store.put(f"in/{name}", body)
    return "stored"


@function(http.get("/objects/{name}"))
def get_object(name: str, store: Annotated[BucketReadWriter, files]) -> bytes:
    return store.get(f"in/{name}")


@function(http.put("/rows/{name}"))
def put_row(name: str, body: str, table: Annotated[TableReadWriter, rows]) -> str:
    table.put({"id": name, "text": body})
    return "stored"


@function(http.get("/rows/{name}"))
def get_row(name: str, table: Annotated[TableReadWriter, rows]) -> str:
    return table.get(name)["text"]


@function(http.put("/jobs/{name}"))
def send(name: str, queue: Annotated[QueueSender, jobs]) -> str:
    return queue.send(name)


@function(jobs.messages(), retry=Retry(attempts=100, backoff=1))
def work(message: Message[str], table: Annotated[TableReadWriter, rows]) -> None:
    table.put({"id": f"job {message.payload}", "text": "done"})


@function(files.created(prefix="in/"), retry=Retry(attempts=100, backoff=1))
def index(found: StoredObject, table: Annotated[TableReadWriter, rows]) -> None:
    table.put({"id": f"event {found.key[3:]}", "text": "done"})
"""
DISK = 3_000_000


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """Give a folder on a small disk of its own. Skips where none can be made."""
    with small_disk(tmp_path / "disk", DISK) as folder:
        yield folder


def test_nothing_that_was_acknowledged_is_lost_when_the_disk_is_full(disk: Path) -> None:
    (disk / "app.py").write_text(APP)
    with Served(disk) as served:
        served.says("Ctrl-C")
        acknowledged: list[str] = []

        def send_all(moment: str) -> list[int]:
            places = [f"/{kind}/{moment}{number}" for number in range(3) for kind in ("objects", "rows", "jobs")]
            found = {place: served.request("PUT", place, b"x" * 4000).status for place in places}
            acknowledged.extend(place for place, status in found.items() if status == 200)
            return list(found.values())

        assert set(send_all("before")) == {200}
        full = fill(disk)
        assert 500 in send_all("while")
        served.says("database or disk is full")
        os.utime(disk / "app.py")
        served.says_one_of("reloaded in", "the last version that loaded goes on")
        assert served.request("GET", "/rows/before1").text == "x" * 4000
        assert served.request("GET", "/_portable/").status == 200
        full.unlink()
        served.until(lambda reply: reply.status == 200, "PUT", "/rows/space")
        assert set(send_all("after")) == {200}
        for place in acknowledged:
            kind, name = place.strip("/").split("/")
            if kind == "jobs":
                served.until(lambda reply: reply.text == "done", "GET", f"/rows/job%20{name}")
                continue
            assert served.request("GET", place).text == "x" * 4000, place
            if kind == "objects":
                served.until(lambda reply: reply.text == "done", "GET", f"/rows/event%20{name}")
        os.utime(disk / "app.py")
        served.says("reloaded in")
        assert 'Traceback (most recent call last):\n  File "<frozen runpy>' not in served.output


def test_a_disk_that_is_full_from_the_beginning_is_told(disk: Path) -> None:
    (disk / "app.py").write_text(APP)
    fill(disk)
    with Served(disk) as served:
        served.process.wait(60)
        said = served.says("cannot be written: No space left on device")
    assert served.process.returncode == 1
    assert "Traceback" not in said


@pytest.mark.parametrize("locked", [".", ".portable", ".portable/local"])
def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path, locked: str) -> None:
    under: list[str] = []
    if os.geteuid() == 0:  # who may write everywhere, without this right
        program = shutil.which("setpriv")
        if program is None:
            pytest.skip("setpriv is missing: apt-get install util-linux")
        under = [program, "--bounding-set", "-dac_override,-dac_read_search"]
    (tmp_path / "app.py").write_text(APP)
    (tmp_path / locked).mkdir(parents=True, exist_ok=True)
    (tmp_path / locked).chmod(0o555)
    try:
        with Served(tmp_path, under=under) as served:
            served.process.wait(60)
            said = served.says("cannot be written: Permission denied")
    finally:
        (tmp_path / locked).chmod(0o755)
    assert served.process.returncode == 1
    assert f"{tmp_path / '.portable' / 'local'} cannot be written" in said
    assert "Traceback" not in said
