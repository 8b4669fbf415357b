"""HTTP: how requests arrive, and which are refused."""
# ruff: noqa: D102  (the name of a test is its sentence)

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from portable.conformance.target_cases import TargetTests, World, needs

TEXTS = {
    "plain": "a",
    "a space": "a b",
    "a plus": "a+b",
    "umlauts": "grüße",
    "wide letters": "世界",
    "an emoji": "🎉",
    "a percent sign": "100%",
    "what looks like an escape": "a%41",
    "what looks like two escapes": "%2541",
    "an ampersand and an equals sign": "a&b=c",
    "a hash": "a#b",
    "a colon and an at sign": "a:b@c",
    "a semicolon and a comma": "a;b,c",
    "quotes": '"it\'s"',
    "brackets": "[a]{b}<c>",
    "a backslash and a bar": "a\\b|c^`~",
    "a dot before": ".hidden",
    "three dots": "...",
    "a new line": "a\nb",
    "a long one": "ab" * 400,
}
"""Segments that must be decoded exactly once."""


class RequestTests(TargetTests):
    """What the handler gets is what the client sent."""

    kind = "http"
    about = "requests, and replies to them"
    modules = "target_callers target_chunks target_forms target_http target_replies target_sharing"

    def echo(self, world: World, url: str, **options: Any) -> dict[str, Any]:
        """Return what the handler of a URL received."""
        found: dict[str, Any] = world.cloud.http.get(url, **options).expect(200).json()
        return found

    @pytest.mark.parametrize("name", TEXTS)
    def test_a_path_is_decoded_once(self, world: World, name: str) -> None:
        text = TEXTS[name]
        sent = quote(text, safe="")
        found = self.echo(world, f"/echo/{sent}/x")
        assert found["path_params"] == {"path": f"{text}/x"}
        assert found["path"] == f"/echo/{text}/x"
        assert world.cloud.http.get(f"/one/{sent}").expect(200).json() == {"name": text}

    def test_a_segment_may_be_escaped_more_than_it_must(self, world: World) -> None:
        assert self.echo(world, "/echo/%61%2Db/%C3%A9")["path"] == "/echo/a-b/é"

    def test_slashes_inside_and_at_the_end_of_a_path_stay(self, world: World) -> None:
        assert self.echo(world, "/echo/a//b/")["path_params"] == {"path": "a//b/"}
        assert self.echo(world, "/echo/")["path_params"] == {"path": ""}

    @needs("encoded slash")
    def test_an_encoded_slash_stays_in_its_segment(self, world: World) -> None:
        assert world.cloud.http.get("/one/a%2Fb").expect(200).json() == {"name": "a/b"}
        assert self.echo(world, "/echo/a%2Fb/c")["raw_path"] == "/echo/a%2Fb/c"

    @needs("encoded question mark")
    def test_an_encoded_question_mark_stays_in_its_path(self, world: World) -> None:
        assert world.cloud.http.get("/one/why%3Fnot?x=1").expect(200).json() == {"name": "why?not"}

    @needs("encoded escape")
    def test_an_encoded_escape_of_a_slash_is_no_slash(self, world: World) -> None:
        assert world.cloud.http.get("/one/a%252Fb").expect(200).json() == {"name": "a%2Fb"}

    @needs("first slashes")
    def test_a_path_that_begins_with_two_slashes_is_another_path(self, world: World) -> None:
        world.cloud.http.get("//one/a").expect(404)

    def test_query_keys_stay_repeated_and_in_order(self, world: World) -> None:
        found = self.echo(world, "/echo/x?x=1&y=2&x=2&empty=&plus=a+b%2B&%C3%BC=%C3%A4&flag")["query"]
        assert found == [["x", "1"], ["y", "2"], ["x", "2"], ["empty", ""], ["plus", "a b+"], ["ü", "ä"], ["flag", ""]]

    def test_header_names_ignore_case_and_repeated_headers_are_one_value(self, world: World) -> None:
        found = self.echo(world, "/echo/x", headers=[("X-One", "a, b"), ("X-Many", "1"), ("x-many", "2")])["headers"]
        assert found["x-one"] == "a, b"
        assert [part.strip() for part in found["x-many"].split(",")] == ["1", "2"]
        typed = world.cloud.http.get("/typed/1/red", headers={"X-AGENT": "Me"}).expect(200).json()
        assert typed["agent"] == "Me"

    def test_cookies_arrive_by_name(self, world: World) -> None:
        assert self.echo(world, "/echo/x", cookies={"s": "1", "t": "x y"})["cookies"] == {"s": "1", "t": "x y"}

    def test_the_address_of_the_client_arrives(self, world: World) -> None:
        assert self.echo(world, "/echo/x", client_ip="198.51.100.7")["client_ip"] == "198.51.100.7"
        forged = self.echo(world, "/echo/x", client_ip="198.51.100.7", headers={"x-forwarded-for": "10.0.0.1"})
        assert forged["client_ip"] == "198.51.100.7"

    def test_a_binary_body_goes_both_ways(self, world: World) -> None:
        content = bytes(range(256))
        answer = world.cloud.http.post("/echo/x", content=content, headers={"content-type": "image/png"}).expect(200)
        assert (answer.headers["content-type"], answer.content) == ("image/png", content)

    @pytest.mark.parametrize("text", ["grüße\r\n世界", '{"a": "ü"}', ""])
    def test_a_body_of_text_goes_both_ways(self, world: World, text: str) -> None:
        headers = {"content-type": "application/json"}
        assert world.cloud.http.post("/echo/x", content=text, headers=headers).expect(200).content == text.encode()

    def test_parameters_are_converted(self, world: World) -> None:
        options: Any = {"headers": {"x-agent": "me"}, "cookies": {"session": "abc"}}
        found = world.cloud.http.get("/typed/7/blue?tag=a&tag=b&order=down", **options).expect(200).json()
        assert (found["number"], found["colour"], found["tag"], found["order"]) == (7, "blue", ["a", "b"], "down")
        assert (found["agent"], found["session"]) == ("me", "abc")

    def test_a_typed_body_is_decoded_and_the_call_knows_its_function(self, world: World) -> None:
        order = {"customer": "ada", "items": [{"sku": "a", "count": 2}, {"sku": "b"}]}
        found = world.cloud.http.post("/orders", json=order).expect(200).json()
        assert found == {"pieces": 3, "function": "a-name-of-forty-characters-which-is-most"}

    def test_a_form_is_read_by_the_other_function_of_its_path(self, world: World) -> None:
        found = world.cloud.http.put("/orders", data={"a": ["1", " 2"], "b": "é"}).expect(200).json()
        assert found == [["a", "1"], ["a", " 2"], ["b", "é"]]
        sent = world.cloud.http.put("/orders", data={"a": "1"}, files={"f": ("é.txt", b"\x00", "text/plain")})
        assert sent.expect(200).json() == [["a", "1"], ["f", "é.txt"]]

    @pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
    def test_a_function_of_any_method_gets_it(self, world: World, method: str) -> None:
        assert world.cloud.http.request(method, "/any").expect(200).text == method

    @needs("any method")
    def test_a_method_of_no_standard_arrives(self, world: World) -> None:
        assert world.cloud.http.request("PURGE", "/any").expect(200).text == "PURGE"


