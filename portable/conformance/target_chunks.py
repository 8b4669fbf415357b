"""HTTP: replies that are made piece by piece."""
# ruff: noqa: D102  (the name of a test is its sentence)

from __future__ import annotations

import pytest

from portable.conformance.target_cases import TargetTests, World, needs
from portable.testing.http.client import Interrupted

PATHS = ["chunks", "awaited"]


class StreamedReplyTests(TargetTests):
    """A stream arrives whole, and its generator is closed, whether or not the target can send it piece by piece."""

    kind = "http"

    @pytest.mark.parametrize("path", PATHS)
    def test_a_stream_arrives_whole(self, world: World, path: str) -> None:
        answer = world.cloud.http.get(f"/{path}/3").expect(200)
        assert answer.content == b"0\n1\n2\n"
        assert answer.headers["content-type"] == "text/plain; charset=utf-8"
        assert (answer.headers.get("x-kind"), answer.cookies) in (("plain", {}), (None, {"seen": "1"}))
        assert "the stream is closed" in world.log()

    @pytest.mark.parametrize("path", PATHS)
    def test_a_stream_of_nothing_is_an_empty_body(self, world: World, path: str) -> None:
        assert world.cloud.http.get(f"/{path}/0").expect(200).content == b""

    @pytest.mark.parametrize("path", PATHS)
    def test_an_error_before_the_first_chunk_is_the_reply(self, world: World, path: str) -> None:
        answer = world.cloud.http.get(f"/{path}/3?fails=first").expect(409)
        assert answer.json() == {"detail": "before the first chunk"}
        assert "the stream is closed" in world.log()

    @pytest.mark.parametrize("path", PATHS)
    def test_head_of_a_stream_has_no_body(self, world: World, path: str) -> None:
        answer = world.cloud.http.head(f"/{path}/3").expect(200)
        assert answer.content == b""
        assert answer.headers["content-type"] == "text/plain; charset=utf-8"
        assert answer.headers.get("content-length") in (None, "6")
        assert "the stream is closed" in world.log()

    @pytest.mark.parametrize("path", PATHS)
    def test_an_error_in_the_middle_never_looks_like_an_end(self, world: World, path: str) -> None:
        if "streamed replies" in world.lacks:
            answer = world.cloud.http.get(f"/{path}/3?fails=middle").expect(500)
            assert answer.json() == {"detail": "Internal Server Error"}
        else:
            with pytest.raises(Interrupted) as broken:
                world.cloud.http.get(f"/{path}/3?fails=middle")
            assert broken.value.response.content == b"0\n1\n"
        assert "a secret of the stream" in world.log()
        world.cloud.http.get(f"/{path}/1").expect(200)

    def test_events_arrive_as_they_were_made(self, world: World) -> None:
        answer = world.cloud.http.get("/events", headers={"accept": "text/event-stream"}).expect(200)
        assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
        events = ["data: hello\ndata: you\n", 'data: {"count":1}\n', 'event: count\nid: 7\ndata: {"count":2}\n']
        assert answer.text == "".join(f"{event}\n" for event in events)

    def test_a_client_gets_the_part_that_it_asks_for(self, world: World) -> None:
        whole = world.cloud.http.get("/whole").expect(200)
        assert (whole.content, whole.headers["accept-ranges"]) == (bytes(range(256)), "bytes")
        part = world.cloud.http.get("/whole", headers={"range": "bytes=10-19"}).expect(206)
        assert (part.content, part.headers["content-range"]) == (bytes(range(10, 20)), "bytes 10-19/256")
        assert part.headers["content-type"] == "image/png"
        outside = world.cloud.http.get("/whole", headers={"range": "bytes=256-"}).expect(416)
        assert outside.headers["content-range"] == "bytes */256"

    def test_a_client_is_not_sent_what_it_has(self, world: World) -> None:
        etag = world.cloud.http.get("/whole").expect(200).headers["etag"]
        known = world.cloud.http.get("/whole", headers={"if-none-match": etag}).expect(304)
        assert (known.content, known.headers["etag"]) == (b"", etag)
        assert (
            world.cloud.http.get("/whole", headers={"if-none-match": '"another"'}).expect(200).headers["etag"] == etag
        )
        world.cloud.http.get("/whole", headers={"if-match": '"another"'}).expect(412)

    @needs("streamed replies")
    @pytest.mark.parametrize("path", PATHS)
    def test_chunks_are_sent_one_by_one(self, world: World, path: str) -> None:
        assert world.cloud.http.get(f"/{path}/3").chunks == [b"0\n", b"1\n", b"2\n"]
