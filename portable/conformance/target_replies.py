"""HTTP: replies, and what a client sees of an error."""
# ruff: noqa: D102  (the name of a test is its sentence)

from __future__ import annotations

from portable.conformance.target_cases import TargetTests, World


class ReplyTests(TargetTests):
    """What the client gets is what the handler returned."""

    kind = "http"

    def test_bytes_status_and_media_type_arrive(self, world: World) -> None:
        answer = world.cloud.http.get("/replies/bytes").expect(202)
        assert (answer.headers["content-type"], answer.content) == ("image/png", bytes(range(256)))

    def test_each_cookie_has_a_header_of_its_own(self, world: World) -> None:
        answer = world.cloud.http.get("/replies/cookies").expect(200)
        assert [cookie.partition(";")[0] for cookie in answer.set_cookies] == ["a=1", "b=2"]
        first, second = (cookie.lower() for cookie in answer.set_cookies)
        assert ("httponly" in first, "httponly" in second) == (False, True)
        assert all("samesite=lax" in cookie and "path=/" in cookie for cookie in (first, second))

    def test_headers_arrive_repeated_ones_joined_and_text_in_utf8(self, world: World) -> None:
        headers = world.cloud.http.get("/replies/headers").expect(200).headers
        assert [part.strip() for part in headers["x-many"].split(",")] == ["1", "2"]
        note = headers["x-note"]
        assert note in ("café", "café".encode().decode("latin-1"))  # clients read the bytes of a header either way

    def test_a_location_that_is_not_ascii_is_encoded_once(self, world: World) -> None:
        redirect = world.cloud.http.get("/replies/redirect")
        assert 300 <= redirect.status_code < 400
        assert redirect.headers["location"] == "/z%C3%B6e/%E4%B8%96?q=%C3%A9"

    def test_the_openapi_document_of_the_app_and_its_page_are_sent(self, world: World) -> None:
        answer = world.cloud.http.get("/described/openapi.json").expect(200)
        found = answer.json()
        assert "delete" in found["paths"]["/replies/{kind}"]
        assert not [path for path in found["paths"] if path.startswith("/described")]
        assert found["servers"] == [{"url": "/"}]
        known = {"if-none-match": answer.headers["etag"]}
        assert world.cloud.http.get("/described/openapi.json", headers=known).expect(304).content == b""
        page = world.cloud.http.get("/described").expect(200)
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert '<a href="described/openapi.json">' in page.text

    def test_a_reply_without_a_body_has_none(self, world: World) -> None:
        answer = world.cloud.http.get("/replies/nothing").expect(204)
        assert answer.content == b""
        assert not answer.headers.get("content-type")

    def test_coroutines_are_awaited(self, world: World) -> None:
        assert world.cloud.http.delete("/replies/x").expect(200).json() == {"awaited": "x"}

    def test_many_requests_one_after_the_other_get_their_own_replies(self, world: World) -> None:
        for number in range(20):
            assert world.cloud.http.delete(f"/replies/{number}").expect(200).json() == {"awaited": str(number)}

    def test_an_http_error_says_what_its_handler_wrote(self, world: World) -> None:
        assert world.cloud.http.get("/replies/teapot").expect(418).json() == {"detail": {"short": "and stout"}}

    def test_another_error_is_a_500_that_tells_nothing_and_is_logged_whole(self, world: World) -> None:
        for method, path, secret in (
            ("GET", "/replies/x", "the handler"),
            ("DELETE", "/replies/fail", "the coroutine"),
        ):
            answer = world.cloud.http.request(method, path).expect(500)
            assert answer.json() == {"detail": "Internal Server Error"}
            assert f"a secret of {secret}" in world.log()
            assert "Traceback" in world.log()
            assert world.artifacts is None or "target_replies.py" in world.log()
        world.cloud.http.delete("/replies/x").expect(200)
