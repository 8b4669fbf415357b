"""The identity provider of the test kit: takes claims; returns tokens that are really signed, and the keys that verify them.

It needs no network: the drivers of the kit give its keys to the handlers instead of those of the declared issuer.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from secrets import token_hex
from typing import Any

from portable.eventing.auth import ALGORITHMS

_FAST = ("ES256", "EdDSA", "ES384", "ES512")
"""Algorithms whose keys are made in less than a millisecond. One of RSA takes a hundred."""


def preferred(algorithms: Sequence[str]) -> str:
    """Return the algorithm that the kit signs with, of those that a route accepts."""
    return next((name for name in _FAST if name in algorithms), algorithms[0])


class Issuer:
    """Keys for signing, one for each algorithm. Each is made at its first use."""

    def __init__(self) -> None:
        self._prefix = token_hex(4)
        self._made: dict[str, Any] = {}

    def sign(
        self, claims: Mapping[str, Any], algorithm: str = "ES256", headers: Mapping[str, Any] | None = None
    ) -> str:
        """Return a token. `headers` are added to `alg`, `typ` and `kid`."""
        from jwt import PyJWS

        text = json.dumps(claims, separators=(",", ":")).encode()
        return PyJWS().encode(
            text, self.private_key(algorithm), algorithm, {"kid": self.kid(algorithm), **(headers or {})}
        )

    def kid(self, algorithm: str) -> str:
        """Return the name of the key of an algorithm."""
        return f"{self._prefix}-{algorithm}"

    def key_set(self, algorithms: Sequence[str]) -> list[dict[str, Any]]:
        """Return the public keys of algorithms, as a JSON Web Key Set holds them."""
        from jwt.algorithms import get_default_algorithms

        known = get_default_algorithms()
        found = []
        for name in algorithms:
            public: Any = known[name].to_jwk(self.private_key(name).public_key(), as_dict=True)
            found.append({**public, "kid": self.kid(name), "alg": name, "use": "sig", "key_ops": ["verify"]})
        return found

    def private_key(self, algorithm: str) -> Any:
        """Return the private key of an algorithm. Raises UnsupportedError if it is not known or PyJWT is missing."""
        found = self._made.get(algorithm)
        if found is None:
            found = self._made[algorithm] = _make(algorithm)
        return found


def _make(algorithm: str) -> Any:
    if algorithm not in ALGORITHMS:
        raise ValueError(f"the kit cannot sign with {algorithm!r}: use one of {', '.join(ALGORITHMS)}")
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    if algorithm == "EdDSA":
        return ed25519.Ed25519PrivateKey.generate()
    curves = {"ES256": ec.SECP256R1(), "ES384": ec.SECP384R1(), "ES512": ec.SECP521R1()}
    if algorithm in curves:
        return ec.generate_private_key(curves[algorithm])
    return rsa.generate_private_key(65537, 2048)
