"""The bucket suite, first part: bytes, keys, attributes, ranges, copy, delete."""
# ruff: noqa: D102  (the name of a test is its sentence)

from __future__ import annotations

from typing import Any

import pytest

from portable.conformance.shared import check_is_now
from portable.conformance.storage_cases import HARD_KEYS, WRONG_KEYS, Buckets, BucketTests, keys_of
from portable.errors import InvalidKey, InvalidRange, InvalidValue, NotFound, TooLarge, UnsupportedError
from portable.storage.clients import BucketReadWriter


class ObjectTests(BucketTests):
    """Objects come back as they were put."""

    @pytest.mark.parametrize("data", [b"", b"x", bytes(range(256)), b"\r\n" * 5000], ids=["empty", "one", "all", "10k"])
    def test_bytes_come_back_as_they_were_put(self, store: BucketReadWriter, folder: str, data: bytes) -> None:
        info = store.put(f"{folder}x", data)
        assert (info.key, info.size) == (f"{folder}x", len(data))
        found = store.get(f"{folder}x")
        assert type(found) is bytes
        assert found == data
        assert store.head(f"{folder}x").size == len(data)

    def test_every_kind_of_bytes_like_data_is_taken(self, store: BucketReadWriter, folder: str) -> None:
        view = memoryview(bytearray(b"0123456789"))[2:8]
        for data, expected in ((bytearray(b"ab"), b"ab"), (view, b"234567"), (view.cast("H"), b"234567")):
            store.put(f"{folder}x", data)
            assert store.get(f"{folder}x") == expected

    @pytest.mark.parametrize("name", HARD_KEYS)
    def test_a_hard_key_is_kept_and_listed_as_it_is(
        self, buckets: Buckets, store: BucketReadWriter, folder: str, name: str
    ) -> None:
        key = folder + HARD_KEYS[name]
        if name in buckets.lacks:
            for call in (store.get, store.head, store.delete, store.writer, lambda key: store.put(key, b"")):
                with pytest.raises(UnsupportedError, match="Use another"):
                    call(key)
            return
        store.put(key, name.encode(), metadata={"name": "x"})
        assert store.get(key) == name.encode()
        assert store.head(key).key == key
        assert keys_of(store, folder) == [key]
        store.copy(key, f"{folder}copy")
        assert store.get(f"{folder}copy") == name.encode()
        store.delete(key)
        assert not store.exists(key)

    def test_hard_keys_live_side_by_side(self, buckets: Buckets, store: BucketReadWriter, folder: str) -> None:
        keys = [folder + key for key in buckets.hard_keys().values() if len(key) < 300] + [
            f"{folder}a",
            f"{folder}a/b",
            f"{folder}a/b/c",
        ]
        for key in keys:
            store.put(key, key.encode())
        assert keys_of(store, folder) == sorted(keys, key=str.encode)
        assert all(store.get(key) == key.encode() for key in keys)

    def test_a_key_has_1024_bytes_at_most(self, store: BucketReadWriter, folder: str) -> None:
        for key in (folder + "k" * (1024 - len(folder)), folder + "é" * ((1024 - len(folder)) // 2)):
            store.put(key, b"x")
            assert store.get(key) == b"x"
            assert [item.key for item in store.list(key[:900])] == [key]

    @pytest.mark.parametrize("key", WRONG_KEYS, ids=lambda key: ascii(key)[:30])
    def test_a_wrong_key_is_refused_by_every_call(self, store: BucketReadWriter, key: str) -> None:
        calls: list[Any] = [store.get, store.open, store.head, store.exists, store.delete, store.writer]
        calls += [lambda key: store.put(key, b""), lambda key: store.copy(key, "x"), lambda key: store.copy("x", key)]
        for call in calls:
            with pytest.raises(InvalidKey):
                call(key)

    def test_a_missing_object_is_not_found(self, store: BucketReadWriter, folder: str) -> None:
        for call in (store.get, store.head, store.open):
            with pytest.raises(NotFound, match="missing"):
                call(f"{folder}missing")
        with pytest.raises(LookupError):
            store.get(f"{folder}missing", (0, 1))
        assert store.exists(f"{folder}missing") is False

    def test_a_missing_bucket_is_not_found(self, buckets: Buckets, folder: str) -> None:
        if buckets.missing is None:
            pytest.skip("this kind of bucket cannot be missing")
        gone = Buckets(buckets.missing(), buckets.async_driver).store
        for call in (gone.get, gone.head, gone.delete, gone.list, lambda key: gone.put(key, b"x")):
            with pytest.raises(NotFound, match="bucket"):
                call(f"{folder}x")

    def test_a_put_replaces_bytes_and_attributes(self, store: BucketReadWriter, folder: str) -> None:
        first = store.put(f"{folder}x", b"first", content_type="text/plain", metadata={"a": "1"})
        second = store.put(f"{folder}x", b"second one")
        info = store.head(f"{folder}x")
        assert (info.size, info.content_type, info.metadata) == (10, "application/octet-stream", {})
        assert first.etag != second.etag
        assert info.etag == second.etag

    def test_content_type_and_metadata_come_back(self, store: BucketReadWriter, folder: str) -> None:
        metadata = {"owner": "ada", "_x1": "a b=c;d,e \"q\" 'p' %20 <&>", "n" * 40: "v" * 1000}
        put = store.put(f"{folder}x", b"{}", content_type='application/json; charset="utf-8"', metadata=metadata)
        info = store.head(f"{folder}x")
        assert (info.content_type, info.metadata) == ('application/json; charset="utf-8"', metadata)
        assert list(info.metadata) == list(put.metadata) == sorted(metadata)
        assert (put.content_type, put.metadata, put.modified_at) == (info.content_type, metadata, None)
        listed = store.list(folder).items[0]
        assert (listed.content_type, listed.metadata) == (None, {})

    @pytest.mark.parametrize(
        "metadata",
        [{"Upper": "x"}, {"a-b": "x"}, {"1a": "x"}, {"": "x"}, {"ä": "x"}, {"a": ""}, {"a": " x"}, {"a": "x "},
         {"a": "x  y"}, {"a": "x\ny"}, {"a": "ü"}, {"a": 1}, {"a": "\x00"}],
    )  # fmt: skip
    def test_metadata_that_some_store_would_change_is_refused(
        self, store: BucketReadWriter, folder: str, metadata: Any
    ) -> None:
        for call in (
            lambda: store.put(f"{folder}x", b"", metadata=metadata),
            lambda: store.writer(folder, None, metadata),
        ):
            with pytest.raises(InvalidKey):
                call()
        assert not store.exists(f"{folder}x")

    def test_more_metadata_than_some_store_keeps_is_refused(self, store: BucketReadWriter, folder: str) -> None:
        store.put(f"{folder}x", b"", metadata={"a": "x" * 2047})
        assert store.head(f"{folder}x").metadata == {"a": "x" * 2047}
        with pytest.raises(TooLarge, match="2048"):
            store.put(f"{folder}x", b"", metadata={"a": "x" * 2048})

    @pytest.mark.parametrize("content_type", ["", "text", "text/", "/x", "te xt/x", "text/x\n", "text/ü", " text/x"])
    def test_what_is_no_content_type_is_refused(self, store: BucketReadWriter, folder: str, content_type: str) -> None:
        if content_type == "":
            store.put(f"{folder}x", b"", content_type=None)
            return
        with pytest.raises(InvalidValue, match="content_type"):
            store.put(f"{folder}x", b"", content_type=content_type)

    def test_the_time_of_change_is_told_in_utc(self, store: BucketReadWriter, folder: str) -> None:
        store.put(f"{folder}x", b"x")
        for found in (store.head(f"{folder}x").modified_at, store.list(folder).items[0].modified_at):
            check_is_now(found)

    def test_the_etag_is_the_same_from_put_head_and_list(self, store: BucketReadWriter, folder: str) -> None:
        etag = store.put(f"{folder}x", b"x").etag
        assert etag
        assert '"' not in etag
        assert store.head(f"{folder}x").etag == store.list(folder).items[0].etag == etag

    @pytest.mark.parametrize(
        ("wanted", "expected"),
        [((0, 1), b"0"), ((2, 5), b"234"), ((9, 10), b"9"), ((5, 99), b"56789"), ((0, None), b"0123456789"),
         ((7, None), b"789"), ((-1, None), b"9"), ((-4, None), b"6789"), ((-10, None), b"0123456789"),
         ((-99, None), b"0123456789"), ((0, 10), b"0123456789")],
    )  # fmt: skip
    def test_a_range_is_half_open_and_cut_at_the_end(
        self, store: BucketReadWriter, folder: str, wanted: tuple[int, int | None], expected: bytes
    ) -> None:
        store.put(f"{folder}x", b"0123456789")
        assert store.get(f"{folder}x", wanted) == expected

    def test_a_range_that_begins_behind_the_object_is_refused(self, store: BucketReadWriter, folder: str) -> None:
        store.put(f"{folder}x", b"0123456789")
        store.put(f"{folder}empty", b"")
        for key, wanted in (
            ("x", (10, 11)),
            ("x", (10, None)),
            ("x", (99, 100)),
            ("empty", (0, 1)),
            ("empty", (0, None)),
        ):
            with pytest.raises(InvalidRange):
                store.get(f"{folder}{key}", wanted)
        assert store.get(f"{folder}empty", (-5, None)) == b""

    @pytest.mark.parametrize(
        "wanted",
        [(5, 5), (5, 4), (-1, 5), (0, -1), (None, 5), (0,), (0, 1, 2), [0, 1], 5, ("0", 1), (0.0, 1), (True, 2)],
    )
    def test_what_is_no_range_is_refused(self, store: BucketReadWriter, folder: str, wanted: Any) -> None:
        with pytest.raises(InvalidRange, match="range="):
            store.get(f"{folder}x", wanted)

    def test_a_copy_keeps_everything(self, store: BucketReadWriter, folder: str) -> None:
        store.put(f"{folder}from", b"data", content_type="image/png", metadata={"a": "1"})
        store.put(f"{folder}to", b"older", metadata={"b": "2"})
        store.copy(f"{folder}from", f"{folder}to")
        info = store.head(f"{folder}to")
        assert store.get(f"{folder}to") == b"data"
        assert (info.content_type, info.metadata) == ("image/png", {"a": "1"})
        assert store.get(f"{folder}from") == b"data"

    def test_a_copy_over_itself_changes_nothing(self, store: BucketReadWriter, folder: str) -> None:
        etag = store.put(f"{folder}x", b"data", content_type="image/png", metadata={"a": "1"}).etag
        store.copy(f"{folder}x", f"{folder}x")
        info = store.head(f"{folder}x")
        assert (info.etag, info.content_type, info.metadata) == (etag, "image/png", {"a": "1"})
        assert store.get(f"{folder}x") == b"data"

    def test_a_copy_of_a_missing_object_is_not_found(self, store: BucketReadWriter, folder: str) -> None:
        store.put(f"{folder}to", b"kept")
        for target in ("to", "from"):
            with pytest.raises(NotFound):
                store.copy(f"{folder}from", folder + target)
        assert store.get(f"{folder}to") == b"kept"

    def test_deleting_is_done_when_it_returns_and_again_is_no_error(self, store: BucketReadWriter, folder: str) -> None:
        for key in ("x", "a/b", "a/c"):
            store.put(folder + key, b"x")
        for key in ("x", "x", "a/b", "a", "never"):
            store.delete(folder + key)
        assert keys_of(store, folder) == [f"{folder}a/c"]

    def test_text_and_other_values_are_no_data(self, store: BucketReadWriter, folder: str) -> None:
        wrong: list[Any] = ["text", 5, None, ["text"], iter(["text"]), [5]]
        for data in wrong:
            with pytest.raises(InvalidValue, match="data"):
                store.put(f"{folder}x", data)
        assert not store.exists(f"{folder}x")

    def test_the_stores_own_client_can_be_had(self, buckets: Buckets) -> None:
        if buckets.native is None:
            pytest.skip("the harness names no native type")
        assert isinstance(buckets.store.unwrap(buckets.native), buckets.native)
        assert isinstance(buckets.later.unwrap(buckets.native), buckets.native)
