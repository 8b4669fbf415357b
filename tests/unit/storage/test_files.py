import os
from pathlib import Path
from typing import Any

import pytest

from portable.errors import NotFound
from portable.storage.bucket import Bucket
from portable.storage.clients import BucketReadWriter
from portable_local.runtime.storage import bucket_driver


class Drivers:
    def __init__(self, folder: Path) -> None:
        self.driver = bucket_driver(Bucket("photos"), str(folder))

    def of(self, bucket: Bucket) -> Any:
        return self.driver


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "photos"


@pytest.fixture
def store(folder: Path) -> BucketReadWriter:
    return BucketReadWriter(Bucket("photos"), Drivers(folder))  # type: ignore[arg-type]


def files(folder: Path) -> list[str]:
    found = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return sorted(name for name in found if name != "%portable/lock")


def test_reading_makes_nothing(store: BucketReadWriter, folder: Path) -> None:
    assert store.list().items == []
    assert not store.exists("a")
    store.delete("a")
    assert not folder.exists()


def test_an_object_is_a_file_that_one_can_look_at(store: BucketReadWriter, folder: Path) -> None:
    store.put("originals/cat.jpg", b"meow")
    assert (folder / "originals" / "cat.jpg").read_bytes() == b"meow"


def test_a_file_that_a_person_puts_there_is_an_object(store: BucketReadWriter, folder: Path) -> None:
    (folder / "originals").mkdir(parents=True)
    (folder / "originals" / "cat.jpg").write_bytes(b"meow")
    info = store.head("originals/cat.jpg")
    assert (info.size, info.content_type, info.metadata) == (4, "application/octet-stream", {})
    assert store.list().items[0].etag == info.etag
    store.put("originals/cat.jpg", b"purr", if_match=info.etag)
    assert store.get("originals/cat.jpg") == b"purr"


def test_a_file_that_a_person_changes_loses_the_attributes_of_the_old_bytes(
    store: BucketReadWriter, folder: Path
) -> None:
    etag = store.put("cat.txt", b"meow", "text/plain", {"a": "1"}).etag
    (folder / "cat.txt").write_bytes(b"woof")
    info = store.head("cat.txt")
    assert (info.content_type, info.metadata) == ("application/octet-stream", {})
    assert info.etag != etag


def test_nothing_is_left_of_what_is_replaced_deleted_or_given_up(store: BucketReadWriter, folder: Path) -> None:
    for n in range(3):
        store.put("a/b/c.txt", b"%d" % n, "text/plain", {"n": str(n)})
    store.copy("a/b/c.txt", "d.txt")
    assert len(files(folder)) == 4  # two objects, the attributes of each
    store.delete("a/b/c.txt")
    store.delete("d.txt")
    store.writer("x").abort()
    with pytest.raises(ZeroDivisionError):
        store.put("y", (bytes(1 // 0) for _ in "x"))
    assert files(folder) == []
    assert not (folder / "a").exists()


def test_quick_puts_of_the_same_size_have_etags_of_their_own(store: BucketReadWriter) -> None:
    etags = set()
    for _ in range(200):
        etags.add(store.put("a", b"same").etag)
        store.delete("a")
    assert len(etags) == 200


def test_a_folder_in_place_of_an_object_is_no_object(store: BucketReadWriter, folder: Path) -> None:
    store.put("a/b.txt", b"x")
    for key in ("a", "a/b.txt/c"):
        with pytest.raises(NotFound):
            store.get(key)
    assert os.path.isdir(folder / "a")
