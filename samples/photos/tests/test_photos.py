"""The photos app, tested in memory, on every wire and under every accident."""

from __future__ import annotations

import json

import pytest
from app import Job, index, jobs, media_type_of, nightly, photos, work

from portable.testing import Cloud, assert_idempotent, at_least_once, events, every_wire, memory

JPEG = b"\xff\xd8\xff\xe0" + bytes(60)
PNG = b"\x89PNG\r\n" + bytes(20)


@every_wire
def test_a_photo_comes_back_byte_for_byte(cloud: Cloud) -> None:
    stored = cloud.http.put("/photos/my%20cat%2B1.jpg", content=JPEG).expect(201)
    assert stored.json() == {"stored": "my cat+1.jpg", "size": len(JPEG)}
    photo = cloud.http.get("/photos/my%20cat%2B1.jpg").expect(200)
    assert photo.content == JPEG
    assert photo.headers["content-type"] == "image/jpeg"


@every_wire
def test_a_new_photo_is_in_the_catalog(cloud: Cloud) -> None:
    cloud.http.put("/photos/a+b.png", content=PNG).expect(201)
    assert cloud.http.get("/photos").json() == []
    cloud.settle()
    record = {"name": "a+b.png", "size": len(PNG), "media_type": "image/png"}
    assert cloud.http.get("/photos", params={"prefix": "a"}).json() == [record]
    assert cloud.failures == []


def test_what_is_not_there_and_what_is_empty(cloud: Cloud) -> None:
    assert cloud.http.get("/photos/none.jpg").expect(404).json() == {"detail": "there is no photo none.jpg"}
    cloud.http.put("/photos/empty.jpg").expect(400)
    assert cloud.failures == []


@at_least_once
def test_every_photo_is_indexed_whatever_happens(cloud: Cloud) -> None:
    for name in ("a.jpg", "b.jpg", "c.jpg"):
        cloud.http.put(f"/photos/{name}", content=JPEG).expect(201)
    cloud.settle()
    assert [record["name"] for record in cloud.http.get("/photos").json()] == ["a.jpg", "b.jpg", "c.jpg"]
    assert cloud.failures == []


@at_least_once
def test_a_rename_never_loses_a_photo(cloud: Cloud) -> None:
    cloud.bucket(photos).put("originals/old.jpg", JPEG)
    cloud.queue(jobs).send(Job("old.jpg", "new.jpg"))
    cloud.settle()
    assert cloud.bucket(photos).keys("originals/") == ["originals/new.jpg"]
    assert cloud.bucket(photos).get("originals/new.jpg") == JPEG


def test_a_rename_of_nothing_is_tried_five_times(cloud: Cloud) -> None:
    cloud.queue(jobs).send(Job("none.jpg", "new.jpg"))
    cloud.settle()
    assert [call.attempt for call in cloud.function(work).calls] == [1, 2, 3, 4, 5]
    assert "there is no photo none.jpg" in str(cloud.failures[-1].error)


def test_the_report_is_written_at_three_in_berlin_on_working_days(cloud: Cloud) -> None:
    cloud.bucket(photos).put("originals/a.jpg", JPEG)
    cloud.clock.set("2026-03-27T12:00")  # a Friday; the clocks change on Sunday
    cloud.clock.advance(days=4)
    assert cloud.bucket(photos).keys("reports/") == ["reports/2026-03-30.json", "reports/2026-03-31.json"]
    assert [call.event.scheduled_at.hour for call in cloud.function(nightly).calls] == [1, 1]
    assert json.loads(cloud.bucket(photos).get("reports/2026-03-30.json")) == {"photos": 1, "bytes": len(JPEG)}


def test_every_event_may_come_twice() -> None:
    def one_photo(cloud: Cloud) -> None:
        cloud.bucket(photos).put("originals/a.jpg", JPEG)

    assert_idempotent(index, events.object_created(photos, "originals/a.jpg"), given=one_photo)
    assert_idempotent(work, events.message(Job("a.jpg", "b.jpg")), given=one_photo)
    assert_idempotent(nightly, events.tick("2026-05-04T01:00"), given=one_photo)


def test_a_handler_is_a_function() -> None:
    store = memory(photos)
    store.put("originals/a.jpg", JPEG)
    index(events.object_created(photos, "originals/a.jpg"), store)
    assert json.loads(store.get("index/a.jpg.json"))["media_type"] == "image/jpeg"


@pytest.mark.parametrize(
    ("start", "found"), [(JPEG, "image/jpeg"), (PNG, "image/png"), (b"?", "application/octet-stream")]
)
def test_the_first_bytes_tell_the_media_type(start: bytes, found: str) -> None:
    assert media_type_of(start) == found
