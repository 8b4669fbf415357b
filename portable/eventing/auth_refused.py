"""The replies to callers who are not let in, and the readers of headers and secrets that the checks of callers share."""

from __future__ import annotations

import logging

from portable.errors import HTTPError, Throttled, Timeout, Unavailable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from portable.base.drivers import Drivers
    from portable.eventing.request import Request
    from portable.settings.secret import Secret

_log = logging.getLogger("portable")
RETRY = 10
"""Seconds after which a client may try again when it could not be checked."""


def unauthenticated(request: Request, challenge: str, why: str) -> HTTPError:
    """Return the 401. It is the same for every cause; only the log says which one it was, without what was sent."""
    _log.info("the caller of %s %s is not let in: %s", request.method, request.raw_path, why)
    return HTTPError(401, "authentication is required", {"www-authenticate": challenge})


def forbidden(missing: list[str]) -> HTTPError:
    """Return the 403 for a caller who is known but lacks scopes (RFC 6750, section 3.1)."""
    what = f"scope {missing[0]} is" if len(missing) == 1 else f"scopes {', '.join(missing)} are"
    challenge = f'Bearer error="insufficient_scope", scope="{" ".join(missing)}"'
    return HTTPError(403, f"the {what} missing", {"www-authenticate": challenge})


def unchecked(error: BaseException) -> HTTPError:
    """Return the 503 for a caller who cannot be checked now, and log why."""
    _log.error("the caller cannot be checked: %s", error)
    return HTTPError(503, "the caller cannot be checked now, try again later", {"retry-after": str(RETRY)})


def credentials(request: Request, scheme: str) -> str | None:
    """Return what follows the scheme in the Authorization header, or None. The scheme ignores case (RFC 9110)."""
    sent = request.headers.get("authorization")
    if sent is None:
        return None
    found, _, rest = sent.partition(" ")
    return rest.strip(" ") if found.lower() == scheme else None


def secret_lines(drivers: Drivers, secret: Secret) -> list[str]:
    """Return the lines of a secret that are not blank. Raises HTTPError 503 if the vault cannot be reached."""
    try:
        text = drivers.secret(secret)
    except (Throttled, Timeout, Unavailable) as error:
        raise unchecked(error) from error
    return [line for line in text.replace("\r", "\n").split("\n") if line.strip()]


def as_bytes(text: str) -> bytes:
    """Return text of a header as bytes that can be compared, whatever characters it has."""
    return text.encode("utf-8", "surrogatepass")


class Parsed:
    """What is made of the lines of a secret, until the secret changes."""

    __slots__ = ("_drivers", "_lines", "_made", "_make", "_secret")

    def __init__(self, drivers: Drivers, secret: Secret, make: Any) -> None:
        """`make` takes the lines and returns a list, which must not be empty. It may raise ConfigurationError."""
        self._drivers = drivers
        self._secret = secret
        self._make = make
        self._lines: list[str] | None = None
        self._made: list[Any] = []

    def get(self) -> list[Any]:
        """Return what `make` returned. Raises ConfigurationError for a secret without a line."""
        lines = secret_lines(self._drivers, self._secret)
        if lines != self._lines:
            if not lines:
                from portable.errors import ConfigurationError

                raise ConfigurationError(f'the secret "{self._secret.name}" is empty, so nobody can be let in')
            self._made, self._lines = self._make(lines), lines
        return self._made
