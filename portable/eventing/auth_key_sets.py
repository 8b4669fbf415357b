"""The public keys of an identity provider: takes the URL of an issuer; returns the key that fits the header of a token.

They are found by OpenID Connect Discovery 1.0 (section 4) and are a JSON Web Key Set (RFC 7517). They are kept per
instance, and read again when they are old, or when a token names a key that is not among them, at most once a minute.
"""

from __future__ import annotations

import logging
import time
from json import loads

from portable.errors import Unavailable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from portable.base.drivers import Drivers

    ReadKeys = Callable[[str], list[dict[str, Any]]]
    Fitting = tuple[str, Any]

AGE = 3600.0
"""How long keys are used before they are read again, in seconds."""
OLDEST = 86_400.0
"""How long they are used while the issuer cannot be reached, in seconds."""
PAUSE = 60.0
"""The least time between two readings for keys that are not known, in seconds."""
FAILED = 10.0
"""The least time between two readings after one that failed, in seconds."""
MOST_HEADERS = 64
"""How many headers are remembered. All tokens that one key signed have the same."""
_KINDS = {
    **dict.fromkeys(("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), ("RSA", None)),
    "ES256": ("EC", "P-256"),
    "ES384": ("EC", "P-384"),
    "ES512": ("EC", "P-521"),
    "EdDSA": ("OKP", "Ed25519"),
}
"""The kind of key and the curve that each algorithm needs (RFC 7518, section 3.1; RFC 8037)."""
_PUBLIC = ("kty", "crv", "n", "e", "x", "y")
_NONE: Fitting = ("", None)
_log = logging.getLogger("portable")


class KeySets:
    """The key sets of a generated module, by issuer. Those of the test kit come from its drivers."""

    def __init__(self, drivers: Drivers) -> None:
        self._read: ReadKeys = getattr(drivers, "key_set", read_keys)
        self._made: dict[str, KeySet] = {}

    def of(self, issuer: str) -> KeySet:
        """Return the key set of an issuer."""
        return self._made.setdefault(issuer, KeySet(issuer, self._read))


class KeySet:
    """The keys of one issuer. It is safe to use from several threads at once.

    `read` returns the keys as plain data; it raises Unavailable. `clock` counts seconds.
    """

    def __init__(self, issuer: str, read: ReadKeys, clock: Callable[[], float] = time.monotonic) -> None:
        from threading import Lock

        self._issuer = issuer
        self._read = read
        self._clock = clock
        self._lock = Lock()
        self._keys: list[dict[str, Any]] | None = None
        self._headers: dict[str, Fitting] = {}
        self._at = 0.0
        self._tried = 0.0
        self._error: Exception | None = None

    def is_old(self) -> bool:
        """Return whether the keys must be read before the next token."""
        return self._keys is None or self._clock() - self._at >= AGE

    def may_read(self, header: str) -> bool:
        """Return whether `key_of` may read the keys for this first part of a token, which takes seconds."""
        return self.is_old() or (header not in self._headers and self._clock() - self._at >= PAUSE)

    def key_of(self, header: str, algorithms: Sequence[str]) -> Fitting:
        """Return the algorithm and the key for the first part of a token; the key is None if there is none.

        Raises Unavailable if the keys cannot be read.
        """
        if self.is_old():
            self._refresh(AGE)
        known = self._headers  # keys that are read meanwhile have a dict of their own
        found = known.get(header)
        if found is not None and found[0] in algorithms:
            return found
        parsed = parsed_header(header, algorithms)
        if parsed is None:
            return _NONE
        found = self._find(*parsed)
        if found is None and self._refresh(PAUSE):
            known = self._headers
            found = self._find(*parsed)
        if found is None:
            if self._error is not None:  # a new key cannot be told from a forged one now
                raise self._unavailable()
            return _NONE
        if len(known) >= MOST_HEADERS:  # somebody makes up headers: nothing of a token is verified yet
            known.clear()
        known[header] = found
        return found

    def _find(self, algorithm: str, kid: str | None) -> Fitting | None:
        """Return the algorithm and the key that fits; a token without `kid` fits if only one key does."""
        found = [key for key in self._keys or () if _fits(key, algorithm, kid)]
        if not found or (kid is None and len(found) > 1):
            return None
        made = public_key(found[0], algorithm)
        return None if made is None else (algorithm, made)

    def _refresh(self, age: float) -> bool:
        """Read the keys again if they are older than `age`. Return whether they were read. Raises Unavailable without keys."""
        with self._lock:
            now = self._clock()
            if self._keys is not None and now - self._at < age:
                return False
            if self._error is not None and now - self._tried < (FAILED if age == AGE else age):
                self._check_kept(now)
                return False
            self._tried = now
            try:
                keys = self._read(self._issuer)
            except Unavailable as error:
                self._error = error
                self._check_kept(now)
                _log.warning(
                    "the keys of %s could not be read again; the old ones are still used: %s", self._issuer, error
                )
                return False
            self._keys, self._headers, self._at, self._error = keys, {}, now, None
            return True

    def _check_kept(self, now: float) -> None:
        """Raise Unavailable if there are no keys that may still be used."""
        if self._keys is None or now - self._at >= OLDEST:
            raise self._unavailable()

    def _unavailable(self) -> Unavailable:
        error = Unavailable(f"the keys of {self._issuer} cannot be read: {self._error}")
        error.__cause__ = self._error
        return error


def parsed_header(header: str, algorithms: Sequence[str]) -> tuple[str, str | None] | None:
    """Return the algorithm and the `kid` of a token's header, None for a header that is not accepted.

    No extension is known, so a header with `crit` is not accepted (RFC 7515, section 4.1.11).
    """
    from base64 import urlsafe_b64decode

    try:
        found = loads(urlsafe_b64decode(header.encode("ascii") + b"=" * (-len(header) % 4)))
    except (ValueError, RecursionError):
        return None
    if type(found) is not dict or "crit" in found or "b64" in found:
        return None
    algorithm, kid = found.get("alg"), found.get("kid")
    if not isinstance(algorithm, str) or algorithm not in algorithms or not (kid is None or isinstance(kid, str)):
        return None
    return algorithm, kid


def _fits(key: dict[str, Any], algorithm: str, kid: str | None) -> bool:
    kind, curve = _KINDS[algorithm]
    operations = key.get("key_ops")
    return (
        (kid is None or key.get("kid") == kid)
        and key.get("kty") == kind
        and (curve is None or key.get("crv") == curve)
        and key.get("use", "sig") == "sig"
        and key.get("alg", algorithm) == algorithm
        and (operations is None or (type(operations) is list and "verify" in operations))
    )


def public_key(key: dict[str, Any], algorithm: str) -> Any:
    """Return a key for PyJWT, made of its public fields only. None for one that is broken, or RSA below 2048 bits."""
    from jwt import PyJWK
    from jwt.exceptions import PyJWTError

    try:
        made = PyJWK({name: key[name] for name in _PUBLIC if name in key}, algorithm).key
    except (PyJWTError, ValueError, TypeError):
        return None
    return None if getattr(made, "key_size", 2048) < 2048 and key["kty"] == "RSA" else made


def read_keys(issuer: str) -> list[dict[str, Any]]:
    """Return the keys of an issuer, read over https. Raises Unavailable."""
    from portable.eventing.auth_discovery import key_set

    return key_set(issuer)
