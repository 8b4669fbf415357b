"""Checks the signatures of webhooks: `http.signature`. Only functions with such a route load it.

The schemes are those of GitHub ("Validating webhook deliveries"), Stripe ("Verify webhook signatures manually"), Slack
("Verifying requests from Slack") and Standard Webhooks 1.0 (symmetric keys). All are HMAC-SHA256 of the body as it was sent,
and of the time of signing where the scheme has one.
"""

from __future__ import annotations

from hmac import compare_digest, digest

from portable.errors import ConfigurationError
from portable.eventing.auth_refused import Parsed, as_bytes, unauthenticated
from portable.eventing.principal import Principal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from portable.base.drivers import Drivers
    from portable.compute.context import Context
    from portable.eventing.auth import SignatureAuth
    from portable.eventing.request import Request


HEADERS = {
    "github": "X-Hub-Signature-256",
    "stripe": "Stripe-Signature",
    "slack": "X-Slack-Signature",
    "standard-webhooks": "webhook-signature",
}
"""The header with the signature, in each scheme."""


class Signed:
    """What a request says of its signature: `signatures` of the bytes `content`, each written as `written` writes one.

    `time` is the time of signing in seconds since the epoch, None where the scheme has none.
    """

    __slots__ = ("claims", "content", "signatures", "time")

    def __init__(self, content: bytes, signatures: list[str], time: str | None, **claims: Any) -> None:
        self.content = content
        self.signatures = signatures
        self.time = None if time is None else _seconds(time)
        self.claims = claims


class Unsigned(Exception):
    """A request has no signature of the scheme, or one that cannot be read."""


def _sent(request: Request, name: str) -> str:
    found = request.headers.get(name)
    if not found:
        raise Unsigned(f"there is no header {name}")
    return found


def _seconds(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 12):
        raise Unsigned("the time of signing is no number of seconds")
    return int(text)


def github(request: Request) -> Signed:
    """`X-Hub-Signature-256: sha256=<hex>` of the body."""
    return Signed(request.body, [_sent(request, HEADERS["github"])], None)


def stripe(request: Request) -> Signed:
    """`Stripe-Signature: t=<seconds>,v1=<hex>,v1=<hex>` of `<seconds>.<body>`; other versions are passed over."""
    pairs = [part.strip().partition("=")[::2] for part in _sent(request, HEADERS["stripe"]).split(",")]
    times = [value for name, value in pairs if name == "t"]
    if len(times) != 1:
        raise Unsigned("there is not one time of signing")
    signatures = [value for name, value in pairs if name == "v1"]
    return Signed(as_bytes(times[0]) + b"." + request.body, signatures, times[0])


def slack(request: Request) -> Signed:
    """`X-Slack-Signature: v0=<hex>` of `v0:<seconds>:<body>`, with the seconds in `X-Slack-Request-Timestamp`."""
    time = _sent(request, "x-slack-request-timestamp")
    content = b"v0:" + as_bytes(time) + b":" + request.body
    return Signed(content, [_sent(request, HEADERS["slack"])], time)


def standard_webhooks(request: Request) -> Signed:
    """`webhook-signature: v1,<base64> v1,<base64>` of `<webhook-id>.<webhook-timestamp>.<body>`."""
    name, time = _sent(request, "webhook-id"), _sent(request, "webhook-timestamp")
    if "." in name:  # else a part of the body could be moved into the id
        raise Unsigned("the id of the webhook has a dot")
    content = as_bytes(name) + b"." + as_bytes(time) + b"." + request.body
    return Signed(content, _sent(request, HEADERS["standard-webhooks"]).split(" "), time, id=name)


def _hex(prefix: str) -> Callable[[bytes], str]:
    return lambda found: prefix + found.hex()


def _base64(found: bytes) -> str:
    from base64 import b64encode

    return "v1," + b64encode(found).decode()


SCHEMES: dict[str, tuple[Callable[[Request], Signed], Callable[[bytes], str]]] = {
    "github": (github, _hex("sha256=")),
    "stripe": (stripe, _hex("")),
    "slack": (slack, _hex("v0=")),
    "standard-webhooks": (standard_webhooks, _base64),
}
"""How each scheme reads a request, and how it writes a signature."""


def signing_keys(lines: list[str], scheme: str, secret: str) -> list[bytes]:
    """Return the keys of a secret's lines. Those of Standard Webhooks are base64 after `whsec_`. Raises ConfigurationError."""
    texts = [line.strip() for line in lines]
    if scheme != "standard-webhooks":
        return [text.encode() for text in texts]
    from base64 import b64decode

    try:
        found = [b64decode(text.removeprefix("whsec_").encode("ascii"), validate=True) for text in texts]
    except ValueError:
        found = []
    if not found or not all(found):
        raise ConfigurationError(f'each line of the secret "{secret}" must be base64 after whsec_ (Standard Webhooks)')
    return found


class SignatureVerifier:
    """The check of `http.signature`: takes a request, returns the Principal. Raises HTTPError 401.

    The claims are the `signature` that fits, the `timestamp` of signing, and the `id` of a standard webhook.
    """

    def __init__(self, auth: SignatureAuth, drivers: Drivers) -> None:
        self._scheme = auth.scheme
        self._tolerance = auth.tolerance
        self._read, self._written = SCHEMES[auth.scheme]
        self._challenge = f'Signature scheme="{auth.scheme}"'
        self._keys = Parsed(drivers, auth.secret, lambda lines: signing_keys(lines, auth.scheme, auth.secret.name))

    def __call__(self, request: Request, context: Context) -> Principal:
        """Return who calls: the scheme."""
        try:
            signed = self._read(request)
        except Unsigned as error:
            raise unauthenticated(request, self._challenge, str(error)) from None
        fits = self._fitting(signed)
        if fits is None:
            raise unauthenticated(request, self._challenge, "the signature is wrong")
        if signed.time is not None and abs(context._now() - signed.time) > self._tolerance:
            raise unauthenticated(request, self._challenge, "it was signed too long ago, or in the future")
        claims = {"signature": fits, **signed.claims}
        return Principal(self._scheme, (), claims if signed.time is None else {**claims, "timestamp": signed.time})

    def _fitting(self, signed: Signed) -> str | None:
        """Return the signature that is right by one of the keys, or None."""
        found = None
        for key in self._keys.get():
            right = self._written(digest(key, signed.content, "sha256"))
            for sent in signed.signatures:
                if compare_digest(as_bytes(sent), right.encode()):
                    found = right
        return found
