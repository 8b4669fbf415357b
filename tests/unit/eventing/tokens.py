"""Tokens for the tests of `http.jwt`: an issuer that is trusted, one that is not, and a check."""

from __future__ import annotations

import base64
import json
from typing import Any

from unit.eventing.callers import NOW, Known, asking

from portable import http
from portable.eventing.auth_jwt import JwtVerifier
from portable.eventing.auth_key_sets import KeySets
from portable.testing.http.issuer import Issuer

ISSUER = "https://id.example"
OURS = Issuer()
OTHER = Issuer()
"""An issuer that is not trusted."""
GOOD: dict[str, Any] = {
    "iss": ISSUER,
    "aud": "orders",
    "sub": "ada",
    "exp": NOW + 600,
    "iat": NOW - 1,
    "scope": "orders:read orders:write",
}


def check_of(
    *algorithms: str, scopes: tuple[str, ...] = (), drivers: Known | None = None, **options: Any
) -> JwtVerifier:
    algorithms = algorithms or ("ES256",)
    drivers = drivers or Known(keys=lambda issuer: OURS.key_set(algorithms))
    auth = http.jwt(**{"issuer": ISSUER, "audience": "orders", "scopes": scopes, "algorithms": algorithms, **options})
    return JwtVerifier(auth, drivers, KeySets(drivers))  # type: ignore[arg-type]


def bearing(token: str) -> Any:
    return asking({"authorization": f"Bearer {token}"})


def part(value: object) -> str:
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()
