"""Apps that exist already and are mounted: what they get, and what a client gets of them."""
# ruff: noqa: D102  (the name of a test is its sentence)

from __future__ import annotations

from typing import Any

import pytest

from portable.conformance.target_cases import TargetTests, World, needs
from portable.testing.http.client import Interrupted

WORD = "a word that nobody logs"


class MountTests(TargetTests):
    """A mounted app behaves as behind a server of its own."""

    kind = "mount"
    about = "apps of ASGI and WSGI that exist already"
    modules = "target_mounted"
    within = "http"

    def seen(self, world: World, url: str, **options: Any) -> dict[str, Any]:
        """Return what the ASGI app received."""
        found: dict[str, Any] = world.cloud.http.get(url, **options).expect(200).json()
        return found

    def test_a_mounted_app_gets_the_whole_request(self, world: World) -> None:
        url = "/mounted/a%20b/%C3%A9/?x=1&x=2&y=a%2Fb"
        answer = world.cloud.http.put(url, content=b"\x00\xff", headers={"X-One": "1"}).expect(200).json()
        assert (answer["path"], answer["raw_path"]) == ("/mounted/a b/é/", "/mounted/a%20b/%C3%A9/")
        assert (answer["method"], answer["root_path"], answer["body"]) == ("PUT", "/mounted", "\x00\xff")
        assert answer["query"] == "x=1&x=2&y=a%2Fb"
        assert ["x-one", "1"] in answer["headers"]
        assert answer["function"] == "mounted"

    def test_a_mounted_app_gets_its_prefix_with_and_without_a_slash(self, world: World) -> None:
        assert self.seen(world, "/mounted")["path"] == "/mounted"
        assert self.seen(world, "/mounted/")["path"] == "/mounted/"
        assert world.cloud.http.get("/older/app").expect(200).json()["PATH_INFO"] == ""

    def test_the_startup_of_a_mounted_app_runs_once(self, world: World) -> None:
        assert [self.seen(world, "/mounted/x")["state"] for _ in range(3)] == [{"starts": 1}] * 3

    def test_the_paths_of_functions_win_below_a_mounted_app(self, world: World) -> None:
        assert world.cloud.http.get("/mounted/own/x").expect(200).text == "own x"
        assert world.cloud.http.post("/mounted/own/x").expect(200).json()["method"] == "POST"
        assert self.seen(world, "/mounted/own/x/y")["path"] == "/mounted/own/x/y"

    @needs("head and options")
    def test_head_and_options_reach_a_mounted_app(self, world: World) -> None:
        asked = {"origin": "https://shop.example", "access-control-request-method": "GET"}
        assert world.cloud.http.options("/mounted/x", headers=asked).expect(200).json()["method"] == "OPTIONS"
        head = world.cloud.http.head("/mounted/x").expect(200)
        assert head.content == b""
        assert int(head.headers["content-length"]) > 100

    def test_the_parts_of_a_body_are_one_reply(self, world: World) -> None:
        answer = world.cloud.http.get("/mounted/parts").expect(203)
        assert (answer.content, answer.headers["content-type"]) == (b"\x00\x01\xff\xff\xff.", "image/png")

    @pytest.mark.parametrize("path", ["/mounted/pieces", "/older/app/pieces"])
    def test_the_pieces_of_a_mounted_app_arrive(self, world: World, path: str) -> None:
        answer = world.cloud.http.get(path).expect(200)
        assert (answer.content, answer.headers["content-type"]) == (b"0\n1\n2\n", "text/plain")
        if "streamed replies" not in world.lacks:
            assert answer.chunks == [b"0\n", b"1\n", b"2\n"]

    def test_a_mounted_app_that_fails_in_the_middle_never_looks_like_an_end(self, world: World) -> None:
        if "streamed replies" in world.lacks:
            world.cloud.http.get("/mounted/pieces?fail").expect(500)
        else:
            with pytest.raises(Interrupted) as broken:
                world.cloud.http.get("/mounted/pieces?fail")
            assert broken.value.response.content == b"0\n1\n"
        assert "a secret of the pieces" in world.log()

    def test_each_cookie_of_a_mounted_app_has_a_header_of_its_own(self, world: World) -> None:
        answer = world.cloud.http.get("/mounted/cookies").expect(200)
        assert [cookie.partition(";")[0] for cookie in answer.set_cookies] == ["a=1", "b=2"]
        assert [part.strip() for part in answer.headers["x-many"].split(",")] == ["1", "2"]
        assert len(world.cloud.http.get("/older/app/store").expect(201).set_cookies) == 2

    def test_work_after_the_reply_ends_before_the_call_does(self, world: World) -> None:
        world.cloud.secret("mounted-word").set(WORD)
        assert world.cloud.http.get("/mounted/after").expect(200).text == "answered"
        assert world.cloud.http.get("/mounted/store").expect(200).text == f"done{WORD}"

    def test_a_mounted_app_reaches_what_it_declares_and_nothing_else(self, world: World) -> None:
        assert world.cloud.http.get("/older/app/store").expect(201).content == b"kept"
        world.cloud.http.get("/mounted/stranger").expect(500)
        assert "does not declare a TableReader" in world.log()

    def test_a_wsgi_app_gets_the_whole_request(self, world: World) -> None:
        found = world.cloud.http.post("/older/app/a%20b?x=1", content=b"abc", headers={"x-one": "1"}).expect(200).json()
        assert (found["SCRIPT_NAME"], found["PATH_INFO"]) == ("/older/app", "/a b")
        assert (found["QUERY_STRING"], found["CONTENT_LENGTH"], found["body"]) == ("x=1", "3", "abc")
        assert (found["REQUEST_METHOD"], found["HTTP_X_ONE"]) == ("POST", "1")

    @pytest.mark.parametrize(
        ("path", "secret"),
        [("/mounted/fail", "a secret of the app"), ("/older/app/fail", "a secret of the plain app")],
    )
    def test_an_error_of_a_mounted_app_is_a_500_and_is_logged_whole(self, world: World, path: str, secret: str) -> None:
        assert world.cloud.http.get(path).expect(500).json() == {"detail": "Internal Server Error"}
        assert secret in world.log()
        assert world.artifacts is None or "Traceback" in world.log()

    def test_the_page_of_an_app_that_failed_is_sent_and_its_error_logged(self, world: World) -> None:
        answer = world.cloud.http.get("/mounted/answered").expect(500)
        assert (answer.text, answer.headers["content-type"]) == ("the app's own page", "text/html")
        assert "a secret behind the page" in world.log()
