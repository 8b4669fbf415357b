"""What stores tell of their objects: notifications as MinIO and Ceph write them in, calls of the handler out."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from nats.aio.msg import Msg

from portable.compute.consume import Consumer
from portable.errors import EventError
from portable.storage.event import StoredObject
from portable_container.runtime.cloudevents import CloudEvent
from portable_container.runtime.objects import handler
from portable_container.testing.objects import notification


class Calls(list[StoredObject]):
    """The calls of a handler, which raises for the keys in `failing`."""

    failing: tuple[str, ...] = ()

    def __call__(self, found: StoredObject, context: Any) -> None:
        self.append(found)
        if found.key in self.failing:
            raise ValueError(found.key)

    def keys(self) -> list[str]:
        return [found.key for found in self]


def delivered(told: object, times: int = 1) -> Msg:
    """Return a message as JetStream delivers it."""
    receipt = f"$JS.ACK.shop_dev_bucket_photos.f.{times}.7.1.1700000000000000000.0"
    body = told if isinstance(told, bytes) else json.dumps(told).encode()
    return Msg(None, "shop.dev.bucket.photos", receipt, body)  # type: ignore[arg-type]


def minio(key: str, event: str = "created", **more: Any) -> dict[str, Any]:
    """Return what MinIO sends; `more` are fields of the record's object, or `name` for that of the event."""
    told = notification(StoredObject("shop-dev-photos", key, 5, "e1", "17F3B0D6"), event)
    record = told["Records"][0]
    record["eventName"] = more.pop("name", record["eventName"])
    record["s3"]["object"] |= more
    return told


def ceph(key: str, name: str = "ObjectCreated:Put", **more: Any) -> dict[str, Any]:
    """Return what a gateway of Ceph 16.2 was seen to send."""
    found = {
        "key": key,
        "size": 5,
        "eTag": "e1",
        "versionId": "",
        "sequencer": "7A85",
        "metadata": [],
        "tags": [],
    } | more
    record = {
        "eventVersion": "2.2",
        "eventSource": "ceph:s3",
        "awsRegion": "",
        "eventTime": "2026-11-26T19:16:10.117914Z",
        "eventName": name,
        "userIdentity": {"principalId": "test"},
        "requestParameters": {"sourceIPAddress": ""},
        "responseElements": {"x-amz-request-id": "5d88.4122.895", "x-amz-id-2": "101a-default-default"},
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": "n1",
            "bucket": {"name": "shop-dev-photos", "ownerIdentity": {"principalId": "test"}, "arn": "", "id": "5d88.1"},
            "object": found,
        },
        "eventId": "1795720570.117914.e1",
        "opaqueData": "",
    }
    return {"Records": [record]}


def taken(told: object, event: str = "created", **more: Any) -> tuple[bool, Calls]:
    """Return whether a message is done, and what a handler got for it."""
    calls = Calls()
    return handler(Consumer("f", calls), 30, event, **more).take(delivered(told)), calls


@pytest.mark.parametrize("key", ["in/a b+c%2F100%.txt", "grüße/😀", "a", "+", "%2B"])
@pytest.mark.parametrize("told", [minio, ceph])
def test_a_key_comes_as_it_is_though_one_store_encodes_it_and_another_does_not(told: Any, key: str) -> None:
    assert taken(told(key))[1].keys() == [key]


def test_an_object_has_the_size_etag_and_id_that_its_store_tells() -> None:
    [found] = taken(minio("a"))[1]
    assert found == StoredObject("shop-dev-photos", "a", 5, "e1", "17F3B0D6")
    [found] = taken(ceph("a"))[1]
    assert found == StoredObject("shop-dev-photos", "a", 5, "e1", "1795720570.117914.e1")
    [found] = taken(ceph("a", size="1024"))[1]
    assert found.size == 1024, "the documentation of Ceph has text"
    empty = minio("a")
    del empty["Records"][0]["s3"]["object"]["size"]
    assert taken(empty)[1][0].size == 0, "MinIO leaves out a size of 0"
    [found] = taken(ceph("a", "ObjectRemoved:Delete"), "deleted")[1]
    assert (found.size, found.etag) == (None, None), "as of every other store"


