"""HTTP: who may call. The same request gets the same answer on every target, and nobody else gets in."""
# ruff: noqa: D102  (the name of a test is its sentence)

from __future__ import annotations

from base64 import b64encode, urlsafe_b64decode, urlsafe_b64encode
from importlib import import_module
from json import dumps, loads
from typing import Any

import pytest

from portable.conformance.target_cases import TargetTests, World, needs
from portable.testing.http.client import HttpResponse
from portable.testing.http.issuer import Issuer
from portable.testing.http.signing import signed_headers

KEY = "suite-key"
TOKEN = "/callers/token"  # noqa: S105 - a path
REFUSED = {"detail": "authentication is required"}
STRANGER = Issuer()
"""An identity provider that no route trusts."""


def is_refused(answer: HttpResponse, challenge: str) -> None:
    """Fail unless the answer is the one that everybody gets who is not let in."""
    assert answer.expect(401).json() == REFUSED
    assert answer.headers["www-authenticate"] == challenge


def encoded(value: object) -> str:
    """Return a part of a token."""
    return urlsafe_b64encode(dumps(value).encode()).rstrip(b"=").decode()


def forged(token: str) -> dict[str, str]:
    """Return tokens that somebody without the key can make of a good one."""
    head, claims, mark = token.split(".")
    found: dict[str, Any] = loads(_decoded(claims))
    kid = loads(_decoded(head))["kid"]
    evil = {**found, "sub": "eve", "scope": "read write"}
    return {
        "no signature": f"{head}.{claims}.",
        "another claim": f"{head}.{encoded(evil)}.{mark}",
        "alg none": f"{encoded({'alg': 'none', 'kid': kid})}.{encoded(evil)}.",
        "alg HS256": f"{encoded({'alg': 'HS256', 'kid': kid})}.{encoded(evil)}.{mark}",
        "signed by a stranger": STRANGER.sign(evil),
        "signed by a stranger in our name": STRANGER.sign(evil, headers={"kid": kid}),
        "with a key of its own": STRANGER.sign(evil, headers={"kid": kid, "jwk": STRANGER.key_set(["ES256"])[0]}),
        "with the address of a key": STRANGER.sign(evil, headers={"kid": kid, "jku": "https://evil.example/keys"}),
        "not a token": "x",
        "a long one": "a." * 3000,
    }


def _decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "==")


