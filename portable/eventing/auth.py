"""Who may call a route: the values that `auth=` takes. A function without them does not load this module.

What checks a caller is in a module for each of them, `portable.eventing.auth_…`, which only its functions load.
"""

from __future__ import annotations

from portable.base.values import Value, wrong
from portable.eventing.multidict import TOKEN
from portable.settings.secret import Secret
from portable.settings.setting import Setting

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, ClassVar, Literal

    Scheme = Literal["github", "stripe", "slack", "standard-webhooks"]

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""The algorithms that a token may be signed with (RFC 7518, RFC 8037): those with a public key, so no HS256 and no none."""
SCHEMES = ("github", "stripe", "slack", "standard-webhooks")
_SCOPE = frozenset(chr(code) for code in range(0x21, 0x7F)) - frozenset('"\\')
"""The characters of a scope (RFC 6749, section 3.3)."""


class Auth(Value):
    """The base of what `auth=` takes. `kind` names it in models and documents."""

    kind: ClassVar[str] = ""


class JwtAuth(Auth):
    """`http.jwt(…)`."""

    kind: ClassVar[str] = "jwt"
    issuer: str | Setting
    audience: tuple[str | Setting, ...]
    scopes: tuple[str, ...] = ()
    algorithms: tuple[str, ...] = ("RS256", "ES256")
    leeway: int = 30

    def __check__(self) -> None:
        if not isinstance(self.issuer, Setting):
            check_issuer(self.issuer)
        for audience in self.audience:
            if not isinstance(audience, Setting) and not (isinstance(audience, str) and audience):
                raise wrong(f"http.jwt(audience={audience!r}) must be text or a Setting")
        if not self.audience:
            raise wrong("http.jwt needs an audience. Without one, a token for any other API would be accepted")
        for scope in self.scopes:
            if not isinstance(scope, str) or not scope or not _SCOPE.issuperset(scope):
                raise wrong(f"http.jwt(scopes=…): {scope!r} is no scope. Use printable ASCII without spaces and quotes")
        unknown = [name for name in self.algorithms if name not in ALGORITHMS]
        if unknown or not self.algorithms:
            raise wrong(f"http.jwt(algorithms={self.algorithms!r}) must name some of {', '.join(ALGORITHMS)}")
        if type(self.leeway) is not int or not 0 <= self.leeway <= 300:
            raise wrong(f"http.jwt(leeway={self.leeway!r}) must be a whole number of seconds from 0 to 300")


class KeyAuth(Auth):
    """`http.api_key(…)`."""

    kind: ClassVar[str] = "api-key"
    secret: Secret
    header: str = "x-api-key"

    def __check__(self) -> None:
        _check_secret("api_key", self.secret)
        if not isinstance(self.header, str) or not self.header or not TOKEN.issuperset(self.header):
            raise wrong(f"http.api_key(header={self.header!r}) is not a valid name of a header")


class BasicAuth(Auth):
    """`http.basic(…)`."""

    kind: ClassVar[str] = "basic"
    secret: Secret

    def __check__(self) -> None:
        _check_secret("basic", self.secret)


class SignatureAuth(Auth):
    """`http.signature(…)`."""

    kind: ClassVar[str] = "signature"
    secret: Secret
    scheme: Scheme
    tolerance: int = 300
    replays: Any = None

    def __check__(self) -> None:
        _check_secret("signature", self.secret)
        if self.scheme not in SCHEMES:
            raise wrong(f"http.signature(scheme={self.scheme!r}) must be one of {', '.join(SCHEMES)}")
        if type(self.tolerance) is not int or not 1 <= self.tolerance <= 3600:
            raise wrong(
                f"http.signature(tolerance={self.tolerance!r}) must be a whole number of seconds from 1 to 3600"
            )
        if self.replays is not None and getattr(self.replays, "kind", None) != "table":
            raise wrong(f"http.signature(replays={self.replays!r}) must be a Table")


class SignedIn(Auth):
    """`http.signed_in(…)`."""

    kind: ClassVar[str] = "signed-in"
    check: Callable[..., Any]

    def __check__(self) -> None:
        if not callable(self.check):
            raise wrong(f"http.signed_in({self.check!r}) must be a function that returns who calls, or None")


def check_issuer(issuer: object) -> str:
    """Return the URL of an issuer. Raises DeclarationError unless it is https, or http of this machine."""
    if isinstance(issuer, str) and issuer.isascii() and not set("?# \t\r\n\\@").intersection(issuer):
        scheme, separator, rest = issuer.partition("://")
        host = rest.partition("/")[0]
        name = host.partition("]")[0][1:] if host.startswith("[") else host.partition(":")[0]
        if separator and host and (scheme == "https" or (scheme == "http" and is_loopback(name))):
            return issuer
    raise wrong(f"the issuer {issuer!r} must be a URL that begins with https://, without a query")


def is_loopback(host: str) -> bool:
    """Return whether a host, without its port, is this machine."""
    parts = host.split(".")
    return host in ("localhost", "::1") or (len(parts) == 4 and parts[0] == "127" and all(p.isdigit() for p in parts))


def jwt(
    issuer: str | Setting,
    audience: str | Setting | Sequence[str | Setting],
    scopes: Sequence[str] = (),
    algorithms: Sequence[str] = ("RS256", "ES256"),
    leeway: int = 30,
) -> JwtAuth:
    """Let in who sends a token of an identity provider, as `Authorization: Bearer <token>`. Needs the extra `jwt`.

    `issuer` is the URL of the provider as its tokens have it in `iss`; its keys are found by OpenID Connect discovery. A
    token must be for one of the `audience` (`aud`, or `client_id` in a token without it), and must have all `scopes`
    (`scope`, `scp` or `scopes`). It must be signed by one of the `algorithms`, have an `exp` that is not over, and no
    `nbf` or `iat` in the future; `leeway` are the seconds by which clocks may differ. `Principal.subject` is its `sub`.
    `issuer` and `audience` may be a `Setting`, so that each stage has its own. Raises DeclarationError.
    """
    audiences = (audience,) if isinstance(audience, (str, Setting)) else tuple(audience)
    for name, given in (("scopes", scopes), ("algorithms", algorithms)):
        if isinstance(given, str):
            raise wrong(f"http.jwt({name}={given!r}) must be a list of text")
    return JwtAuth(issuer, audiences, tuple(scopes), tuple(algorithms), leeway)


def api_key(secret: Secret, header: str = "x-api-key") -> KeyAuth:
    """Let in who sends a key of the secret in a header.

    The secret is one key, or lines of the form `name:key`: several keys are valid at once, so that one can be replaced
    without a break. A key is ASCII text. `Principal.subject` is its name; a key without one has the name of the secret.
    Raises DeclarationError.
    """
    return KeyAuth(secret, header)


def basic(secret: Secret) -> BasicAuth:
    """Let in who sends a user and a password (RFC 7617). The secret has lines of the form `user:password`, in UTF-8.

    `Principal.subject` is the user. Raises DeclarationError.
    """
    return BasicAuth(secret)


def signature(secret: Secret, scheme: Scheme, tolerance: int = 300, replays: Any = None) -> SignatureAuth:
    """Let in a webhook that is signed with the secret: "github", "stripe", "slack" or "standard-webhooks".

    The signature is of the body as it was sent. The secret has one line for each valid signing secret, so that one can be
    replaced without a break. The time of signing may be `tolerance` seconds away; GitHub does not send one. With a table
    as `replays`, an exact copy of a request that was handled gets 409; the table must have a text key, no sort and no row
    type. `Principal.subject` is the scheme. Raises DeclarationError.
    """
    return SignatureAuth(secret, scheme, tolerance, replays)


def signed_in(check: Callable[..., Any]) -> SignedIn:
    """Let in whom your own function knows. It returns who calls, such as a `Principal`, or None: then the reply is 401.

    Its parameters are filled as a handler's are: it may ask for the `Request`, for clients of resources and for secrets.
    Its permissions are added to the functions that use it. It may raise HTTPError. A parameter of the type that it
    returns gets who calls. Raises DeclarationError.
    """
    return SignedIn(check)


def _check_secret(what: str, secret: object) -> None:
    if not isinstance(secret, Secret):
        raise wrong(f'http.{what}({secret!r}) must be a Secret, such as Secret("api-key"): its value is in the vault')
