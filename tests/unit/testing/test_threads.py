"""Handlers run in any thread."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from unit.testing import kit_app as app


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
