"""Tokens that are forged, broken, swapped, too early or too late never get in, and the client cannot tell why."""

from __future__ import annotations

import hmac
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from searches import examples
from unit.eventing.callers import NOW, At, Known, asking, refused
from unit.eventing.tokens import GOOD, ISSUER, OTHER, OURS, bearing, check_of, part


@pytest.mark.parametrize("algorithm", ["RS256", "PS256", "ES256", "ES384", "ES512", "EdDSA"])
def test_a_token_of_the_issuer_gets_in(algorithm: str) -> None:
    found = check_of(algorithm)(bearing(OURS.sign(GOOD, algorithm)), At())
    assert (found.subject, found.scopes) == ("ada", {"orders:read", "orders:write"})
    assert found.claims == GOOD


def test_who_sends_nothing_is_told_how_to_come() -> None:
    error = refused(check_of(), asking({}))
    assert error.headers == {"www-authenticate": "Bearer"}


@pytest.mark.parametrize("sent", ["Bearer", "Bearer ", "Basic YTpi", "bearer", "Token x", "", "Bearer a b", "Bearer ,"])
def test_another_form_of_authorization_is_not_a_token(sent: str) -> None:
    refused(check_of(), asking({"authorization": sent}))


def test_the_scheme_ignores_case() -> None:
    assert check_of()(asking({"Authorization": f"bEaReR {OURS.sign(GOOD)}"}), At()).subject == "ada"


def test_two_authorization_headers_are_not_one_token() -> None:
    token = OURS.sign(GOOD)
    for second in (f"Bearer {token}", "Bearer x", token):
        refused(check_of(), asking([("Authorization", f"Bearer {token}"), ("authorization", second)]))


@pytest.mark.parametrize("name", ["none", "None", "NONE", "nOnE", "", "HS256", "RS512", "ES384", None, 1, ["ES256"]])
def test_only_the_declared_algorithms_count(name: Any) -> None:
    header = part({"alg": name, "typ": "JWT", "kid": OURS.kid("ES256")})
    for signature in ("", part(b"x"), OURS.sign(GOOD).split(".")[2]):
        refused(check_of(), bearing(f"{header}.{part(GOOD)}.{signature}"))


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
def test_the_public_key_is_no_secret_of_an_hmac(algorithm: str) -> None:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    public = OURS.private_key(algorithm).public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    for name in ("HS256", algorithm):
        signed = f"{part({'alg': name, 'kid': OURS.kid(algorithm)})}.{part(GOOD)}"
        for key in (pem, json.dumps(OURS.key_set([algorithm])[0]).encode()):
            mark = part(hmac.digest(key, signed.encode(), "sha256"))
            refused(check_of(algorithm), bearing(f"{signed}.{mark}"))


def test_a_symmetric_key_in_the_key_set_verifies_nothing() -> None:
    secret = {"kty": "oct", "k": part(b"x" * 32), "kid": "sym"}
    drivers = Known(keys=lambda issuer: [secret, *OURS.key_set(["ES256"])])
    signed = f"{part({'alg': 'HS256', 'kid': 'sym'})}.{part(GOOD)}"
    mark = part(hmac.digest(b"x" * 32, signed.encode(), "sha256"))
    refused(check_of(drivers=drivers), bearing(f"{signed}.{mark}"))


def test_a_token_of_another_issuer_is_not_ours_whatever_it_says_of_its_key() -> None:
    theirs = OTHER.key_set(["ES256"])[0]
    swapped = {"kid": OURS.kid("ES256")}
    for headers in (
        {},
        swapped,
        {"jwk": theirs},
        {**swapped, "jwk": theirs},
        {**swapped, "jku": "https://evil.example/keys"},
        {**swapped, "x5u": "https://evil.example/cert"},
        {**swapped, "x5c": ["MIIB"]},
    ):
        drivers = Known(keys=lambda issuer: OURS.key_set(["ES256"]))
        refused(check_of(drivers=drivers), bearing(OTHER.sign(GOOD, headers=headers)))
        assert set(drivers.read) <= {ISSUER}


@pytest.mark.parametrize("headers", [{"jku": "https://evil.example"}, {"jwk": {"kty": "oct", "k": "eA"}}, {"x5c": []}])
def test_what_a_good_token_says_of_its_key_is_not_used(headers: dict[str, Any]) -> None:
    assert check_of()(bearing(OURS.sign(GOOD, headers=headers)), At()).subject == "ada"


