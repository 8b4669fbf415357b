"""Checks `idempotent=` with a function's trigger and parameters. Raises DeclarationError.

A stored response must not reach another caller. So a route that knows its caller must name the caller with `scope=`.
"""

from __future__ import annotations

from portable.compute.function import Function
from portable.errors import DeclarationError
from portable.eventing.auth import Auth, SignedIn
from portable.eventing.principal import Principal
from portable.tooling.app.auth import principal_type
from portable.tooling.app.model import Parameter

_CREDENTIALS = ("authorization", "cookie", "proxy-authorization")
_SIGNS = ("api-key", "apikey", "token", "session", "credential")
"""Parts of names of headers that identify the caller, such as `x-api-key` and `x-session-token`."""
_FIX = (
    "name the caller with idempotent=Idempotent(<table>, scope=lambda request: …), "
    'or write scope="public" if all callers get the same response'
)


def check_scope(mark: Function, parameters: tuple[Parameter, ...], place: str, auth: Auth | None = None) -> None:
    """Refuse a route whose stored responses could reach another caller, and a scope on a function without callers.

    `auth` is who may call. Then the caller is the subject of the Principal, which says more than the request.
    """
    declared = mark.idempotent
    if declared is None:
        return
    scope = getattr(declared, "scope", None)
    if mark.trigger.kind != "http":
        if scope is not None:
            raise DeclarationError(f"{mark.name}: scope= of Idempotent is only for HTTP functions: remove it", place)
        return
    if scope is None:
        knows = _caller(parameters, auth)
        if knows is not None:
            raise DeclarationError(f"{mark.name} is idempotent and {knows}: {_FIX}", place)


def _caller(parameters: tuple[Parameter, ...], auth: Auth | None) -> str | None:
    """Return how a route knows its caller, or None if it does not, or only by the subject of a Principal."""
    if isinstance(auth, SignedIn):
        given = principal_type(auth)
        if not (isinstance(given, type) and issubclass(given, Principal)):
            return "who calls is no Principal, so it has no subject"
    for parameter in parameters:
        key = parameter.key.lower()
        if auth is not None and (parameter.source == "event" or key == "authorization"):
            continue
        if parameter.source == "header" and (key in _CREDENTIALS or any(sign in key for sign in _SIGNS)):
            return f'reads the header "{parameter.key}"'
        if parameter.source == "cookie":
            return f'reads the cookie "{parameter.key}"'
        if parameter.source == "event":
            return "takes the whole Request, which may identify the caller"
    return None
