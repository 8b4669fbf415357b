"""Keys are read from a real server on this machine: where they may come from, and what becomes of a broken one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from unit.eventing.callers import NOW, At, asking, refused

from portable import HTTPError, Unavailable, http
from portable.eventing import auth_discovery
from portable.eventing.auth_discovery import key_set
from portable.eventing.auth_jwt import JwtVerifier
from portable.eventing.auth_key_sets import KeySets
from portable.testing.http.issuer import Issuer


class Server:
    """An identity provider. `answers` are bytes, or a status and a Location, by path."""

    def __init__(self) -> None:
        self.answers: dict[str, bytes | tuple[int, str]] = {}
        self.asked: list[str] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.asked.append(self.path)
                found = server.answers.get(self.path)
                status, location = found if isinstance(found, tuple) else (404 if found is None else 200, "")
                body = found if isinstance(found, bytes) else b""
                self.send_response(status)
                if location:
                    self.send_header("location", location)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *arguments: Any) -> None:
                """Say nothing."""

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        self._thread = Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def publish(self, keys: Any, issuer: str | None = None, jwks: str | None = None, under: str = "") -> None:
        configuration = {"issuer": issuer or self.url + under, "jwks_uri": jwks or f"{self.url}/keys"}
        self.answers[f"{under.rstrip('/')}/.well-known/openid-configuration"] = json.dumps(configuration).encode()
        self.answers["/keys"] = json.dumps(keys).encode()

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


@pytest.fixture
def server() -> Iterator[Server]:
    found = Server()
    yield found
    found.close()


class Nothing:
    """Drivers without keys of their own, as they are in a cloud."""


OURS = Issuer()


@pytest.mark.parametrize("under", ["", "/", "/tenant", "/tenant/"])
def test_a_token_is_verified_by_the_keys_that_discovery_leads_to(server: Server, under: str) -> None:
    server.publish({"keys": [*OURS.key_set(["ES256"]), "no key", None]}, under=under)
    issuer = server.url + under
    check = JwtVerifier(http.jwt(issuer, "orders"), Nothing(), KeySets(Nothing()))  # type: ignore[arg-type]
    claims = {"iss": issuer, "aud": "orders", "sub": "ada", "exp": NOW + 60}
    for _ in range(3):
        assert check(asking({"authorization": f"Bearer {OURS.sign(claims)}"}), At()).subject == "ada"
    refused(check, asking({"authorization": f"Bearer {Issuer().sign(claims)}"}))
    assert server.asked == [f"{under.rstrip('/')}/.well-known/openid-configuration", "/keys"]


@pytest.mark.parametrize("keys", [[], {}, {"keys": {}}, {"keys": None}, "keys", 7])
def test_what_is_no_key_set_is_503(server: Server, keys: Any) -> None:
    server.publish(keys)
    check = JwtVerifier(http.jwt(server.url, "orders"), Nothing(), KeySets(Nothing()))  # type: ignore[arg-type]
    token = OURS.sign({"iss": server.url, "aud": "orders", "sub": "ada", "exp": NOW + 60})
    for _ in range(3):
        with pytest.raises(HTTPError) as caught:
            check(asking({"authorization": f"Bearer {token}"}), At())
        assert caught.value.status == 503
    assert len(server.asked) == 2


def test_a_configuration_of_another_issuer_is_not_used(server: Server) -> None:
    server.publish({"keys": []}, issuer="https://other.example")
    with pytest.raises(Unavailable, match="is not"):
        key_set(server.url)


@pytest.mark.parametrize("place", ["http://id.example/keys", "file:///etc/passwd", "ftp://x/y", "//x", "http://[", 7])
def test_keys_come_over_https_or_from_this_machine(server: Server, place: Any) -> None:
    server.publish({}, jwks=place)
    with pytest.raises(Unavailable):
        key_set(server.url)


def test_a_redirect_leads_to_no_place_that_is_not_allowed(server: Server) -> None:
    server.publish({"keys": [{"kid": "1"}]})
    server.answers["/moved"] = (302, f"{server.url}/keys")
    server.publish({"keys": [{"kid": "1"}]}, jwks=f"{server.url}/moved")
    assert key_set(server.url) == [{"kid": "1"}]
    for evil in ("http://id.example/keys", "file:///etc/hosts", f"{server.url}/moved"):
        server.answers["/moved"] = (302, evil)
        with pytest.raises(Unavailable):
            key_set(server.url)


@pytest.mark.parametrize("text", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"[]", b"null"])
def test_an_answer_that_is_no_json_object_is_not_used(server: Server, text: bytes) -> None:
    server.answers["/.well-known/openid-configuration"] = text
    with pytest.raises(Unavailable):
        key_set(server.url)


def test_a_huge_answer_is_not_read_to_its_end(server: Server) -> None:
    server.answers["/.well-known/openid-configuration"] = b" " * (auth_discovery.LARGEST + 10)
    with pytest.raises(Unavailable, match="more than"):
        key_set(server.url)


def test_a_server_that_is_not_there_is_told_by_its_url(server: Server) -> None:
    server.close()
    with pytest.raises(Unavailable, match="openid-configuration cannot be read"):
        key_set(server.url)
    with pytest.raises(Unavailable, match="cannot be read"):
        key_set("https://127.0.0.1:1")
