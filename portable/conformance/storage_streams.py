"""The bucket suite, fourth part: files to read and write, streams, and writes that are stopped early."""
# ruff: noqa: D102  (the name of a test is its sentence)

from __future__ import annotations

import gc
import io
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from portable.conformance.storage_cases import Buckets, BucketTests, keys_of, pattern
from portable.errors import Conflict
from portable.storage.clients import BucketReadWriter


class StreamTests(BucketTests):
    """Objects that are too large for memory."""

    def test_a_reader_is_a_binary_file(self, store: BucketReadWriter, folder: str) -> None:
        data = b"first\nsecond\n\nlast"
        store.put(f"{folder}x", data)
        with store.open(f"{folder}x") as file:
            assert file.readable()
            assert file.seekable()
            assert not file.writable()
            assert file.read(3) == b"fir"
            assert file.tell() == 3
            assert file.readline() == b"st\n"
            assert file.read() == data[6:]
            assert file.read() == b""
            assert file.seek(2) == 2
            assert file.read(4) == b"rst\n"
            assert file.seek(-4, io.SEEK_END) == len(data) - 4
            assert file.read(99) == b"last"
            file.seek(0)
            assert list(file) == [b"first\n", b"second\n", b"\n", b"last"]
            file.seek(100)
            assert file.read() == b""
        assert file.closed

    def test_an_empty_object_reads_as_an_empty_file(self, store: BucketReadWriter, folder: str) -> None:
        store.put(f"{folder}x", b"")
        with store.open(f"{folder}x") as file:
            assert file.read() == b""
            assert file.seek(0) == 0
            assert list(file) == []

    def test_a_reader_never_mixes_two_versions(self, store: BucketReadWriter, folder: str) -> None:
        old, new = b"o" * 3_000_000, b"n" * 3_000_000
        for gone in (False, True):
            store.put(f"{folder}x", old)
            with store.open(f"{folder}x") as file:
                assert file.read(10) == b"o" * 10
                store.delete(f"{folder}x") if gone else store.put(f"{folder}x", new)
                try:
                    file.seek(2_900_000)
                    assert set(file.read()) == {ord("o")}
                except Conflict:
                    pass

    def test_an_archive_is_read_in_place(self, store: BucketReadWriter, folder: str) -> None:
        with (
            store.writer(f"{folder}x.zip", content_type="application/zip") as file,
            zipfile.ZipFile(file, "w") as archive,
        ):
            for n in range(5):
                archive.writestr(f"{n}.txt", pattern(200_000))
        with store.open(f"{folder}x.zip") as source, zipfile.ZipFile(source) as archive:
            assert archive.read("3.txt") == pattern(200_000)
            assert archive.testzip() is None
        assert store.head(f"{folder}x.zip").content_type == "application/zip"

    def test_a_written_object_appears_when_the_block_ends(self, store: BucketReadWriter, folder: str) -> None:
        store.put(f"{folder}x", b"old")
        with store.writer(f"{folder}x", content_type="text/plain", metadata={"a": "1"}) as file:
            assert file.writable()
            assert file.write(b"new ") == 4
            file.write(bytearray(b"and "))
            file.write(memoryview(b"newer"))
            assert store.get(f"{folder}x") == b"old"
        assert store.get(f"{folder}x") == b"new and newer"
        info = store.head(f"{folder}x")
        assert (info.content_type, info.metadata, info.size) == ("text/plain", {"a": "1"}, 13)
        with pytest.raises(ValueError, match="closed"):
            file.write(b"x")
        file.close()

    def test_nothing_written_is_an_empty_object(self, store: BucketReadWriter, folder: str) -> None:
        with store.writer(f"{folder}x"):
            pass
        assert store.get(f"{folder}x") == b""
        assert store.put(f"{folder}y", iter([])).size == 0
        assert store.put(f"{folder}z", io.BytesIO()).size == 0
        assert keys_of(store, folder) == [f"{folder}x", f"{folder}y", f"{folder}z"]

    @pytest.mark.parametrize("size", [10, 9_000_000, 18_000_000], ids=["small", "one part", "parts"])
    def test_a_write_that_is_given_up_leaves_nothing(self, store: BucketReadWriter, folder: str, size: int) -> None:
        store.put(f"{folder}kept", b"kept")
        for key in ("new", "kept"):
            with pytest.raises(ZeroDivisionError), store.writer(folder + key) as file:  # noqa: PT012 - the block is tested
                file.write(bytes(size))
                raise ZeroDivisionError
            file = store.writer(folder + key)
            file.write(bytes(size))
            file.abort()
        assert keys_of(store, folder) == [f"{folder}kept"]
        assert store.get(f"{folder}kept") == b"kept"

    def test_a_writer_that_is_dropped_leaves_nothing(self, store: BucketReadWriter, folder: str) -> None:
        file = store.writer(f"{folder}x")
        file.write(b"half")
        del file
        gc.collect()
        assert not store.exists(f"{folder}x")

    @pytest.mark.parametrize("size", [10, 20_000_000], ids=["small", "parts"])
    def test_a_source_that_fails_leaves_nothing_and_its_error_comes_out(
        self, store: BucketReadWriter, folder: str, size: int
    ) -> None:
        def failing() -> Iterator[bytes]:
            for at in range(0, size, 100_000):
                yield bytes(min(100_000, size - at))
            raise FileNotFoundError("the source ended")

        store.put(f"{folder}kept", b"kept")
        for key in ("kept", "new"):
            with pytest.raises(FileNotFoundError, match="the source ended"):
                store.put(folder + key, failing())
        assert keys_of(store, folder) == [f"{folder}kept"]
        assert store.get(f"{folder}kept") == b"kept"

    def test_files_and_iterators_are_stored(self, store: BucketReadWriter, folder: str, tmp_path: Path) -> None:
        data = pattern(100_000)
        (tmp_path / "x").write_bytes(data)
        with (tmp_path / "x").open("rb") as file:
            assert store.put(f"{folder}file", file, metadata={"a": "1"}).size == len(data)
        parts = [data[:1], b"", data[1:70_000], memoryview(data)[70_000:]]
        assert store.put(f"{folder}parts", iter(parts)).size == len(data)  # type: ignore[arg-type]
        assert store.get(f"{folder}file") == store.get(f"{folder}parts") == data
        assert store.head(f"{folder}file").metadata == {"a": "1"}

    def test_a_large_object_goes_in_and_out_in_parts(
        self, buckets: Buckets, store: BucketReadWriter, folder: str
    ) -> None:
        data = pattern(buckets.large)
        info = store.put(f"{folder}stream", (data[n : n + 1_000_003] for n in range(0, len(data), 1_000_003)),
                         content_type="video/mp4", metadata={"a": "1"})  # fmt: skip
        assert info.size == len(data)
        found = store.head(f"{folder}stream")
        assert (found.etag, found.size, found.content_type) == (info.etag, len(data), "video/mp4")
        assert found.metadata == {"a": "1"}
        assert store.put(f"{folder}bytes", data).etag == store.head(f"{folder}bytes").etag
        with store.open(f"{folder}bytes") as source, store.writer(f"{folder}copy", "video/mp4") as target:
            shutil.copyfileobj(source, target)
        assert store.head(f"{folder}copy").content_type == "video/mp4"
        assert store.get(f"{folder}copy") == store.get(f"{folder}stream") == data
        assert store.get(f"{folder}copy", (9_000_000, 9_000_100)) == data[9_000_000:9_000_100]
        with store.open(f"{folder}stream") as file:
            file.seek(10_000_000)
            assert file.read(1000) == data[10_000_000:10_001_000]
            file.seek(500)
            assert file.read(1000) == data[500:1500]
