"""The keys of an issuer: which one fits a token, and when they are read again."""

from __future__ import annotations

import asyncio
import base64
import json
import threading
from typing import Any

import pytest
from unit.eventing.callers import NOW, At, Known, asking

from portable import HTTPError, Unavailable, http
from portable.eventing.auth_jwt import JwtVerifier
from portable.eventing.auth_key_sets import AGE, FAILED, OLDEST, PAUSE, KeySet, KeySets, parsed_header, public_key
from portable.testing.http.issuer import Issuer

ISSUER = "https://id.example"
OURS = Issuer()
NEW = Issuer()


def header(**fields: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps({"alg": "ES256", **fields}).encode()).rstrip(b"=").decode()


class Provider:
    """An issuer whose keys change and which can fail. `at` is the clock of its key set."""

    def __init__(self) -> None:
        self.keys = OURS.key_set(["ES256"])
        self.broken = False
        self.read = 0
        self.at = 1000.0
        self.set = KeySet(ISSUER, self.answer, lambda: self.at)

    def answer(self, issuer: str) -> list[dict[str, Any]]:
        assert issuer == ISSUER
        self.read += 1
        if self.broken:
            raise Unavailable("no answer")
        return self.keys

    def has(self, kid: str | None, *algorithms: str) -> bool:
        sent = header() if kid is None else header(kid=kid)
        return self.set.key_of(sent, algorithms or ("ES256",))[1] is not None


OLD_KID, NEW_KID = OURS.kid("ES256"), NEW.kid("ES256")


def test_keys_are_read_once_and_again_when_they_are_old() -> None:
    provider = Provider()
    assert provider.has(OLD_KID)
    provider.at += AGE - 1
    assert provider.has(OLD_KID)
    assert provider.read == 1
    provider.at += 1
    assert provider.has(OLD_KID)
    assert provider.read == 2


def test_a_key_that_the_issuer_withdrew_is_forgotten_when_they_are_read_again() -> None:
    provider = Provider()
    assert provider.has(OLD_KID)
    provider.keys = NEW.key_set(["ES256"])
    provider.at += AGE
    assert not provider.has(OLD_KID)
    assert provider.has(NEW_KID)


def test_a_new_key_is_found_at_once_but_unknown_ones_ask_only_once_a_minute() -> None:
    provider = Provider()
    assert provider.has(OLD_KID)
    provider.keys = [*provider.keys, *NEW.key_set(["ES256"])]
    assert not provider.has(NEW_KID)  # they were read less than a minute ago
    provider.at += PAUSE
    assert provider.has(NEW_KID)
    assert provider.has(OLD_KID)
    assert provider.read == 2
    for number in range(1000):
        provider.at += 0.05
        assert not provider.has(f"forged-{number}")
    assert provider.read == 2
    provider.at += PAUSE
    assert not provider.has("forged")
    assert not provider.has("forged again")
    assert provider.read == 3


def test_without_keys_nobody_can_be_checked_and_the_issuer_is_asked_every_ten_seconds() -> None:
    provider = Provider()
    provider.broken = True
    for _ in range(3):
        with pytest.raises(Unavailable, match="no answer"):
            provider.has(OLD_KID)
    assert provider.read == 1
    provider.at += FAILED
    provider.broken = False
    assert provider.has(OLD_KID)


def test_old_keys_serve_while_the_issuer_is_down_but_not_for_ever() -> None:
    provider = Provider()
    assert provider.has(OLD_KID)
    provider.broken = True
    provider.at += AGE
    assert provider.has(OLD_KID)
    assert provider.has(OLD_KID)
    assert provider.read == 2
    provider.at += FAILED
    assert provider.has(OLD_KID)
    assert provider.read == 3
    provider.at += OLDEST - AGE - 2 * FAILED
    assert provider.has(OLD_KID)
    provider.at += FAILED
    with pytest.raises(Unavailable):
        provider.has(OLD_KID)


def test_while_the_issuer_is_down_a_new_key_cannot_be_told_from_a_forged_one() -> None:
    provider = Provider()
    assert provider.has(OLD_KID)
    provider.at += PAUSE
    provider.broken = True
    for _ in range(3):
        with pytest.raises(Unavailable):
            provider.has(NEW_KID)
        assert provider.has(OLD_KID)
    assert provider.read == 2


def test_a_token_without_kid_fits_if_there_is_one_key() -> None:
    provider = Provider()
    assert provider.has(None)
    provider.keys = [*provider.keys, *NEW.key_set(["ES256"])]
    provider.at += AGE
    assert not provider.has(None)


