"""Buckets in a folder: links that lead out, what a kill has left, and a disk that is full."""

from __future__ import annotations

import errno
import os
from io import FileIO
from pathlib import Path
from typing import Any

import pytest
from unit.local.folders import bucket, inside

from portable.errors import NotFound, PermissionDenied, PortableError, TooLarge, Unavailable
from portable_local.runtime import storage_attributes, storage_writer


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
