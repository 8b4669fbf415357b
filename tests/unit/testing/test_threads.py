"""Handlers run in any thread."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from unit.testing import kit_app as app

from portable.testing.world.active import Active
from portable.testing.world.records import Call
from portable.testing.world.script import Script


def test_handlers_are_called_from_several_threads(cloud) -> None:
    cloud.bucket(app.photos).put("a.jpg", b"x")

    def ask(number: int) -> int:
        assert cloud.http.get("/photos/a.jpg").expect(200).content == b"x"
        return cloud.http.put(f"/photos/{number}.txt", content=b"y").expect(201).status_code

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, range(64))) == [201] * 64
    assert len(cloud.bucket(app.photos).keys()) == 65
    assert all(call.resource_calls for call in cloud.calls)
    assert {len(call.resource_calls) for call in cloud.calls} == {1}


def test_two_calls_of_the_same_are_two() -> None:
    now = datetime.now(UTC)
    first, second = (Active(Call("work", "event", 1, now), Script()) for _ in range(2))
    running = [first, second]
    running.remove(second)  # as it ends, in a thread of its own
    assert running[0] is first
