"""Buckets in a folder that several processes use: what a kill has left is swept, and one of many creates an object."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from unit.local.folders import bucket, inside

KILLED = """
import os, signal, sys
from portable.storage.driver import Attributes, Condition
from portable_local.runtime import storage, storage_attributes
from portable.storage.bucket import Bucket
driver = storage.bucket_driver(Bucket("photos"), sys.argv[1])
given = Attributes("text/plain", {"by": "killed"})
die = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
if sys.argv[2] == "writing":
    writer = driver.writer("a.txt", given)
    writer.write(b"x" * 100_000)
    die()
if sys.argv[2] == "placing":
    storage._replace = die
elif sys.argv[2] == "placed":
    replace = storage._replace
    storage._replace = lambda *a: (replace(*a), die())
elif sys.argv[2] == "deleted":
    storage_attributes.AttributeFiles.remove = die
    driver.delete("a.txt")
driver.put("a.txt", b"new", given, Condition())
"""


@pytest.mark.parametrize("moment", ["writing", "placing", "placed", "deleted"])
def test_what_a_kill_left_is_swept_at_the_next_write(tmp_path: Path, moment: str) -> None:
    folder = tmp_path / "photos"
    bucket(folder).put("a.txt", b"old", metadata={"by": "first"})
    roots = os.pathsep.join(path for path in sys.path if path)
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(folder), moment], env={**os.environ, "PYTHONPATH": roots}, check=False
    )
    assert done.returncode == -signal.SIGKILL
    assert inside(folder)
    store = bucket(folder)
    expected = {"writing": b"old", "placing": b"old", "placed": b"new"}
    if moment == "deleted":
        assert not store.exists("a.txt")
    else:
        assert store.get("a.txt") == expected[moment]
        assert store.head("a.txt").metadata == {"by": "killed" if moment == "placed" else "first"}
    store.put("b.txt", b"x")
    kept = 0 if moment == "deleted" else 1
    assert len(inside(folder)) == kept
    if kept:
        assert store.head("a.txt").metadata


def test_a_sweep_leaves_alone_what_another_process_is_writing(tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    with bucket(folder).writer("a.txt") as writer:
        writer.write(b"half ")
        command = (
            "import sys; from portable_local.runtime.storage import *; from portable.storage.bucket import Bucket\n"
        )
        command += "from portable.storage.driver import Attributes, Condition\n"
        command += (
            "bucket_driver(Bucket('photos'), sys.argv[1]).put('b.txt', b'x', Attributes('text/plain', {}), Condition())"
        )
        roots = os.pathsep.join(path for path in sys.path if path)
        subprocess.run(
            [sys.executable, "-c", command, str(folder)], env={**os.environ, "PYTHONPATH": roots}, check=True
        )
        writer.write(b"whole")
    assert bucket(folder).get("a.txt") == b"half whole"


def test_processes_that_create_one_object_have_one_winner(tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    store = bucket(folder)
    code = (
        "import sys; from portable.storage.driver import *; from portable.storage.bucket import Bucket;"
        "from portable_local.runtime.storage import bucket_driver; from portable.errors import Conflict\n"
        "driver = bucket_driver(Bucket('photos'), sys.argv[1]); won = 0; sys.stdin.readline()\n"
        "for n in range(50):\n"
        "    try: driver.put(f'k{n}', sys.argv[2].encode(), check_attributes(None, {'by': 'p'}), IF_ABSENT); won += 1\n"
        "    except Conflict: pass\n"
        "print(won)"
    )
    command = [sys.executable, "-c", code, str(folder)]
    pipe = subprocess.PIPE
    racers = [subprocess.Popen([*command, str(n)], stdin=pipe, stdout=pipe, text=True) for n in range(3)]
    won = [int(racer.communicate("\n", timeout=30)[0]) for racer in racers]
    assert sum(won) == 50
    assert all(store.head(item.key).metadata == {"by": "p"} for item in store.list())