@pytest.mark.parametrize(
    "changed",
    [
        {"use": "enc"},
        {"alg": "ES384"},
        {"alg": "RS256"},
        {"kty": "RSA"},
        {"kty": "oct"},
        {"crv": "P-384"},
        {"crv": "secp256k1"},
        {"key_ops": ["sign"]},
        {"key_ops": "verify"},
        {"x": "AAAA"},
        {"x": 7},
        {"y": None},
        {"kid": "other"},
        {"kid": None},
    ],
    ids=repr,
)
def test_a_key_for_something_else_verifies_nothing(changed: dict[str, Any]) -> None:
    provider = Provider()
    provider.keys = [{**provider.keys[0], **changed}]
    assert not provider.has(OLD_KID)


def test_a_key_needs_no_more_than_its_numbers_and_its_kid() -> None:
    provider = Provider()
    provider.keys = [{name: provider.keys[0][name] for name in ("kty", "crv", "x", "y", "kid")}]
    assert provider.has(OLD_KID)


def test_an_rsa_key_must_be_long_enough() -> None:
    from cryptography.hazmat.primitives.asymmetric import rsa
    from jwt.algorithms import RSAAlgorithm

    def made(bits: int) -> Any:
        private = rsa.generate_private_key(65537, bits)
        return public_key({**RSAAlgorithm.to_jwk(private.public_key(), as_dict=True), "d": "AQAB"}, "RS256")  # type: ignore[call-overload]

    assert made(1024) is None
    assert made(2048).key_size == 2048


@pytest.mark.parametrize("kid", [7, [], {}, True])
def test_a_kid_is_text(kid: Any) -> None:
    assert parsed_header(header(kid=kid), ["ES256"]) is None


def test_many_headers_of_a_good_key_cost_no_memory() -> None:
    provider = Provider()
    for number in range(500):
        assert provider.set.key_of(header(kid=OLD_KID, x=number), ["ES256"])[1] is not None
        assert len(provider.set._headers) <= 64
    assert provider.has(OLD_KID)
    assert header(kid=OLD_KID) in provider.set._headers  # made-up headers do not keep it out


def test_many_threads_read_the_keys_once() -> None:
    provider = Provider()
    slow = threading.Event()
    answer = provider.answer

    def waits(issuer: str) -> list[dict[str, Any]]:
        slow.wait(5)
        return answer(issuer)

    provider.set = KeySet(ISSUER, waits, lambda: provider.at)
    found: list[bool] = []
    threads = [threading.Thread(target=lambda: found.append(provider.has(OLD_KID))) for _ in range(8)]
    for thread in threads:
        thread.start()
    slow.set()
    for thread in threads:
        thread.join(5)
    assert found == [True] * 8
    assert provider.read == 1


def test_a_host_that_awaits_never_waits_for_keys_on_its_loop() -> None:
    """Not for the first token either, and not for one that names an unknown key."""
    read: list[int] = []

    def answer(_issuer: str) -> list[dict[str, Any]]:
        read.append(threading.get_ident())
        return OURS.key_set(["ES256"])

    drivers = Known(keys=answer)
    check = JwtVerifier(http.jwt(ISSUER, "orders"), drivers, KeySets(drivers))  # type: ignore[arg-type]
    at = [1000.0]
    check._open()[2]._clock = lambda: at[0]
    claims = {"iss": ISSUER, "aud": "orders", "sub": "ada", "exp": NOW + 60}

    async def status(issuer: Issuer) -> int:
        try:
            await check.awaited(asking({"authorization": f"Bearer {issuer.sign(claims)}"}), At())
        except HTTPError as error:
            return error.status
        return 200

    assert [asyncio.run(status(OURS)), asyncio.run(status(NEW)), len(read)] == [200, 401, 1]
    at[0] += PAUSE
    assert [asyncio.run(status(NEW)), asyncio.run(status(OURS)), len(read)] == [401, 200, 2]
    assert threading.get_ident() not in read


def test_an_issuer_that_cannot_be_reached_is_503_and_nobody_gets_in(caplog: pytest.LogCaptureFixture) -> None:
    def broken(issuer: str) -> list[dict[str, Any]]:
        raise Unavailable("connection refused")

    drivers = Known(keys=broken)
    check = JwtVerifier(http.jwt(ISSUER, "orders"), drivers, KeySets(drivers))  # type: ignore[arg-type]
    token = OURS.sign({"iss": ISSUER, "aud": "orders", "sub": "ada", "exp": NOW + 60})
    with pytest.raises(HTTPError) as caught:
        check(asking({"authorization": f"Bearer {token}"}), At())
    assert (caught.value.status, caught.value.headers) == (503, {"retry-after": "10"})
    assert "connection refused" not in str(caught.value.detail)
    assert "connection refused" in caplog.text
