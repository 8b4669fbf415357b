"""A store with the protocol of S3 may differ in what Ceph 16.2 was measured to do: etags without quotes, `-` in metadata."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import pytest
from servers.answering import Reply, answering

from portable.errors import Conflict
from portable.storage.bucket import Bucket
from portable.storage.clients import BucketReadWriter
from portable.storage.driver import Attributes
from portable.storage.obstore_driver import ObstoreBucket
from portable.storage.s3_compatible import VARIED, open_store

PARTS = b"<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>"
COMPLETE = b"<CompleteMultipartUploadResult><ETag></ETag></CompleteMultipartUploadResult>"


@dataclass
class Ceph:
    """One object of a store that behaves as Ceph does."""

    etag: str = ""
    body: bytes = b""
    told: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    parts: bytes = b""

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        lower = {name.lower(): value for name, value in headers.items()}
        self.asked.append(f"{method} {lower.get('if-match', '')}".strip())
        if method == "POST" and path.endswith("?uploads="):
            self._keep(lower)
            return 200, (), PARTS
        if method == "PUT" and "partNumber" in path:
            self.parts += body
            return 200, [("ETag", '"part"')], b""
        if method == "POST":
            self.etag, self.body = "whole-1", self.parts
            return 200, (), COMPLETE
        if method == "PUT":
            if lower.get("if-match", self.etag) != self.etag:
                return 412, (), b"<Error><Code>PreconditionFailed</Code></Error>"
            self._keep(lower)
            self.etag, self.body = f"e{len(self.asked)}", body
            return 200, [("ETag", f'"{self.etag}"')], b""
        found = [("ETag", f'"{self.etag}"'), ("Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT"), *self.told.items()]
        return 200, found, b"" if method == "HEAD" else self.body

    def _keep(self, headers: Mapping[str, str]) -> None:
        self.told = {n.replace("_", "-"): v for n, v in headers.items() if n.startswith("x-amz-meta-")}


Store = tuple[Ceph, BucketReadWriter, ObstoreBucket]


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    ceph = Ceph()
    monkeypatch.setattr("portable.storage.obstore_conditions.PAUSES", (0.001, 0.001, 0.001))
    with answering(ceph.answer) as address:
        opened = open_store("photos", f"http://{address}", {"access_key_id": "a", "secret_access_key": "b"})
        driver = ObstoreBucket(opened, "photos", VARIED)

        class Drivers:
            def of(self, _resource: object) -> ObstoreBucket:
                return driver

        yield ceph, BucketReadWriter(Bucket("photos"), Drivers()), driver  # type: ignore[arg-type]


def test_an_etag_is_sent_without_quotes_once_the_store_was_seen_to_want_it(store: Store) -> None:
    ceph, bucket, _ = store
    first = bucket.put("a", b"1")
    second = bucket.put("a", b"2", if_match=first.etag)
    assert [asked for asked in ceph.asked if "PUT" in asked] == ["PUT", f'PUT "{first.etag}"', f"PUT {first.etag}"]
    ceph.asked.clear()
    bucket.put("a", b"3", if_match=second.etag)
    assert ceph.asked == [f"PUT {second.etag}"]
    with pytest.raises(Conflict):
        bucket.put("a", b"4", if_match=second.etag)
    assert ceph.body == b"3"


def test_names_of_metadata_come_back_as_they_were_and_the_mark_is_hidden(store: Store) -> None:
    ceph, bucket, _ = store
    bucket.put("a", b"1", metadata={"x_y": "1", "_z": "2"})
    assert bucket.head("a").metadata == {"x_y": "1", "_z": "2"}
    bucket.put("a", b"2", metadata={"x_y": "3"}, if_match=ceph.etag)
    assert ("x-amz-meta-portable-put" in ceph.told, bucket.head("a").metadata) == (True, {"x_y": "3"})


def test_an_object_in_parts_has_its_etag_though_the_store_did_not_tell_it(store: Store) -> None:
    ceph, _, driver = store
    assert driver.put_stream("a", iter([b"12", b"3"]), Attributes("text/plain", {})).etag == "whole-1"
    assert ceph.body == b"123"
