"""The bucket suite, third part: listings, prefixes, delimiters, and pages that stay correct while objects change."""
# ruff: noqa: D102  (the name of a test is its sentence)

from __future__ import annotations

from typing import Any

import pytest

from portable.conformance.storage_cases import KEYS, Buckets, BucketTests, keys_of
from portable.errors import InvalidKey, InvalidValue
from portable.storage.clients import BucketReadWriter
from portable.storage.objects import Page


class ListingTests(BucketTests):
    """Every object is listed once and in order."""

    @pytest.fixture
    def tree(self, buckets: Buckets) -> str:
        """Return the prefix of KEYS, which all tests that only read share."""
        return buckets.tree

    def test_an_empty_prefix_of_nothing_is_an_empty_page(self, store: BucketReadWriter, folder: str) -> None:
        assert store.list(folder) == Page([], [], None)
        assert store.list(folder, delimiter="/") == Page([], [], None)

    def test_everything_is_listed_in_the_order_of_its_bytes(self, store: BucketReadWriter, tree: str) -> None:
        page = store.list(tree)
        assert [item.key.removeprefix(tree) for item in page] == sorted(KEYS, key=str.encode)
        assert [item.size for item in page] == [len(key.encode()) for key in sorted(KEYS, key=str.encode)]
        assert (page.prefixes, page.next) == ([], None)

    @pytest.mark.parametrize(
        "prefix", ["a", "a/", "a/b", "a/b/", "b", "bb", "c", "c-", "x", "a//", "ä", "a.t", "a/b/c/1"]
    )
    def test_a_prefix_is_text_and_not_whole_segments(self, store: BucketReadWriter, tree: str, prefix: str) -> None:
        expected = [key for key in sorted(KEYS, key=str.encode) if key.startswith(prefix)]
        assert [key.removeprefix(tree) for key in keys_of(store, tree + prefix)] == expected
        assert [key.removeprefix(tree) for key in keys_of(store, tree + prefix, limit=1)] == expected

    @pytest.mark.parametrize("limit", [1, 2, 3, 1000])
    @pytest.mark.parametrize("delimiter", ["/", "b", "b/", "-"])
    @pytest.mark.parametrize("prefix", ["", "a", "a/", "b", "c", "a/b"])
    def test_a_delimiter_folds_what_is_below(
        self, store: BucketReadWriter, tree: str, prefix: str, delimiter: str, limit: int
    ) -> None:
        expected: set[tuple[str, str]] = set()
        for key in KEYS:
            if key.startswith(prefix):
                head, found, _ = key[len(prefix) :].partition(delimiter)
                expected.add(("prefix", prefix + head + found) if found else ("key", key))
        assert {
            (kind, name.removeprefix(tree)) for kind, name in self.walk(store, tree + prefix, delimiter, limit)
        } == (expected)

    def walk(self, store: BucketReadWriter, prefix: str, delimiter: str, limit: int) -> list[tuple[str, str]]:
        """Return all keys and common prefixes of a listing, checked to come once and in order."""
        found: list[tuple[str, str]] = []
        page = store.list(prefix, delimiter, limit)
        while True:
            now = [("key", item.key) for item in page.items] + [("prefix", name) for name in page.prefixes]
            assert len(now) <= limit
            found += sorted(now, key=lambda entry: entry[1].encode())
            if page.next is None:
                break
            page = store.list(prefix, delimiter, limit, page.next)
        names = [name.encode() for _, name in found]
        assert names == sorted(set(names))
        return found

    def test_the_whole_bucket_can_be_listed(self, store: BucketReadWriter, tree: str) -> None:
        found = keys_of(store, "")
        assert {tree + key for key in KEYS} <= set(found)
        assert found == sorted(found, key=str.encode)
        page = store.list(delimiter="/")
        while tree not in page.prefixes and page.next is not None:
            page = store.list(delimiter="/", page=page.next)
        assert tree in page.prefixes

    def test_pages_stay_right_while_objects_come_and_go(self, store: BucketReadWriter, folder: str) -> None:
        for n in range(10):
            store.put(f"{folder}k{n}", b"x")
        first = store.list(folder, limit=4)
        assert [item.key for item in first] == [f"{folder}k{n}" for n in range(4)]
        for gone in (0, 3, 5):  # one seen, the very last one seen, one not yet seen
            store.delete(f"{folder}k{gone}")
        for new in ("a", "k35", "k4a", "z"):
            store.put(folder + new, b"x")
        second = store.list(folder, limit=1000, page=first.next)
        assert [item.key.removeprefix(folder) for item in second] == ["k35", "k4", "k4a", "k6", "k7", "k8", "k9", "z"]
        assert second.next is None

    def test_a_page_that_is_just_full_ends_the_listing(self, store: BucketReadWriter, folder: str) -> None:
        for n in range(6):
            store.put(f"{folder}{n}", b"x")
        assert store.list(folder, limit=6).next is None
        page = store.list(folder, limit=3)
        assert page.next is not None
        assert store.list(folder, limit=3, page=page.next).next is None

    def test_a_listing_passes_over_many_objects_below_a_folder(self, store: BucketReadWriter, folder: str) -> None:
        for n in range(40):
            store.put(f"{folder}big/{n:03}", b"")
        store.put(f"{folder}last", b"x")
        found = self.walk(store, folder, "/", 1)
        assert found == [("prefix", f"{folder}big/"), ("key", f"{folder}last")]

    def test_a_token_belongs_to_no_process(self, store: BucketReadWriter, tree: str) -> None:
        page = store.list(tree, limit=3)
        assert page.next is not None
        assert page.next.isascii()
        assert tree not in page.next
        again = store.list(tree, limit=3)
        assert again.next == page.next

    def test_wrong_limits_and_tokens_are_refused(self, store: BucketReadWriter, folder: str) -> None:
        for limit in (0, -1, 1001, "5", None, True):
            wrong: Any = limit
            with pytest.raises(InvalidValue, match="limit"):
                store.list(folder, limit=wrong)
        for token in ("", "x", "!!", "AAAA", 5):
            wrong = token
            with pytest.raises(InvalidValue, match="page"):
                store.list(folder, page=wrong)

    def test_wrong_prefixes_are_refused_and_impossible_ones_find_nothing(
        self, store: BucketReadWriter, folder: str
    ) -> None:
        for prefix in ("a\n", "\ud800", "x" * 1025):
            with pytest.raises(InvalidKey):
                store.list(prefix)
        store.put(f"{folder}x", b"x")
        for prefix in ("/", f"/{folder}", f"{folder}/x", f"{folder}./x", f"{folder}../{folder}x"):
            assert store.list(prefix) == Page([], [], None)
            assert store.list(prefix, delimiter="/") == Page([], [], None)
