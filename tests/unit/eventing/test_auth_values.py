"""What `auth=` takes, and which declarations are refused."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import pytest

from portable import DeclarationError, Principal, Secret, Setting, Table, http
from portable.eventing.auth import check_issuer

SECRET = Secret("key")


@pytest.mark.parametrize(
    "made",
    [
        lambda: http.jwt("http://id.example", "a"),
        lambda: http.jwt("id.example", "a"),
        lambda: http.jwt("", "a"),
        lambda: http.jwt("https://", "a"),
        lambda: http.jwt("https://id.example?x=1", "a"),
        lambda: http.jwt("https://id.example#x", "a"),
        lambda: http.jwt("https://a@id.example", "a"),
        lambda: http.jwt("http://127.0.0.1:x@evil.example", "a"),
        lambda: http.jwt("http://127.0.0.1.evil.example", "a"),
        lambda: http.jwt("http://localhost.evil.example", "a"),
        lambda: http.jwt("https://ïd.example", "a"),
        lambda: http.jwt(7, "a"),  # type: ignore[arg-type]
        lambda: http.jwt("https://id.example", ""),
        lambda: http.jwt("https://id.example", []),
        lambda: http.jwt("https://id.example", [7]),  # type: ignore[list-item]
        lambda: http.jwt("https://id.example", "a", scopes="read"),
        lambda: http.jwt("https://id.example", "a", scopes=["a b"]),
        lambda: http.jwt("https://id.example", "a", scopes=['a"b']),
        lambda: http.jwt("https://id.example", "a", scopes=[""]),
        lambda: http.jwt("https://id.example", "a", scopes=["a\r\nx: y"]),
        lambda: http.jwt("https://id.example", "a", algorithms=[]),
        lambda: http.jwt("https://id.example", "a", algorithms="RS256"),
        lambda: http.jwt("https://id.example", "a", algorithms=["none"]),
        lambda: http.jwt("https://id.example", "a", algorithms=["RS256", "HS256"]),
        lambda: http.jwt("https://id.example", "a", leeway=-1),
        lambda: http.jwt("https://id.example", "a", leeway=301),
        lambda: http.jwt("https://id.example", "a", leeway=1.5),  # type: ignore[arg-type]
        lambda: http.api_key("k-123"),  # type: ignore[arg-type]
        lambda: http.api_key(SECRET, header="x key"),
        lambda: http.api_key(SECRET, header=""),
        lambda: http.basic(Setting("users")),  # type: ignore[arg-type]
        lambda: http.signature("x", "github"),  # type: ignore[arg-type]
        lambda: http.signature(SECRET, "gitlab"),  # type: ignore[arg-type]
        lambda: http.signature(SECRET, "stripe", tolerance=0),
        lambda: http.signature(SECRET, "stripe", replays="seen"),
        lambda: http.signed_in("check"),  # type: ignore[arg-type]
    ],
)
def test_a_wrong_declaration_is_refused_and_shows_no_secret(made: Callable[[], Any]) -> None:
    with pytest.raises(DeclarationError) as caught:
        made()
    assert str(caught.value)[0].islower()


@pytest.mark.parametrize(
    "issuer",
    [
        "https://id.example",
        "https://id.example/tenant/",
        "http://localhost:8080",
        "http://[::1]:9/x",
        "http://127.0.0.2",
    ],
)
def test_an_issuer_is_https_or_this_machine(issuer: str) -> None:
    assert check_issuer(issuer) == issuer


def test_what_was_declared_can_be_compared() -> None:
    assert http.jwt("https://id.example", "a") == http.jwt("https://id.example", ["a"], scopes=[])
    assert http.api_key(SECRET) != http.basic(SECRET)
    assert http.signature(SECRET, "stripe", replays=Table("seen", key="id")).kind == "signature"
    assert "shown" not in repr(http.api_key(SECRET))


def test_a_principal_is_a_plain_value() -> None:
    ada = Principal("ada", ["read"], {"email": "ada@example.org"})
    assert ada == Principal("ada", {"read"}, {"email": "ada@example.org"}) == pickle.loads(pickle.dumps(ada))
    assert ada != Principal("ada", ["read"])
    assert len({ada, Principal("ada", ["read"])}) == 2
    assert "ada@example.org" not in repr(ada)

    class Customer(Principal):
        def __init__(self, subject: str, tier: str) -> None:
            super().__init__(subject)
            self.tier = tier

    assert Customer("ada", "gold").tier == "gold"
    assert Customer("ada", "gold") != Principal("ada")