@pytest.mark.parametrize("headers", [{"crit": ["exp"]}, {"crit": []}, {"crit": ["b64"], "b64": True}, {"b64": False}])
def test_an_extension_that_must_be_understood_is_refused(headers: dict[str, Any]) -> None:
    header = part({"alg": "ES256", "kid": OURS.kid("ES256"), **headers})
    signed = f"{header}.{part(GOOD)}"
    from jwt.algorithms import ECAlgorithm

    mark = part(ECAlgorithm(ECAlgorithm.SHA256).sign(signed.encode(), OURS.private_key("ES256")))
    refused(check_of(), bearing(f"{signed}.{mark}"))


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "https://evil.example"},
        {"iss": ISSUER + "/"},
        {"iss": [ISSUER]},
        {"iss": None},
        {"aud": "other"},
        {"aud": ["other"]},
        {"aud": []},
        {"aud": None},
        {"aud": {"orders": 1}},
        {"aud": [["orders"]]},
        {"aud": "orders "},
        {"aud": "other", "client_id": "orders"},
        {"sub": ""},
        {"sub": 7},
        {"sub": {"a": 1}},
        {"exp": NOW - 31},
        {"exp": NOW - 30},
        {"exp": str(int(NOW) + 600)},
        {"exp": True},
        {"exp": None},
        {"exp": float("nan")},
        {"exp": [NOW + 600]},
        {"nbf": NOW + 31},
        {"nbf": float("nan")},
        {"nbf": "0"},
        {"nbf": None},
        {"iat": NOW + 31},
        {"iat": float("inf")},
    ],
    ids=repr,
)
def test_wrong_claims_are_refused(changed: dict[str, Any]) -> None:
    refused(check_of(), bearing(OURS.sign({**GOOD, **changed})))


@pytest.mark.parametrize("missing", ["iss", "aud", "exp", "sub"])
def test_a_claim_that_must_be_there_is_not_taken_for_granted(missing: str) -> None:
    refused(check_of(), bearing(OURS.sign({name: value for name, value in GOOD.items() if name != missing})))


@pytest.mark.parametrize(
    "changed",
    [
        {"exp": NOW - 29},
        {"exp": NOW + 0.5},
        {"exp": 10**400},
        {"nbf": NOW + 30},
        {"nbf": 0},
        {"iat": NOW + 30},
        {"aud": ["other", "orders"]},
        {"aud": ["orders", 7]},
    ],
    ids=repr,
)
def test_clocks_may_differ_by_the_leeway_and_one_audience_is_enough(changed: dict[str, Any]) -> None:
    assert check_of()(bearing(OURS.sign({**GOOD, **changed})), At()).subject == "ada"


def test_no_leeway_is_none() -> None:
    check = check_of(leeway=0)
    refused(check, bearing(OURS.sign({**GOOD, "exp": NOW})))
    refused(check, bearing(OURS.sign({**GOOD, "nbf": NOW + 1})))
    assert check(bearing(OURS.sign({**GOOD, "exp": NOW + 1, "nbf": NOW})), At())


def test_every_bit_of_a_token_counts() -> None:
    token = OURS.sign(GOOD)
    head, claims, mark = token.split(".")
    refused(check_of(), bearing(f"{head}.{part({**GOOD, 'sub': 'eve'})}.{mark}"))
    refused(check_of(), bearing(f"{part({'alg': 'ES256', 'kid': OURS.kid('ES256'), 'x': 1})}.{claims}.{mark}"))
    for wrong in (f"{head}.{claims}.", f"{head}.{claims}", f"{token}.", f"{token}.x", f".{token}", f"{head}..{mark}"):
        refused(check_of(), bearing(wrong))


@pytest.mark.parametrize(
    "payload", [b"[]", b"1", b'"ada"', b"null", b"", b"{", b"\xff", b"[" * 9000, b'{"exp":' + b"9" * 5000]
)
def test_claims_that_are_no_object_are_refused(payload: bytes) -> None:
    from jwt import PyJWS

    token = PyJWS().encode(payload, OURS.private_key("ES256"), "ES256", {"kid": OURS.kid("ES256")})
    refused(check_of(), bearing(token))


def test_huge_tokens_are_refused_before_they_are_read() -> None:
    check = check_of()
    for token in (OURS.sign({**GOOD, "x": "y" * 20_000}), "a" * 1_000_000, part(b"[" * 12_000) + ".e30.x", "." * 5000):
        refused(check, bearing(token))


@given(st.text(max_size=60) | st.binary(max_size=60).map(part))
@examples(80)
def test_no_header_of_a_token_breaks_the_check(text: str) -> None:
    _, claims, mark = TOKEN.split(".")
    refused(CHECK, bearing(f"{text}.{claims}.{mark}"))
    refused(CHECK, bearing(text))


CHECK, TOKEN = check_of(), OURS.sign(GOOD)


def test_why_a_caller_was_refused_is_in_the_log_only(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "portable")
    token = OURS.sign({**GOOD, "exp": 1})
    refused(check_of(), bearing(token))
    assert "the token has expired" in caplog.text
    assert token not in caplog.text