class CallerTests(TargetTests):
    """`auth=` has one meaning, whatever stands before the function."""

    kind = "http"

    def test_a_token_of_the_issuer_gets_in(self, world: World) -> None:
        answer = world.cloud.http.as_user("ada", scopes=["read", "write"], team="blue").get(TOKEN)
        assert answer.expect(200).json() == {"subject": "ada", "scopes": ["read", "write"], "team": "blue"}
        later = world.cloud.http.as_user("zoë").post(TOKEN, json={"a": 1})
        assert later.expect(200).json() == {"subject": "zoë", "scopes": ["read"], "body": {"a": 1}}

    def test_a_forged_token_does_not(self, world: World) -> None:
        for what, token in forged(world.cloud.http.token("ada")).items():
            for method in ("GET", "POST"):
                headers = {"authorization": f"Bearer {token}"}
                answer = world.cloud.http.request(method, TOKEN, json={"a": 1}, headers=headers)
                assert (what, answer.status_code) == (what, 401)
                is_refused(answer, "Bearer")
        assert world.cloud.failures == []

    @pytest.mark.parametrize(
        "changed",
        [
            {"iss": "https://other.example"},
            {"aud": "other"},
            {"aud": None},
            {"exp": 1},
            {"exp": None},
            {"exp": "soon"},
            {"nbf": 4_000_000_000},
            {"iat": 4_000_000_000},
            {"sub": None},
        ],
        ids=str,
    )
    def test_an_expired_or_swapped_token_does_not(self, world: World, changed: dict[str, Any]) -> None:
        token = world.cloud.http.token("ada", **changed)
        is_refused(world.cloud.http.get(TOKEN, headers={"authorization": f"Bearer {token}"}), "Bearer")

    def test_a_missing_scope_is_named(self, world: World) -> None:
        answer = world.cloud.http.as_user("ada", scopes=["write"]).get(TOKEN).expect(403)
        assert answer.json() == {"detail": "the scope read is missing"}
        assert answer.headers["www-authenticate"] == 'Bearer error="insufficient_scope", scope="read"'

    def test_who_is_not_let_in_is_told_nothing_else(self, world: World) -> None:
        """Neither what the body should be, nor which functions there are."""
        is_refused(world.cloud.http.post(TOKEN, content=b"{"), "Bearer")
        is_refused(world.cloud.http.get(TOKEN, headers={"authorization": "Basic YTpi"}), "Bearer")
        world.cloud.http.as_user("ada").post(TOKEN, json={"a": "b"}).expect(400)

    @needs("head and options")
    def test_a_preflight_needs_nobody_and_a_refusal_can_be_read_by_the_browser(self, world: World) -> None:
        asked = {"origin": "https://shop.example", "access-control-request-method": "GET"}
        answer = world.cloud.http.options(TOKEN, headers=asked).expect(204)
        assert answer.headers["access-control-allow-origin"] == "https://shop.example"
        refused = world.cloud.http.get(TOKEN, headers={"origin": "https://shop.example"})
        is_refused(refused, "Bearer")
        assert refused.headers["access-control-allow-origin"] == "https://shop.example"
        assert world.cloud.http.head(TOKEN).status_code == 401
        assert world.cloud.http.as_user("ada").head(TOKEN).status_code == 200

    def test_a_key_gets_in_by_its_name(self, world: World) -> None:
        world.cloud.secret(KEY).set("ada: k-1\nbob:k-2")
        for name, key in (("ada", "k-1"), ("bob", "k-2")):
            answer = world.cloud.http.get("/callers/key", headers={"x-suite-key": key})
            assert answer.expect(200).json() == {"subject": name, "scopes": []}
            assert world.cloud.http.as_user(name).get("/callers/key").expect(200).json()["subject"] == name
        for wrong in (
            {},
            {"x-suite-key": "k-3"},
            {"x-suite-key": "k-1, k-1"},
            {"x-api-key": "k-1"},
            {"x-suite-key": "ada"},
        ):
            is_refused(world.cloud.http.get("/callers/key", headers=wrong), 'ApiKey header="x-suite-key"')

    def test_a_password_gets_in_by_its_user(self, world: World) -> None:
        world.cloud.secret(KEY).set("zoë:pass:wörd")
        answer = world.cloud.http.get("/callers/password", auth=("zoë", "pass:wörd")).expect(200).json()
        assert answer == {"subject": "zoë", "scopes": [], "same": True}
        challenge = 'Basic realm="api", charset="UTF-8"'
        for user, password in (("zoë", "pass"), ("zoe", "pass:wörd"), ("", "")):
            is_refused(world.cloud.http.get("/callers/password", auth=(user, password)), challenge)
        is_refused(world.cloud.http.get("/callers/password", headers={"authorization": "Basic ?"}), challenge)

    def test_a_signature_is_of_the_bytes_that_were_sent(self, world: World) -> None:
        world.cloud.secret(KEY).set("whsec_a\nwhsec_b")
        now = int(world.cloud.clock.time())
        for body in (b'{"a": 1}\r\n', "grüße".encode(), bytes(range(256)), b""):
            for key in ("whsec_a", "whsec_b"):
                headers = signed_headers("stripe", key, body, now)
                answer = world.cloud.http.post("/callers/signature", content=body, headers=headers).expect(200)
                assert answer.json() == {"subject": "stripe", "scopes": [], "bytes": len(body)}
            assert world.cloud.http.as_user("stripe").post("/callers/signature", content=body).status_code == 200
        challenge = 'Signature scheme="stripe"'
        for key, at, sent in (
            ("whsec_c", now, b"x"),
            ("whsec_a", now - 400, b"x"),
            ("whsec_a", now, b"y"),
            ("whsec_a", now + 400, b"x"),
        ):
            headers = signed_headers("stripe", key, b"x", at)
            is_refused(world.cloud.http.post("/callers/signature", content=sent, headers=headers), challenge)
        is_refused(world.cloud.http.post("/callers/signature", content=b"x"), challenge)

    def test_the_apps_own_function_decides_who_is_signed_in(self, world: World) -> None:
        world.cloud.secret(KEY).set("opaque")
        for method, level in (("GET", 1), ("PUT", 7)):
            answer = world.cloud.http.request(method, "/callers/member", cookies={"session": "opaque"})
            assert answer.expect(200).json() == {"name": "ada", "level": level}
            is_refused(world.cloud.http.request(method, "/callers/member", cookies={"session": "opaqu"}), "Bearer")
            is_refused(world.cloud.http.request(method, "/callers/member"), "Bearer")
            blocked = world.cloud.http.request(method, "/callers/member", cookies={"blocked": "1"})
            assert blocked.expect(403).json() == {"detail": "blocked"}
            told = world.cloud.http.as_user(import_module("target_callers").Member("bob", 9)).request(
                method, "/callers/member"
            )
            assert told.expect(200).json() == {"name": "bob", "level": 9}
        is_refused(world.cloud.http.get("/callers/member", headers={"x-level": "high"}), "Bearer")
        forged = {"x-portable-test-caller": b64encode(b"0" * 16).decode()}
        is_refused(world.cloud.http.get("/callers/member", headers=forged), "Bearer")

    def test_a_public_route_knows_nobody(self, world: World) -> None:
        headers = {"authorization": f"Bearer {world.cloud.http.token('ada')}"}
        assert world.cloud.http.get("/callers/nobody", headers=headers).expect(200).json() == {"principal": None}
