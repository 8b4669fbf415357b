"""The identity provider of the test kit: takes claims; returns tokens that are really signed, and the keys that verify them.

It needs no network: the drivers of the kit give its keys to the handlers instead of those of the declared issuer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from secrets import token_hex
from typing import Any

from portable.tooling.run.token_keys import new_key, public_form, signed


class Issuer:
    """Keys for signing, one for each algorithm. Each is made at its first use."""

    def __init__(self) -> None:
        self._prefix = token_hex(4)
        self._made: dict[str, Any] = {}

    def sign(
        self, claims: Mapping[str, Any], algorithm: str = "ES256", headers: Mapping[str, Any] | None = None
    ) -> str:
        """Return a token. `headers` are added to `alg`, `typ` and `kid`."""
        more = {"kid": self.kid(algorithm), **(headers or {})}
        return signed(claims, self.private_key(algorithm), algorithm, more)

    def kid(self, algorithm: str) -> str:
        """Return the name of the key of an algorithm."""
        return f"{self._prefix}-{algorithm}"

    def key_set(self, algorithms: Sequence[str]) -> list[dict[str, Any]]:
        """Return the public keys of algorithms, as a JSON Web Key Set holds them."""
        return [public_form(self.private_key(name), name, self.kid(name)) for name in algorithms]

    def private_key(self, algorithm: str) -> Any:
        """Return the private key of an algorithm. Raises ConfigurationError without PyJWT, ValueError for an unknown one."""
        found = self._made.get(algorithm)
        if found is None:
            found = self._made[algorithm] = new_key(algorithm)
        return found
