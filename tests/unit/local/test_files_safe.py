"""Buckets in a folder: links that lead out, what a kill has left, and a disk that is full."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from io import FileIO
from pathlib import Path
from typing import Any

import pytest

from portable.errors import NotFound, PermissionDenied, PortableError, TooLarge, Unavailable
from portable.storage.bucket import Bucket
from portable.storage.clients import BucketReadWriter
from portable_local.runtime import storage_attributes, storage_writer
from portable_local.runtime.storage import bucket_driver


def bucket(folder: Path) -> BucketReadWriter:
    driver = bucket_driver(Bucket("photos"), str(folder))

    class Drivers:
        def of(self, resource: Bucket) -> Any:
            return driver

    return BucketReadWriter(Bucket("photos"), Drivers())  # type: ignore[arg-type]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "photos"
    bucket(made).put("mine.txt", b"mine", metadata={"a": "1"})
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret.txt").write_text("secret")
    (made / "link.txt").symlink_to(tmp_path / "outside" / "secret.txt")
    (made / "away").symlink_to(tmp_path / "outside")
    (made / "up").symlink_to("..")
    (made / "round.txt").symlink_to("round.txt")
    (made / "own").symlink_to("%portable")
    return made


AWAY = ["link.txt", "away/secret.txt", "up/outside/secret.txt", "up/photos/../outside/secret.txt", "round.txt"]


@pytest.mark.parametrize("key", [key for key in AWAY if ".." not in key])
def test_nothing_behind_a_link_that_leads_out_can_be_read(folder: Path, key: str) -> None:
    store = bucket(folder)
    for call in (store.get, store.head, store.open, lambda key: store.copy(key, "copy.txt")):
        with pytest.raises(NotFound):
            call(key)
    assert not store.exists(key)


def test_a_listing_does_not_leave_the_folder(folder: Path) -> None:
    assert [item.key for item in bucket(folder).list().items] == ["mine.txt"]
    assert bucket(folder).list(prefix="away/").items == []
    assert bucket(folder).list(delimiter="/").prefixes == []


def test_nothing_is_written_or_deleted_behind_a_link_that_leads_out(folder: Path, tmp_path: Path) -> None:
    store = bucket(folder)
    for key in ("away/new.txt", "away/secret.txt", "up/new.txt", "own/lock.txt"):
        with pytest.raises(PermissionDenied, match="link"):
            store.put(key, b"x")
    store.delete("away/secret.txt")
    store.delete("link.txt")  # the link goes, what it led to stays
    assert [path.name for path in (tmp_path / "outside").iterdir()] == ["secret.txt"]
    assert (tmp_path / "outside" / "secret.txt").read_text() == "secret"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["outside", "photos"]


def test_an_object_takes_the_place_of_a_link_and_does_not_write_through_it(folder: Path, tmp_path: Path) -> None:
    store = bucket(folder)
    store.put("link.txt", b"mine now")
    assert store.get("link.txt") == b"mine now"
    assert (tmp_path / "outside" / "secret.txt").read_text() == "secret"


def test_the_buckets_own_files_are_not_kept_behind_a_link(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "%portable").symlink_to(tmp_path / "outside")
    with pytest.raises(PermissionDenied, match="link"):
        bucket(tmp_path / "photos").put("a.txt", b"x")
    assert list((tmp_path / "outside").iterdir()) == []


def test_a_link_within_the_folder_is_followed_and_the_folder_may_be_one(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "door").symlink_to(folder)
    store = bucket(tmp_path / "door")
    (folder / "again.txt").symlink_to("mine.txt")
    assert store.get("again.txt") == store.get("mine.txt") == b"mine"
    store.put("new/one.txt", b"1")
    assert (folder / "new" / "one.txt").read_bytes() == b"1"


def test_links_that_lead_in_circles_do_not_keep_a_listing_going(tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    bucket(folder).put("a/one.txt", b"1")
    for place, target in (("here", "."), ("a/up", ".."), ("a/here", ".")):
        (folder / place).symlink_to(target)
    keys = [item.key for item in bucket(folder).list().items]
    assert "a/one.txt" in keys
    assert len(keys) <= 4


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


def inside(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "%portable").rglob("*") if path.is_file() and path.name != "lock")


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


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (errno.ENOSPC, Unavailable),
        (errno.EDQUOT, Unavailable),
        (errno.EIO, Unavailable),
        (errno.EMFILE, Unavailable),
        (errno.EROFS, PermissionDenied),
        (errno.EACCES, PermissionDenied),
        (errno.EFBIG, TooLarge),
    ],
)
@pytest.mark.parametrize("where", ["bytes", "attributes"])
def test_what_the_file_system_refuses_is_an_error_of_the_tree_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, kind: type[PortableError], where: str
) -> None:
    class Full(FileIO):
        def write(self, data: Any, /) -> int:
            raise OSError(number, os.strerror(number))

    def refuse(path: str, mode: str, **_: Any) -> Any:
        if mode != "x":
            return open(path, mode, **_)
        Path(path).write_text("{")
        raise OSError(number, os.strerror(number))

    store = bucket(tmp_path / "photos")
    store.put("a.txt", b"old", metadata={"n": "1"})
    with monkeypatch.context() as patch:
        if where == "bytes":
            patch.setattr(storage_writer, "FileIO", Full)
        else:
            patch.setattr(storage_attributes, "open", refuse, raising=False)
        for put in (
            lambda: store.put("a.txt", b"new", metadata={"n": "2"}),
            lambda: store.put("b.txt", iter([b"new", b"er"]), metadata={"n": "2"}),
        ):
            with pytest.raises(kind) as caught:
                put()
            assert type(caught.value) is kind
            assert isinstance(caught.value.__cause__, OSError)
    assert (store.get("a.txt"), store.head("a.txt").metadata) == (b"old", {"n": "1"})
    assert not store.exists("b.txt")
    assert len(inside(tmp_path / "photos")) == 1
