"""Buckets, schedules, and events that come to the wrong function."""
# ruff: noqa: D102  (the name of a test is its sentence)

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from portable.conformance.target_cases import TargetTests, World, needs
from portable.eventing.message import Message
from portable.eventing.schedule import Tick
from portable.storage.bucket import Bucket
from portable.storage.event import StoredObject

FILES = Bucket("files")
KEYS = ["a.txt", "a b+c%.txt", "grüße/世界.txt", "a%2Fb/100%25.txt", "a&b=c?d#e.txt", "'\"<>.txt", "[x]{y}|^~.txt"]
DUE = datetime(2025, 3, 30, 3, 30, tzinfo=UTC)
"""Times in the past. A host may treat a time in the future as a timer that fired too early."""


class ObjectTests(TargetTests):
    """Events of a bucket reach their functions."""

    kind = "object"
    about = "objects that are created and deleted"
    modules = "target_objects"

    @pytest.mark.parametrize("key", KEYS)
    def test_an_object_that_is_created_arrives_under_its_key(self, world: World, key: str) -> None:
        box = world.cloud.bucket(FILES)
        info = box.put(f"in/{key}", b"text")
        world.cloud.settle()
        (call,) = world.cloud.function("arrived").calls
        assert (call.event.bucket, call.event.key) == ("files", f"in/{key}")
        assert call.event.size in (4, None)
        assert call.event.etag in (info.etag, None)
        assert box.get(f"seen/in/{key}") == b"text"
        assert world.cloud.failures == []

    @pytest.mark.parametrize("key", KEYS)
    def test_an_object_that_is_deleted_arrives_under_its_key(self, world: World, key: str) -> None:
        box = world.cloud.bucket(FILES)
        box.put(key, b"text")
        box.delete(key)
        world.cloud.settle()
        (call,) = world.cloud.function("http").calls
        assert (call.event.bucket, call.event.key) == ("files", key)

    @needs("filtered again")
    def test_only_keys_with_the_prefix_and_the_suffix_are_for_a_function(self, world: World) -> None:
        for key in ("out/a.txt", "in/a.png", "IN/a.txt", "in/a.TXT"):
            found = StoredObject("files", key, 1, "e", "1")
            world.host.deliver(world.app.functions["arrived"], [("1", found, 1)])
        assert world.cloud.function("arrived").calls == []

    @needs("filtered again")
    def test_an_object_that_was_created_is_none_that_was_deleted(self, world: World) -> None:
        with pytest.raises(Exception):  # noqa: B017, PT011 - each host refuses in its own way
            world.deliver_as("http", "arrived", StoredObject("files", "in/a.txt", 1, "e", "1"))
        assert world.cloud.calls == []

    def test_an_objects_event_that_fails_comes_again(self, world: World) -> None:
        world.cloud.bucket(FILES).put("in/broken.txt", b"")
        world.cloud.settle()
        calls = world.cloud.function("arrived").calls
        assert [call.event.key for call in calls] == ["in/broken.txt"] * 2
        assert len({call.event.id for call in calls}) == 1

    @pytest.mark.parametrize("path", ["stored", "awaited-object"])
    def test_an_object_is_sent_in_the_part_that_a_client_asks_for(self, world: World, path: str) -> None:
        if "http" in world.lacks:
            pytest.skip(f"{world.name} has no replies")
        large = bytes(range(256)) * 40
        etag = world.cloud.bucket(FILES).put("a b.png", large, content_type="image/png").etag
        whole = world.cloud.http.get(f"/{path}/a%20b.png").expect(200)
        assert (whole.content, whole.headers["content-type"], whole.headers["etag"]) == (
            large,
            "image/png",
            f'"{etag}"',
        )
        part = world.cloud.http.get(f"/{path}/a%20b.png", headers={"range": "bytes=-100"}).expect(206)
        assert (part.content, part.headers["content-range"]) == (large[-100:], "bytes 10140-10239/10240")
        assert (
            world.cloud.http.get(f"/{path}/a%20b.png", headers={"if-none-match": f'"{etag}"'}).expect(304).content
            == b""
        )
        head = world.cloud.http.head(f"/{path}/a%20b.png").expect(200)
        assert (head.content, head.headers["content-length"]) == (b"", "10240")

    @needs("object attempts")
    def test_an_objects_event_whose_attempts_are_used_up_is_a_dead_letter(self, world: World) -> None:
        world.cloud.bucket(FILES).put("in/broken.txt", b"")
        world.cloud.settle()
        assert [call.attempt for call in world.cloud.function("arrived").calls] == [1, 2]
        (dead,) = world.cloud.function("arrived").dead_letters
        assert dead.attributes["portable-attempts"] == "2"
        assert dead.attributes["portable-error"] == "a broken file"
        assert b"in/broken.txt" in dead.payload


class ScheduleTests(TargetTests):
    """A function runs and gets its due time."""

    kind = "schedule"
    about = "functions that run at a time"
    modules = "target_schedules"

    @pytest.mark.parametrize("due", [DUE, datetime(2024, 2, 29, 3, 30, tzinfo=UTC)])
    def test_a_schedule_tells_when_it_was_due(self, world: World, due: datetime) -> None:
        world.cloud.schedule("go").fire(at=due)
        (call,) = world.cloud.function("go").calls
        assert call.event.scheduled_at == due
        assert call.event.scheduled_at.utcoffset().total_seconds() == 0
        assert call.event.fired_at.tzinfo is not None

    def test_a_schedule_that_fails_comes_again_for_the_same_time(self, world: World) -> None:
        due = datetime(2025, 4, 1, 3, 30, tzinfo=UTC)
        world.cloud.schedule("go").fire(at=due)
        world.cloud.settle()
        calls = world.cloud.function("go").calls
        assert [call.event.scheduled_at for call in calls] == [due] * len(calls)
        assert len(calls) > 1
        assert "the first of a month" in world.log()


FOREIGN = {
    "a tick for a queue": ("work", "go", Tick(DUE)),
    "a tick for a topic": ("listen-to-news-of-which-the-level-is-hi", "go", Tick(DUE)),
    "a tick for a bucket": ("arrived", "go", Tick(DUE)),
    "a message for a schedule": ("go", "work", Message("m", b"{}", 1)),
    "a message for a bucket": ("http", "work", Message("m", b"{}", 1)),
    "an object for a schedule": ("go", "http", StoredObject("files", "in/a.txt", 1, "e", "1")),
}


class ForeignTests(TargetTests):
    """An event of another kind is refused before the handler is called."""

    @needs("foreign events")
    @pytest.mark.parametrize("name", FOREIGN)
    def test_an_event_of_another_kind_is_refused(self, world: World, name: str) -> None:
        function, other, event = FOREIGN[name]
        functions = world.app.functions
        if function not in functions or other not in functions:
            pytest.skip(f"{name}: {world.name} does not have both of these triggers")
        with pytest.raises(Exception):  # noqa: B017, PT011 - each host refuses in its own way
            world.deliver_as(function, other, event)
        assert world.cloud.calls == []
        assert world.cloud.failures == []
