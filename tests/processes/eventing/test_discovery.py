"""Keys are read from a real server on this machine: where they may come from, and what becomes of a broken one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from servers.issuer import IssuerServer
from unit.eventing.callers import NOW, At, asking, refused

from portable import HTTPError, Unavailable, http
from portable.eventing import auth_discovery
from portable.eventing.auth_discovery import key_set
from portable.eventing.auth_jwt import JwtVerifier
from portable.eventing.auth_key_sets import KeySets
from portable.testing.http.issuer import Issuer


@pytest.fixture
def server() -> Iterator[IssuerServer]:
    found = IssuerServer()
    yield found
    found.close()


class Nothing:
    """Drivers without keys of their own, as they are in a cloud."""


OURS = Issuer()


@pytest.mark.parametrize("under", ["", "/", "/tenant", "/tenant/"])
def test_a_token_is_verified_by_the_keys_that_discovery_leads_to(server: IssuerServer, under: str) -> None:
    server.publish({"keys": [*OURS.key_set(["ES256"]), "no key", None]}, under=under)
    issuer = server.url + under
    check = JwtVerifier(http.jwt(issuer, "orders"), Nothing(), KeySets(Nothing()))  # type: ignore[arg-type]
    claims = {"iss": issuer, "aud": "orders", "sub": "ada", "exp": NOW + 60}
    for _ in range(3):
        assert check(asking({"authorization": f"Bearer {OURS.sign(claims)}"}), At()).subject == "ada"
    refused(check, asking({"authorization": f"Bearer {Issuer().sign(claims)}"}))
    assert server.asked == [f"{under.rstrip('/')}/.well-known/openid-configuration", "/keys"]


@pytest.mark.parametrize("keys", [[], {}, {"keys": {}}, {"keys": None}, "keys", 7])
def test_what_is_no_key_set_is_503(server: IssuerServer, keys: Any) -> None:
    server.publish(keys)
    check = JwtVerifier(http.jwt(server.url, "orders"), Nothing(), KeySets(Nothing()))  # type: ignore[arg-type]
    token = OURS.sign({"iss": server.url, "aud": "orders", "sub": "ada", "exp": NOW + 60})
    for _ in range(3):
        with pytest.raises(HTTPError) as caught:
            check(asking({"authorization": f"Bearer {token}"}), At())
        assert caught.value.status == 503
    assert len(server.asked) == 2


def test_a_configuration_of_another_issuer_is_not_used(server: IssuerServer) -> None:
    server.publish({"keys": []}, issuer="https://other.example")
    with pytest.raises(Unavailable, match="is not"):
        key_set(server.url)


@pytest.mark.parametrize("place", ["http://id.example/keys", "file:///etc/passwd", "ftp://x/y", "//x", "http://[", 7])
def test_keys_come_over_https_or_from_this_machine(server: IssuerServer, place: Any) -> None:
    server.publish({}, jwks=place)
    with pytest.raises(Unavailable):
        key_set(server.url)


def test_a_redirect_leads_to_no_place_that_is_not_allowed(server: IssuerServer) -> None:
    server.publish({"keys": [{"kid": "1"}]})
    server.answers["/moved"] = (302, f"{server.url}/keys")
    server.publish({"keys": [{"kid": "1"}]}, jwks=f"{server.url}/moved")
    assert key_set(server.url) == [{"kid": "1"}]
    for evil in ("http://id.example/keys", "file:///etc/hosts", f"{server.url}/moved"):
        server.answers["/moved"] = (302, evil)
        with pytest.raises(Unavailable):
            key_set(server.url)


@pytest.mark.parametrize("text", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"[]", b"null"])
def test_an_answer_that_is_no_json_object_is_not_used(server: IssuerServer, text: bytes) -> None:
    server.answers["/.well-known/openid-configuration"] = text
    with pytest.raises(Unavailable):
        key_set(server.url)


def test_a_huge_answer_is_not_read_to_its_end(server: IssuerServer) -> None:
    server.answers["/.well-known/openid-configuration"] = b" " * (auth_discovery.LARGEST + 10)
    with pytest.raises(Unavailable, match="more than"):
        key_set(server.url)


def test_a_server_that_is_not_there_is_told_by_its_url(server: IssuerServer) -> None:
    server.close()
    with pytest.raises(Unavailable, match="openid-configuration cannot be read"):
        key_set(server.url)
    with pytest.raises(Unavailable, match="cannot be read"):
        key_set("https://127.0.0.1:1")
