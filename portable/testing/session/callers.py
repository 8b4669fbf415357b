"""Callers of a test: takes a request and who sends it; returns the request as somebody sends it whom the route lets in.

What is sent is real: a token that is signed, a key of the secret, a user and a password, a signature. Only what the app's own
function of `http.signed_in` would return is told to the handler by the drivers of the kit.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping
from secrets import token_hex
from typing import Any

from portable.errors import NotFound
from portable.eventing.auth import Auth, BasicAuth, JwtAuth, KeyAuth, SignatureAuth, SignedIn
from portable.eventing.principal import Principal
from portable.eventing.request import Request, sent
from portable.settings.secret import Secret
from portable.settings.setting import Setting
from portable.testing.http.caller import Caller
from portable.testing.http.signing import signed_headers
from portable.testing.session.session import Session
from portable.testing.world.known import HEADER
from portable.testing.world.world import World
from portable.tooling.app.auth import auth_of, principal_type
from portable.tooling.run.token_keys import preferred

HOUR = 3600


class Callers:
    """Makes the requests of callers to the app of one test."""

    def __init__(self, session: Session, world: World) -> None:
        self._session = session
        self._world = world
        self._made: dict[str, str] = {}
        self._send: dict[type[Auth], Callable[[Any, Request, Caller], Mapping[str, str]]] = {
            JwtAuth: self._bearer,
            KeyAuth: self._key,
            BasicAuth: self._password,
            SignatureAuth: self._signature,
            SignedIn: self._signed_in,
        }

    def request(self, request: Request, caller: Caller) -> Request:
        """Return the request as the caller sends it. It is the same for a route that is public, and where there is none."""
        name = self._session.owner(request)
        auth = None if name is None else auth_of(self._session.app.marks[name], self._session.app.http)
        if auth is None:
            return request
        more = self._send[type(auth)](auth, request, caller)
        query, _ = sent(request)
        kept = [(name, value) for name, value in request.headers.multi_items() if name.lower() not in more]
        return Request(request.method, request.raw_path, query, [*kept, *more.items()], request.body, request.client_ip)

    def token(self, caller: Caller, auth: JwtAuth | None = None) -> str:
        """Return a token that a route accepts: `auth`, by default the first of the app that takes tokens."""
        auth = auth or self._first()
        now = int(self._world.clock.time())
        scopes = auth.scopes if caller.scopes is None else caller.scopes
        claims: dict[str, Any] = {
            "iss": self._text(auth.issuer),
            "aud": self._text(auth.audience[0]),
            "sub": _name(caller),
            "iat": now,
            "exp": now + HOUR,
            **({"scope": " ".join(scopes)} if scopes else {}),
            **caller.claims,
        }
        given = {name: value for name, value in claims.items() if value is not None}
        return self._session.known.issuer.sign(given, preferred(auth.algorithms))

    def _first(self) -> JwtAuth:
        app = self._session.app
        found = (auth_of(mark, app.http) for mark in app.marks.values())
        auth = next((each for each in found if isinstance(each, JwtAuth)), None)
        if auth is None:
            raise LookupError("no route of the app takes tokens: none has auth=http.jwt(…)")
        return auth

    def _bearer(self, auth: JwtAuth, _request: Request, caller: Caller) -> Mapping[str, str]:
        return {"authorization": f"Bearer {self.token(caller, auth)}"}

    def _key(self, auth: KeyAuth, _request: Request, caller: Caller) -> Mapping[str, str]:
        name, text = _name(caller), self._secret(auth.secret)
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        keys = {line.partition(":")[0].strip(): line.partition(":")[2].strip() for line in lines if ":" in line}
        if name in keys:
            return {auth.header.lower(): keys[name]}
        if len(lines) == 1 and not keys:
            return {auth.header.lower(): lines[0]}
        return {auth.header.lower(): self._added(auth.secret, name, keys)}

    def _password(self, auth: BasicAuth, _request: Request, caller: Caller) -> Mapping[str, str]:
        name, text = _name(caller), self._secret(auth.secret)
        lines = [line for line in text.splitlines() if line.strip()]
        users = {line.partition(":")[0]: line.partition(":")[2] for line in lines}
        password = users[name] if name in users else self._added(auth.secret, name, users)
        return {"authorization": "Basic " + b64encode(f"{name}:{password}".encode()).decode()}

    def _signature(self, auth: SignatureAuth, request: Request, _caller: Caller) -> Mapping[str, str]:
        text = self._secret(auth.secret)
        if not text:
            text = "whsec_" + b64encode(token_hex(16).encode()).decode()
            self._world.stores.secrets[auth.secret.name] = text
        return signed_headers(auth.scheme, text, request.body, int(self._world.clock.time()))

    def _signed_in(self, auth: SignedIn, _request: Request, caller: Caller) -> Mapping[str, str]:
        return {HEADER: self._session.known.tell(who(auth, caller))}

    def _text(self, given: str | Setting) -> str:
        return given if isinstance(given, str) else self._world.stores.setting(given)

    def _secret(self, secret: Secret) -> str:
        """Return the value of a secret in this test, "" if it has none."""
        try:
            return self._world.stores.secret(secret.name)
        except NotFound:
            return ""

    def _added(self, secret: Secret, name: str, known: Mapping[str, str]) -> str:
        """Add a key to a secret that the test gave no value. Raises LookupError for one that it did."""
        text = self._secret(secret)
        if text != self._made.get(secret.name, ""):
            raise LookupError(
                f'the secret "{secret.name}" of this test has no line {name}:…; it knows {", ".join(known) or "nobody"}'
            )
        key = token_hex(16)
        self._made[secret.name] = self._world.stores.secrets[secret.name] = f"{text}{name}:{key}\n"
        return key


def who(auth: SignedIn, caller: Caller) -> Any:
    """Return what the app's own function would return. Raises TypeError if it cannot be made of a name."""
    kind = principal_type(auth)
    if not isinstance(caller.user, str) or kind is str:
        return caller.user
    if isinstance(kind, type) and issubclass(kind, Principal):
        try:
            return kind(caller.user, caller.scopes or (), caller.claims)
        except TypeError:
            pass
    shown = getattr(kind, "__name__", str(kind))
    raise TypeError(
        f"a caller of this route is a {shown}: write as_user({shown}(…)) instead of as_user({caller.user!r})"
    )


def _name(caller: Caller) -> str:
    if not isinstance(caller.user, str) or not caller.user or set(":\r\n").intersection(caller.user):
        raise TypeError(
            f"as_user({caller.user!r}): a caller of this route is a name without a colon, such as as_user('ada')"
        )
    return caller.user
