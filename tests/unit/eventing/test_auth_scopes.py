"""What a good token may do, for whom it is, and where the issuer and the audience come from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from unit.eventing.callers import At, Known, refused
from unit.eventing.tokens import GOOD, ISSUER, OTHER, OURS, bearing, check_of

from portable import HTTPError, Setting, http
from portable.eventing.auth_jwt import JwtVerifier, scopes_of
from portable.eventing.auth_key_sets import KeySets


def test_a_missing_scope_is_403_and_named() -> None:
    check = check_of(scopes=("orders:read", "orders:write", "orders:all"))
    with pytest.raises(HTTPError) as caught:
        check(bearing(OURS.sign(GOOD)), At())
    assert (caught.value.status, caught.value.detail) == (403, "the scope orders:all is missing")
    assert caught.value.headers == {"www-authenticate": 'Bearer error="insufficient_scope", scope="orders:all"'}
    with pytest.raises(HTTPError) as caught:
        check(bearing(OURS.sign({**GOOD, "scope": "orders:rea"})), At())
    assert caught.value.detail == "the scopes orders:read, orders:write, orders:all are missing"
    refused(check, bearing(OTHER.sign(GOOD)))


@pytest.mark.parametrize(
    ("claims", "scopes"),
    [
        ({"scope": "a b"}, {"a", "b"}),
        ({"scope": ["a", "b"]}, {"a", "b"}),
        ({"scp": "a  b"}, {"a", "b"}),
        ({"scp": ["a b", 7]}, {"a b"}),
        ({"scopes": ["a"], "scope": "b", "scp": ["c"]}, {"a", "b", "c"}),
        ({"scope": None, "scp": {"a": 1}, "scopes": 3}, set()),
        ({}, set()),
    ],
)
def test_scopes_are_found_in_all_their_forms(claims: dict[str, Any], scopes: set[str]) -> None:
    assert scopes_of(claims) == scopes


def test_issuer_and_audience_may_be_settings() -> None:
    drivers = Known(
        settings={"issuer": ISSUER, "api": "orders"},
        keys=lambda issuer: OURS.key_set(["ES256"]) if issuer == ISSUER else [],
    )
    check = check_of(drivers=drivers, issuer=Setting("issuer"), audience=[Setting("api"), "more"])
    assert check(bearing(OURS.sign(GOOD)), At()).subject == "ada"
    assert check(bearing(OURS.sign({**GOOD, "aud": "more"})), At()).subject == "ada"
    refused(check, bearing(OURS.sign({**GOOD, "aud": "less"})))


def test_the_keys_of_an_issuer_are_read_once_for_all_routes() -> None:
    drivers = Known(keys=lambda issuer: OURS.key_set(["ES256", "ES384"]))
    sets = KeySets(drivers)  # type: ignore[arg-type]
    made: Callable[..., JwtVerifier] = lambda *names: JwtVerifier(  # noqa: E731
        http.jwt(ISSUER, "orders", algorithms=names),
        drivers,
        sets,  # type: ignore[arg-type]
    )
    both, one = made("ES256", "ES384"), made("ES256")
    assert both(bearing(OURS.sign(GOOD, "ES384")), At()).subject == "ada"
    refused(one, bearing(OURS.sign(GOOD, "ES384")))  # although its key is known
    assert drivers.read == [ISSUER]


def test_an_access_token_without_audience_is_for_its_client() -> None:
    token = {name: value for name, value in GOOD.items() if name != "aud"}
    assert check_of()(bearing(OURS.sign({**token, "client_id": "orders"})), At()).subject == "ada"
    refused(check_of(), bearing(OURS.sign({**token, "client_id": "others"})))
    machine = {name: value for name, value in token.items() if name != "sub"}
    assert check_of()(bearing(OURS.sign({**machine, "client_id": "orders"})), At()).subject == "orders"