@pytest.mark.parametrize(
    ("name", "event"),
    [
        ("s3:ObjectCreated:Put", "created"),
        ("ObjectCreated:Copy", "created"),
        ("s3:ObjectCreated:CompleteMultipartUpload", "created"),
        ("s3:ObjectRemoved:Delete", "deleted"),
        ("s3:ObjectRemoved:DeleteMarkerCreated", "deleted"),
        ("ObjectRemoved:Delete", "deleted"),
        ("ObjectLifecycle:Expiration:Current", "deleted"),
        ("s3:ObjectCreated:PutTagging", None),
        ("s3:ObjectCreated:PutLegalHold", None),
        ("s3:ObjectRemoved:NoOP", None),
        ("s3:ObjectAccessed:Get", None),
        ("s3:Replication:OperationCompletedReplication", None),
    ],
)
def test_other_changes_are_done_without_a_call_and_without_a_word(
    name: str, event: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, "portable"):
        found = {wanted: len(taken(minio("a", name=name), wanted)[1]) for wanted in ("created", "deleted")}
        assert taken(minio("a", name=name))[0]
    assert found == {"created": int(event == "created"), "deleted": int(event == "deleted")}
    assert caplog.records == []


def test_an_upload_in_parts_that_only_begins_is_no_object_yet() -> None:
    assert taken(ceph("a", "ObjectCreated:Post", eTag="", size=0)) == (True, [])
    assert taken(ceph("a", "ObjectCreated:Post"))[1].keys() == ["a"]


def test_prefix_and_suffix_are_those_of_the_key_as_it_is() -> None:
    wanted = {"prefix": "in d/", "suffix": "ü.jpg"}
    assert taken(minio("in d/ü.jpg"), **wanted)[1].keys() == ["in d/ü.jpg"]
    for key in ("IN d/ü.jpg", "in d/ü.png", "x/in d/ü.jpg"):
        assert taken(minio(key), **wanted) == (True, [])


def test_several_records_are_all_handled_and_one_that_fails_brings_the_message_again() -> None:
    told = {"Records": [*minio("a")["Records"], *ceph("b")["Records"], *minio("c", "deleted")["Records"]]}
    calls, buried = Calls(), list[tuple[bytes, int]]()
    calls.failing = ("a",)
    consumer = Consumer("f", calls, 2, lambda message, attempts, error: buried.append((message.payload, attempts)))
    taker = handler(consumer, 30, "created")
    assert not taker.take(delivered(told))
    assert calls.keys() == ["a", "b"]
    assert taker.take(delivered(told, 2))
    assert buried == [(json.dumps(told).encode(), 2)]


@pytest.mark.parametrize(
    "told",
    [
        b"",
        b"[]",
        b"{}",
        b'{"Records": []}',
        b'{"Records": {}}',
        b'{"Records": [{}]}',
        b'{"Records": [{"eventName": "s3:ObjectCreated:Put", "eventSource": "minio:s3", "s3": {}}]}',
        b"\xff",
        b"null",
    ],
)
def test_what_is_no_notification_is_logged_and_done(told: bytes, caplog: pytest.LogCaptureFixture) -> None:
    assert taken(told) == (True, [])
    assert "expected an object created in a bucket" in caplog.text
    with pytest.raises(EventError):
        handler(Consumer("f", Calls()), 30, "created").handle(delivered(told))


def test_a_record_that_cannot_be_read_fails_beside_those_that_can() -> None:
    told = {"Records": [{"eventName": "ObjectCreated:Put"}, *minio("b")["Records"]]}
    done, calls = taken(told)
    assert (done, calls.keys()) == (False, ["b"])


def test_the_test_event_of_a_store_is_done() -> None:
    assert taken({"Service": "S3", "Event": "s3:TestEvent", "Bucket": "b"}) == (True, [])


def event(kind: str, told: object) -> CloudEvent:
    return CloudEvent({"id": "1", "source": "/s", "type": kind}, json.dumps(told).encode())


def test_a_cloudevent_is_ours_or_holds_a_notification() -> None:
    calls = Calls()
    taker = handler(Consumer("f", calls), 30, "created")
    own = {"bucket": "b", "key": "a", "size": 1, "etag": "e", "id": "i"}
    assert taker.event(event("portable.object.created", own))
    assert taker.event(event("com.amazonaws.ObjectCreated:Put", ceph("b")))
    assert calls == [
        StoredObject("b", "a", 1, "e", "i"),
        StoredObject("shop-dev-photos", "b", 5, "e1", "1795720570.117914.e1"),
    ]
    wrong_size = ("portable.object.created", own | {"size": "x"})
    for wrong in (("portable.object.deleted", own), ("portable.tick", {}), ("x", {"Records": 1}), wrong_size):
        with pytest.raises(EventError):
            taker.event(event(*wrong))
    calls.failing = ("a",)
    assert not taker.event(event("portable.object.created", own))
