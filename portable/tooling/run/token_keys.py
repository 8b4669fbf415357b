"""Keys that sign tokens on this machine, for tests and for `portable dev`: takes an algorithm; returns a key, its public form, a token."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from portable.errors import ConfigurationError
from portable.eventing.auth import ALGORITHMS

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    PrivateKey = EllipticCurvePrivateKey | Ed25519PrivateKey | RSAPrivateKey

_FAST = ("ES256", "EdDSA", "ES384", "ES512")
"""Algorithms whose keys are made in less than a millisecond. One of RSA takes a hundred."""


def preferred(algorithms: Sequence[str]) -> str:
    """Return the algorithm that tokens are signed with here, of those that a route accepts."""
    return next((name for name in _FAST if name in algorithms), algorithms[0])


def new_key(algorithm: str) -> PrivateKey:
    """Return a new private key. Raises ConfigurationError without PyJWT, ValueError for an algorithm that is not known."""
    if algorithm not in ALGORITHMS:
        raise ValueError(f"a token cannot be signed with {algorithm!r}: use one of {', '.join(ALGORITHMS)}")
    try:
        from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
    except ImportError as error:
        raise ConfigurationError('tokens need PyJWT: pip install "portable-functions[jwt]"') from error
    if algorithm == "EdDSA":
        return ed25519.Ed25519PrivateKey.generate()
    curves = {"ES256": ec.SECP256R1(), "ES384": ec.SECP384R1(), "ES512": ec.SECP521R1()}
    if algorithm in curves:
        return ec.generate_private_key(curves[algorithm])
    return rsa.generate_private_key(65537, 2048)


def to_pem(key: PrivateKey) -> bytes:
    """Return a private key as text that can be kept."""
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def from_pem(text: bytes) -> PrivateKey:
    """Return the private key that `to_pem` wrote."""
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    return load_pem_private_key(text, None)  # type: ignore[return-value]  # one of those that are made here


def public_form(key: PrivateKey, algorithm: str, kid: str) -> dict[str, Any]:
    """Return the public key as a JSON Web Key Set holds it."""
    from jwt.algorithms import get_default_algorithms

    found: Any = get_default_algorithms()[algorithm].to_jwk(key.public_key(), as_dict=True)
    return {**found, "kid": kid, "alg": algorithm, "use": "sig", "key_ops": ["verify"]}


def signed(claims: Mapping[str, Any], key: PrivateKey, algorithm: str, headers: Mapping[str, Any]) -> str:
    """Return a token. `headers` are added to `alg` and `typ`."""
    from jwt import PyJWS

    text = json.dumps(claims, separators=(",", ":")).encode()
    return PyJWS().encode(text, key, algorithm, dict(headers))
