"""Checks callers by a key of a secret: `http.api_key` and `http.basic`. Only functions with such a route load it.

Each sent key is compared with every valid key in a time that does not depend on where they differ.
"""

from __future__ import annotations

try:  # the same as in hmac, which loads OpenSSL: 4 ms of a cold start
    from _operator import _compare_digest as compare_digest
except ImportError:
    from hmac import compare_digest  # type: ignore[no-redef]

from portable.errors import ConfigurationError
from portable.eventing.auth_refused import Parsed, as_bytes, credentials, unauthenticated
from portable.eventing.principal import Principal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from portable.base.drivers import Drivers
    from portable.compute.context import Context
    from portable.eventing.auth import BasicAuth, KeyAuth
    from portable.eventing.request import Request

Named = tuple[str, bytes]


class KeyVerifier:
    """The check of `http.api_key`: takes a request, returns the Principal. Raises HTTPError 401."""

    def __init__(self, auth: KeyAuth, drivers: Drivers) -> None:
        self._header = auth.header.lower()
        self._challenge = f'ApiKey header="{self._header}"'
        self._keys = Parsed(drivers, auth.secret, lambda lines: named_keys(lines, auth.secret.name))

    def __call__(self, request: Request, _context: Context) -> Principal:
        """Return who calls."""
        sent = request.headers.get(self._header)
        if not sent:
            raise unauthenticated(request, self._challenge, f"there is no header {self._header}")
        name = _equal(self._keys.get(), as_bytes(sent))
        if name is None:
            raise unauthenticated(request, self._challenge, "the key is unknown")
        return Principal(name)


class BasicVerifier:
    """The check of `http.basic`: takes a request, returns the Principal. Raises HTTPError 401."""

    challenge = 'Basic realm="api", charset="UTF-8"'

    def __init__(self, auth: BasicAuth, drivers: Drivers) -> None:
        self._users = Parsed(drivers, auth.secret, lambda lines: users(lines, auth.secret.name))

    def __call__(self, request: Request, _context: Context) -> Principal:
        """Return who calls."""
        sent = credentials(request, "basic")
        if not sent:
            raise unauthenticated(request, self.challenge, "there are no user and password")
        name = _equal(self._users.get(), _decoded(sent))
        if name is None:
            raise unauthenticated(request, self.challenge, "the user or the password is wrong")
        return Principal(name)


def named_keys(lines: list[str], secret: str) -> list[Named]:
    """Return the keys of a secret with their names. Raises ConfigurationError, which never shows a key."""
    found = []
    for number, line in enumerate(lines, 1):
        name, colon, key = line.strip().partition(":")
        if not colon:
            name, key = secret, name
        name, key = name.strip(), key.strip()
        if not name or not key or not key.isascii() or not key.isprintable():
            raise ConfigurationError(
                f'line {number} of the secret "{secret}" must be a key of printable ASCII, or have the form name:key'
            )
        found.append((name, key.encode()))
    return found


def users(lines: list[str], secret: str) -> list[Named]:
    """Return each user and password as they are sent, with the user. Raises ConfigurationError."""
    found = []
    for number, line in enumerate(lines, 1):
        name, colon, password = line.partition(":")
        if not colon or not name or not password:
            raise ConfigurationError(f'line {number} of the secret "{secret}" must have the form user:password')
        found.append((name, line.encode()))
    return found


def _equal(known: list[Named], sent: bytes) -> str | None:
    """Return the name of the equal key, or None. It looks at every key, so that the time does not tell which one it was."""
    found = None
    for name, key in known:
        if compare_digest(key, sent):
            found = name
    return found


def _decoded(sent: str) -> bytes:
    """Return what was sent in base64; bytes that are equal to no user and password if it is no base64."""
    from base64 import b64decode

    try:
        return b64decode(sent.encode("ascii"), validate=True)
    except ValueError:
        return b""
