"""The store under test of the bucket suite, its clients, and keys that stores often damage.

Every test writes under its own prefix, so the bucket may be shared and need not be empty. The suite can run against a real
account.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from portable.base.awaited import awaited
from portable.conformance.guard import Unweakened
from portable.storage.async_clients import AsyncBucketReadWriter, AsyncBucketSigner
from portable.storage.bucket import Bucket
from portable.storage.clients import BucketReadWriter, BucketSigner
from portable.testing.paging import every_item

if TYPE_CHECKING:
    from portable.storage.driver import AsyncBucketDriver, BucketDriver

BUCKET = Bucket("conformance")
ABILITIES = ("signed urls", "backslash")
"""The abilities that a store may lack: URLs, or keys with a backslash. Then it must raise UnsupportedError."""

HARD_KEYS = {
    "spaces": "a b  c",
    "leading space": " a",
    "trailing space": "a ",
    "percent": "100%",
    "escape": "%2F%20",
    "plus": "a+b",
    "query": "what?a=b&c=d",
    "fragment": "a#b",
    "quotes": "\"double\" 'single' `back`",
    "brackets": "<a>[b]{c}(d)",
    "punctuation": "a!b@c$d^e&f*g=h:i;j,k~l|m",
    "backslash": "a\\b",
    "dots": "...",
    "leading dot": ".hidden",
    "trailing dot": "a.",
    "trailing dots inside": "a./b../c",
    "umlauts": "grüße/straße.txt",
    "chinese": "文件/名字",
    "emoji": "🎉/🎊",
    "combining": "e\u0301",
    "composed": "\u00e9",
    "right to left": "\u05e9\u05dc\u05d5\u05dd",
    "no-break space": "a\u00a0b",
    "upper case": "README",
    "lower case": "readme",
    "tilde": "~/x",
    "reserved on windows": "con/nul.txt",
    "deep": "/".join("abcdefgh" * 6),
    "long segment": "s" * 700,
    "long escapes": "%" * 600,
    "long unicode": "ü" * 350,
}
"""Each is used after a prefix. All of them exist at the same time."""

KEYS = ("a", "a.txt", "a/1", "a/2", "a/b/1", "a/b/2", "a/b/c/1", "ab/1", "b", "ba", "bb/x", "c-1", "c/1", "ä/1")
"""The keys of the listing tests."""

WRONG_KEYS = ("", "/", "/a", "a/", "a//b", ".", "..", "a/./b", "a/../b", "../a", "a\n", "a\x00b", "\x7f", "a\x85b",
              "x" * 1025, "ü" * 513, "\ud800", "\uffff", "a/" * 254 + "b")  # fmt: skip


@dataclass
class Buckets:
    """A store under test, with an empty or shared bucket.

    `missing` returns the driver of a bucket that does not exist. `native` is what `unwrap` must give. `lacks` maps the
    ABILITIES that the store lacks to the reasons.
    """

    driver: BucketDriver
    async_driver: AsyncBucketDriver | None = None
    missing: Callable[[], BucketDriver] | None = None
    native: type | None = None
    lacks: Mapping[str, str] = field(default_factory=dict)
    large: int = 20 * 1024 * 1024
    """Bytes of the object that is too large for one request."""

    def __post_init__(self) -> None:
        unknown = set(self.lacks) - set(ABILITIES)
        if unknown or not all(self.lacks.values()):
            raise ValueError(f"lacks holds an unknown ability ({unknown}), or one without a reason")

    def of(self, bucket: Bucket) -> BucketDriver:
        """Return the driver, as a runtime does."""
        return self.driver

    def async_of(self, bucket: Bucket) -> AsyncBucketDriver:
        """Return the asynchronous driver, as a runtime does."""
        return self.async_driver or self._awaited

    @cached_property
    def _awaited(self) -> Any:
        return awaited(self.driver)

    def hard_keys(self) -> dict[str, str]:
        """Return the hard keys that the store can keep."""
        return {name: key for name, key in HARD_KEYS.items() if name not in self.lacks}

    @cached_property
    def tree(self) -> str:
        """The prefix of KEYS, each of which holds its own name."""
        prefix = f"t{uuid4().hex[:12]}/"
        for key in KEYS:
            self.store.put(prefix + key, key.encode())
        return prefix

    @cached_property
    def store(self) -> BucketReadWriter:
        """The client with all permissions."""
        return BucketReadWriter(BUCKET, self)  # type: ignore[arg-type]

    @cached_property
    def later(self) -> AsyncBucketReadWriter:
        """The asynchronous client with all permissions."""
        return AsyncBucketReadWriter(BUCKET, self)  # type: ignore[arg-type]

    @cached_property
    def signer(self) -> BucketSigner:
        """The client that signs."""
        return BucketSigner(BUCKET, self)  # type: ignore[arg-type]

    @cached_property
    def later_signer(self) -> AsyncBucketSigner:
        """The asynchronous client that signs."""
        return AsyncBucketSigner(BUCKET, self)  # type: ignore[arg-type]


class BucketTests(Unweakened):
    """The base of all parts of the suite. A harness supplies the fixture `buckets`."""

    @pytest.fixture
    def store(self, buckets: Buckets) -> BucketReadWriter:
        """Return the client under test."""
        return buckets.store

    @pytest.fixture
    def later(self, buckets: Buckets) -> AsyncBucketReadWriter:
        """Return the asynchronous client under test."""
        return buckets.later

    @pytest.fixture
    def folder(self) -> str:
        """Return a prefix that no other test uses, with its `/`."""
        return f"t{uuid4().hex[:12]}/"


def pattern(size: int) -> bytes:
    """Return bytes with a period of 251, in which a shift or a lost part is visible."""
    line = bytes(range(251))
    return (line * (size // 251 + 1))[:size]


def keys_of(store: BucketReadWriter, prefix: str, **options: Any) -> list[str]:
    """Return all keys under a prefix, page by page."""
    return [item.key for item in every_item(lambda page: store.list(prefix, page=page, **options))]
