"""OpenID Connect Discovery: takes the URL of an issuer, reads its key set over https. Loaded when keys are first read."""

from __future__ import annotations

from http.client import HTTPException
from json import loads
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from portable.errors import Unavailable
from portable.eventing.auth import is_loopback

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PATIENCE = 5.0
"""The most seconds that one answer may take to begin, or to go on."""
LARGEST = 1_048_576
"""The most bytes of an answer."""
_HEADERS = {"accept": "application/json", "user-agent": "portable-functions"}


def configuration_url(issuer: str) -> str:
    """Return where an issuer tells of itself (OpenID Connect Discovery 1.0, section 4)."""
    return issuer.rstrip("/") + "/.well-known/openid-configuration"


def key_set(issuer: str) -> list[dict[str, Any]]:
    """Return the keys that `jwks_uri` of the issuer's configuration leads to. Raises Unavailable."""
    url = configuration_url(issuer)
    configuration = _read(url)
    if configuration.get("issuer") != issuer:  # OpenID Connect Discovery 1.0, section 4.3
        raise Unavailable(f"{url} is of the issuer {configuration.get('issuer')!r}, which is not {issuer!r}")
    place = configuration.get("jwks_uri")
    if not isinstance(place, str):
        raise Unavailable(f"{url} has no jwks_uri")
    keys = _read(place).get("keys")
    if type(keys) is not list:
        raise Unavailable(f"{place} has no list of keys")
    return [key for key in keys if type(key) is dict]


def _checked(url: str) -> str:
    """Return a URL whose answer nobody can change on the way: https, or http of this machine. Raises Unavailable."""
    try:
        parts = urlsplit(url)
        allowed = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))
    except ValueError:
        allowed = False
    if not allowed:
        raise Unavailable(f"{url!r} does not begin with https://, so its keys are not used")
    return url


class _Redirects(HTTPRedirectHandler):
    """Follows a redirect to a URL that is allowed."""

    def redirect_request(self, req: Request, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Request | None:
        """Return the request that follows. Raises Unavailable."""
        return super().redirect_request(req, fp, code, msg, headers, _checked(newurl))


def _read(url: str) -> dict[str, Any]:
    """Return the JSON object at a URL. Raises Unavailable."""
    request = Request(_checked(url), headers=_HEADERS)  # noqa: S310 - the scheme is checked
    try:
        with build_opener(_Redirects).open(request, timeout=PATIENCE) as answer:
            text = answer.read(LARGEST + 1)
    except (OSError, URLError, HTTPException, ValueError) as error:
        raise Unavailable(f"{url} cannot be read: {error}") from error
    if len(text) > LARGEST:
        raise Unavailable(f"{url} has more than {LARGEST} bytes")
    try:
        found = loads(text)
    except (ValueError, RecursionError) as error:
        raise Unavailable(f"{url} is no JSON: {error}") from error
    if type(found) is not dict:
        raise Unavailable(f"{url} is no JSON object")
    return found
