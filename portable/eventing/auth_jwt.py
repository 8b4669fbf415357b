"""Checks the tokens of an identity provider: `http.jwt`. Only functions with such a route load it, and PyJWT with it.

PyJWT verifies the signature, with a key of the issuer's own key set and with one of the declared algorithms. Nothing that a
token says about its key is used but `kid`: `jku`, `x5u`, `jwk` and `x5c` are not read. The claims are checked here (RFC
7519, RFC 9068), by the clock of the call.
"""

from __future__ import annotations

from json import loads

from portable.errors import ConfigurationError, Throttled, Timeout, Unavailable
from portable.eventing.auth_refused import credentials, forbidden, unauthenticated, unchecked
from portable.eventing.principal import Principal

try:
    from jwt import PyJWS
    from jwt.exceptions import PyJWTError
except ImportError as error:
    raise ConfigurationError(
        'http.jwt needs PyJWT: pip install "portable-functions[jwt]". A module of the app that is called jwt hides it'
    ) from error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from portable.base.drivers import Drivers
    from portable.compute.context import Context
    from portable.errors import HTTPError
    from portable.eventing.auth import JwtAuth
    from portable.eventing.auth_key_sets import KeySet, KeySets
    from portable.eventing.request import Request
    from portable.settings.setting import Setting

LONGEST = 16_384
"""The most characters of a token. Headers are not longer on any target."""
CHALLENGE = "Bearer"


class Refused(Exception):
    """A token is not accepted."""


class JwtVerifier:
    """The check of `http.jwt`: takes a request, returns the Principal. Raises HTTPError 401, 403 or 503."""

    def __init__(self, auth: JwtAuth, drivers: Drivers, key_sets: KeySets) -> None:
        """`key_sets` are shared by all functions of a module."""
        self._auth = auth
        self._drivers = drivers
        self._key_sets = key_sets
        self._decode = PyJWS(algorithms=auth.algorithms).decode_complete
        self._scopes = frozenset(auth.scopes)
        self._opened: tuple[str, frozenset[str], KeySet] | None = None

    def __call__(self, request: Request, context: Context) -> Principal:
        """Return who calls."""
        token = credentials(request, "bearer")
        if not token:
            raise unauthenticated(request, CHALLENGE, "there is no bearer token")
        try:
            claims = self._claims(token, context._now())
        except Refused as error:
            raise unauthenticated(request, CHALLENGE, str(error)) from None
        except (Throttled, Timeout, Unavailable) as error:
            raise unchecked(error) from error
        scopes = scopes_of(claims)
        if not self._scopes <= scopes:
            raise self._lacking(scopes)
        return Principal(claims.get("sub") or claims["client_id"], scopes, claims)

    async def awaited(self, request: Request, context: Context) -> Principal:
        """Return who calls, on a host that awaits: keys that must be read are read in a thread."""
        keys = (self._opened or self._open())[2]
        token = credentials(request, "bearer")
        if token and keys.may_read(token.partition(".")[0]):
            from asyncio import to_thread

            return await to_thread(self, request, context)
        return self(request, context)

    def _lacking(self, scopes: frozenset[str]) -> HTTPError:
        return forbidden([scope for scope in self._auth.scopes if scope not in scopes])

    def _claims(self, token: str, now: float) -> dict[str, Any]:
        """Return the claims of a token. Raises Refused, and Unavailable if the keys cannot be read."""
        issuer, audience, keys = self._opened or self._open()
        if len(token) > LONGEST:
            raise Refused("the token is too long")
        algorithm, key = keys.key_of(token.partition(".")[0], self._auth.algorithms)
        if key is None:
            raise Refused("no key of the issuer fits the token")
        try:
            claims = loads(self._decode(token, key, algorithms=[algorithm])["payload"])
        except (PyJWTError, ValueError, RecursionError) as error:
            raise Refused(f"the token cannot be verified: {type(error).__name__}") from None
        if type(claims) is not dict:
            raise Refused("the claims are no object")
        check_claims(claims, issuer, audience, now, self._auth.leeway)
        return claims

    def _open(self) -> tuple[str, frozenset[str], KeySet]:
        """Return the issuer, the audience and the key set; settings are read at the first call."""
        from portable.eventing.auth import check_issuer

        issuer = check_issuer(self._text(self._auth.issuer))
        audience = frozenset(self._text(each) for each in self._auth.audience)
        self._opened = issuer, audience, self._key_sets.of(issuer)
        return self._opened

    def _text(self, given: str | Setting) -> str:
        return given if isinstance(given, str) else self._drivers.setting(given)


def check_claims(claims: dict[str, Any], issuer: str, audience: frozenset[str], now: float, leeway: float) -> None:
    """Raise Refused for claims of another issuer or audience, without a subject, or out of their time."""
    if claims.get("iss") != issuer:
        raise Refused("it is a token of another issuer")
    sent = claims["aud"] if "aud" in claims else claims.get("client_id")
    named = sent if type(sent) is list else [sent]
    if not any(isinstance(each, str) and each in audience for each in named):
        raise Refused("it is a token for another audience")
    subject = claims.get("sub") or claims.get("client_id")
    if not isinstance(subject, str) or not subject:
        raise Refused("the token has no subject")
    if not _number(claims, "exp") > now - leeway:
        raise Refused("the token has expired")
    for name in ("nbf", "iat"):
        if name in claims and not _number(claims, name) <= now + leeway:
            raise Refused(f"its {name} is in the future")


def _number(claims: dict[str, Any], name: str) -> float:
    found = claims.get(name)
    if type(found) not in (int, float):
        raise Refused(f"its {name} is no number")
    return found  # type: ignore[return-value]


def scopes_of(claims: dict[str, Any]) -> frozenset[str]:
    """Return the scopes of a token: `scope` (RFC 8693), `scp` or `scopes`, as text with spaces or as a list."""
    found: set[str] = set()
    for name in ("scope", "scp", "scopes"):
        sent = claims.get(name)
        if isinstance(sent, str):
            found.update(sent.split())
        elif type(sent) is list:
            found.update(each for each in sent if isinstance(each, str))
    return frozenset(found)
