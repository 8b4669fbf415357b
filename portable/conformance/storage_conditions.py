"""The bucket suite, second part: conditional puts, races, permissions, signed URLs."""
# ruff: noqa: D102, S310  (the name of a test is its sentence; the URLs are the store's own)

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from portable.conformance.storage_cases import BUCKET, Buckets, BucketTests
from portable.errors import Conflict, InvalidValue, NotFound, NotGranted, PermissionDenied, TooLarge, UnsupportedError
from portable.storage.clients import BucketReader, BucketReadWriter, BucketSigner, BucketWriter


class ConditionTests(BucketTests):
    """Conditions, races and permissions."""

    def test_if_absent_writes_a_free_key_once(self, store: BucketReadWriter, folder: str) -> None:
        store.put(f"{folder}x", b"first", content_type="text/plain", metadata={"a": "1"}, if_absent=True)
        with pytest.raises(Conflict):
            store.put(f"{folder}x", b"second", if_absent=True)
        assert store.get(f"{folder}x") == b"first"
        assert store.head(f"{folder}x").metadata == {"a": "1"}
        store.delete(f"{folder}x")
        store.put(f"{folder}x", b"third", if_absent=True)
        assert store.get(f"{folder}x") == b"third"

    def test_if_match_writes_over_the_object_it_names(self, store: BucketReadWriter, folder: str) -> None:
        first = store.put(f"{folder}x", b"first").etag
        second = store.put(f"{folder}x", b"second", metadata={"a": "2"}, if_match=first).etag
        with pytest.raises(Conflict):
            store.put(f"{folder}x", b"third", if_match=first)
        assert store.get(f"{folder}x") == b"second"
        for etag in (store.head(f"{folder}x").etag, store.list(folder).items[0].etag):
            assert etag == second
        third = store.put(f"{folder}x", b"", if_match=second).etag
        assert third == store.head(f"{folder}x").etag

    def test_get_with_if_match_returns_no_byte_of_another_version(self, store: BucketReadWriter, folder: str) -> None:
        first = store.put(f"{folder}x", b"first").etag
        for wanted, found in ((None, b"first"), ((1, 3), b"ir"), ((2, None), b"rst"), ((-2, None), b"st")):
            assert store.get(f"{folder}x", wanted, if_match=first) == found
        second = store.put(f"{folder}x", b"second").etag
        for wanted in (None, (1, 3), (2, None), (-2, None)):
            with pytest.raises(Conflict):
                store.get(f"{folder}x", wanted, if_match=first)
        assert store.get(f"{folder}x", if_match=second) == b"second"
        store.delete(f"{folder}x")
        with pytest.raises((NotFound, Conflict)):  # stores differ in what they look at first
            store.get(f"{folder}x", if_match=second)
        with pytest.raises(InvalidValue):
            store.get(f"{folder}x", if_match="")

    def test_if_match_never_makes_an_object(self, store: BucketReadWriter, folder: str) -> None:
        etag = store.put(f"{folder}x", b"x").etag
        store.delete(f"{folder}x")
        for key in ("x", "never"):
            with pytest.raises(Conflict):
                store.put(folder + key, b"y", if_match=etag)
            assert not store.exists(folder + key)
        store.put(f"{folder}x", b"z")
        with pytest.raises(Conflict):
            store.put(f"{folder}x", b"y", if_match="0123456789abcdef0123456789abcdef")

    def test_conditions_hold_for_streamed_data(self, store: BucketReadWriter, folder: str) -> None:
        info = store.put(f"{folder}x", iter([b"ab", b"cd"]), if_absent=True)
        assert info.size == 4
        with pytest.raises(Conflict):
            store.put(f"{folder}x", iter([b"ef"]), if_absent=True)
        store.put(f"{folder}x", iter([b"gh"] * 9), if_match=info.etag)
        assert store.get(f"{folder}x") == b"gh" * 9
        with pytest.raises(TooLarge, match="if_absent"):
            store.put(f"{folder}y", iter([bytes(9_000_000)] * 4), if_absent=True)
        assert not store.exists(f"{folder}y")

    def test_wrong_conditions_are_refused(self, store: BucketReadWriter, folder: str) -> None:
        wrong: list[dict[str, Any]] = [{"if_absent": True, "if_match": "x"}, {"if_match": ""}, {"if_match": "a\n"}]
        for options in wrong:
            with pytest.raises(InvalidValue, match="if_match"):
                store.put(f"{folder}x", b"", **options)

    def test_a_race_to_create_has_one_winner(self, store: BucketReadWriter, folder: str) -> None:
        def create(number: int) -> bool:
            try:
                store.put(f"{folder}x", b"%d" % number, if_absent=True)
            except Conflict:
                return False
            return True

        with ThreadPoolExecutor(8) as pool:
            won = list(pool.map(create, range(8)))
        assert won.count(True) == 1
        assert store.get(f"{folder}x") == b"%d" % won.index(True)

    def test_counting_under_if_match_loses_nothing(self, store: BucketReadWriter, folder: str) -> None:
        store.put(f"{folder}x", b"0")

        def add(_: int) -> None:
            while True:
                etag = store.head(f"{folder}x").etag
                value = int(store.get(f"{folder}x"))
                try:
                    store.put(f"{folder}x", b"%d" % (value + 1), if_match=etag)
                except Conflict:
                    continue
                return

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(add, range(12)))
        assert store.get(f"{folder}x") == b"12"

    def test_readers_see_one_whole_object_while_it_is_replaced(self, store: BucketReadWriter, folder: str) -> None:
        versions = [bytes([65 + n]) * (100_000 + n) for n in range(2)]
        store.put(f"{folder}x", versions[0], metadata={"n": "0"})

        def write(count: int) -> None:
            for n in range(count):
                store.put(f"{folder}x", versions[n % 2], metadata={"n": str(n % 2)})

        with ThreadPoolExecutor(1) as pool:
            done = pool.submit(write, 30)
            while not done.done():
                assert store.get(f"{folder}x") in versions
                info = store.head(f"{folder}x")
                assert info.metadata == {"n": str(info.size - 100_000)}
            done.result()

    def test_a_client_has_the_methods_of_its_permission_only(self, buckets: Buckets) -> None:
        lacking: dict[Any, tuple[str, ...]] = {
            BucketReader: ("put", "writer", "delete", "copy", "signed_url"),
            BucketWriter: ("get", "open", "head", "exists", "list", "copy", "signed_upload_url"),
            BucketReadWriter: ("signed_url", "signed_upload_url"),
            BucketSigner: ("get", "put", "delete", "list"),
        }
        for kind, names in lacking.items():
            client = kind(BUCKET, buckets)
            for name in names:
                assert not hasattr(client, name)
                with pytest.raises(PermissionDenied, match=r"Declare the parameter as (Async)?Bucket"):
                    getattr(client, name)
                with pytest.raises(NotGranted):
                    getattr(client, name)

    def test_a_signed_url_reads_the_object(self, buckets: Buckets, folder: str) -> None:
        if "signed urls" in buckets.lacks:
            self._refuses(buckets, folder)
            return
        for key in [folder + key for key in buckets.hard_keys().values() if len(key) < 500]:
            buckets.store.put(key, key.encode(), content_type="text/plain")
            with fetch(urllib.request.Request(buckets.signer.signed_url(key, expires=60))) as answer:
                assert answer.read() == key.encode()
                assert answer.headers["Content-Type"] == "text/plain"

    def test_a_signed_upload_url_writes_the_object(self, buckets: Buckets, folder: str) -> None:
        if "signed urls" in buckets.lacks:
            self._refuses(buckets, folder)
            return
        headers = {"x-ms-blob-type": "BlockBlob", "Content-Type": "image/png"}
        url = buckets.signer.signed_upload_url(f"{folder}x", expires=604_800)
        with fetch(urllib.request.Request(url, b"uploaded", headers, method="PUT")) as answer:
            assert answer.status in (200, 201)
        assert buckets.store.get(f"{folder}x") == b"uploaded"
        assert buckets.store.head(f"{folder}x").content_type == "image/png"

    @pytest.mark.parametrize("expires", [0, -1, 604_801, 1.5, "60", None, True])
    def test_a_wrong_expiry_is_refused(self, buckets: Buckets, folder: str, expires: Any) -> None:
        for call in (buckets.signer.signed_url, buckets.signer.signed_upload_url):
            with pytest.raises(InvalidValue, match="expires"):
                call(f"{folder}x", expires=expires)

    def _refuses(self, buckets: Buckets, folder: str) -> None:
        calls: list[Callable[[str], str]] = [buckets.signer.signed_url, buckets.signer.signed_upload_url]
        for call in calls:
            with pytest.raises(UnsupportedError, match="S3, Azure Blob and Cloud Storage"):
                call(f"{folder}x")


def fetch(request: urllib.request.Request) -> Any:
    """Send a request with no credentials but its URL, never through a proxy."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    return opener.open(request, timeout=20)
