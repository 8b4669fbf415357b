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

    @needs("streamed replies")
    @pytest.mark.parametrize("path", PATHS)
    def test_chunks_are_sent_one_by_one(self, world: World, path: str) -> None:
        assert world.cloud.http.get(f"/{path}/3").chunks == [b"0\n", b"1\n", b"2\n"]