class RefusalTests(TargetTests):
    """A wrong request is refused with portable's own message, before the handler is called."""

    kind = "http"

    @pytest.mark.parametrize(
        ("url", "at"),
        [
            ("/typed/x/red", "path.number"),
            ("/typed/1/green", "path.colour"),
            ("/typed/1/red?order=sideways", "query.order"),
        ],
    )
    def test_input_that_cannot_be_read_is_400_with_its_place(self, world: World, url: str, at: str) -> None:
        assert world.cloud.http.get(url).expect(400).json()["at"] == at
        assert world.cloud.function("typed").failures == []

    def test_a_body_that_does_not_fit_is_400_with_its_place(self, world: World) -> None:
        order = {"customer": "ada", "items": [{"sku": 1}]}
        assert world.cloud.http.post("/orders", json=order).expect(400).json()["at"] == "body.items[0].sku"
        broken = world.cloud.http.post("/orders", content=b"{", headers={"content-type": "application/json"})
        assert broken.expect(400).json()["at"] == "body"

    def test_a_body_of_another_media_type_is_415(self, world: World) -> None:
        answer = world.cloud.http.post("/orders", content=b"{}", headers={"content-type": "text/plain"})
        assert "JSON" in answer.expect(415).json()["detail"]

    def test_a_body_over_the_limit_is_413(self, world: World) -> None:
        assert "1000" in world.cloud.http.post("/echo/x", content=b"x" * 1001).expect(413).json()["detail"]
        assert world.cloud.http.post("/echo/x", content=b"x" * 1000).expect(200).content == b"x" * 1000

    @pytest.mark.parametrize(
        "path",
        [
            "/nowhere",
            "/",
            "/echo",
            "/any/",
            "/any//x",
            "/ANY",
            "/robots.txt",
            "/favicon.ico",
            "/typed/1/red/",
            "/a%2Fb",
        ],
    )
    def test_an_unknown_path_is_the_one_404(self, world: World, path: str) -> None:
        for method in ("GET", "POST"):
            answer = world.cloud.http.request(method, path).expect(404)
            assert answer.headers["content-type"] == "application/json"
            assert answer.json()["detail"].startswith("path not found: /")

    @pytest.mark.parametrize("method", ["DELETE", "PATCH"])
    def test_a_method_that_no_function_has_is_405_with_those_that_have_one(self, world: World, method: str) -> None:
        answer = world.cloud.http.request(method, "/orders").expect(405)
        assert answer.headers["allow"] == "OPTIONS, POST, PUT"
        assert answer.json()["detail"].startswith(f"method {method} is not allowed for this path")

    @needs("trace")
    def test_trace_is_405_as_well(self, world: World) -> None:
        assert world.cloud.http.request("TRACE", "/orders").expect(405).headers["allow"] == "OPTIONS, POST, PUT"

    @needs("head and options")
    def test_head_is_answered_by_the_function_that_has_get(self, world: World) -> None:
        for path in ("/typed/1/red", "/replies/bytes"):
            whole, head = world.cloud.http.get(path), world.cloud.http.head(path)
            assert (head.status_code, head.content) == (whole.status_code, b"")
            assert head.headers["content-length"] == str(len(whole.content))
            assert head.headers["content-type"] == whole.headers["content-type"]
        assert world.cloud.http.head("/orders").expect(405).headers["allow"] == "OPTIONS, POST, PUT"

    @needs("head and options")
    def test_options_tell_the_methods_of_a_path(self, world: World) -> None:
        for path, allow in (("/echo/x", "GET, HEAD, OPTIONS, POST"), ("/replies/x", "DELETE, GET, HEAD, OPTIONS")):
            answer = world.cloud.http.options(path).expect(204)
            assert (answer.headers["allow"], answer.content) == (allow, b"")

    @needs("head and options")
    def test_a_function_of_any_method_gets_head_and_options(self, world: World) -> None:
        head = world.cloud.http.head("/any").expect(200)
        assert (head.content, head.headers["content-length"]) == (b"", str(len("HEAD")))
        asked = {"origin": "https://shop.example", "access-control-request-method": "PUT"}
        for path, status in (("/any", 200), ("/shared", 207)):
            for headers in ({}, asked):
                answer = world.cloud.http.options(path, headers=headers).expect(status)
                assert (answer.text, answer.headers.get("allow")) == ("OPTIONS", None)

    @needs("head and options")
    def test_methods_of_one_path_reach_their_own_functions(self, world: World) -> None:
        for method, name in (("GET", "shared"), ("HEAD", "shared"), ("OPTIONS", "rest"), ("PUT", "rest")):
            headers = world.cloud.http.request(method, "/shared").headers
            assert (headers["x-method"], headers["x-function"]) == (method, name)

    @needs("head and options")
    def test_a_preflight_is_answered_for_the_origin_that_is_allowed(self, world: World) -> None:
        asked = {"origin": "https://shop.example", "access-control-request-method": "GET"}
        answer = world.cloud.http.options("/typed/1/red", headers=asked).expect(204)
        assert answer.headers["access-control-allow-origin"] == "https://shop.example"
        other = world.cloud.http.options("/typed/1/red", headers=asked | {"origin": "https://evil.example"})
        assert "access-control-allow-origin" not in other.headers

    def test_a_reply_tells_the_origin_that_may_read_it(self, world: World) -> None:
        answer = world.cloud.http.get("/typed/1/red", headers={"origin": "https://shop.example"}).expect(200)
        assert answer.headers["access-control-allow-origin"] == "https://shop.example"
