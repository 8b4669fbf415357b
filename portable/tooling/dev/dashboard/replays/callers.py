"""Who may have called a route: takes an engine and a function; returns the names with which the kit's `as_user` is tried."""

from __future__ import annotations

from portable.errors import NotFound
from portable.eventing.auth import BasicAuth, JwtAuth, KeyAuth, SignatureAuth
from portable.tooling.app.auth import auth_of
from portable.tooling.app.model import FunctionModel
from portable.tooling.dev.engine import Engine

SOMEBODY = "somebody"
"""Whom a token is for: the token of the call is not kept."""
MOST = 5
"""The most names that are tried."""


def callers(engine: Engine, function: FunctionModel) -> tuple[str, ...]:
    """Return the names of a route that asks for a token, a key, a password or a signature; none for other functions."""
    mark = getattr(engine.handlers.get(function.name), "__portable__", None)
    if function.auth is None or mark is None:
        return ()
    auth = auth_of(mark, engine.settings.http)
    if isinstance(auth, JwtAuth):
        return (SOMEBODY,)
    if isinstance(auth, SignatureAuth):
        return (auth.scheme,)
    if not isinstance(auth, (KeyAuth, BasicAuth)):
        return ()
    try:
        lines = engine.drivers.secret(auth.secret).splitlines()
    except NotFound:
        return ()
    names = [line.partition(":")[0].strip() for line in lines if ":" in line]
    return tuple(names[:MOST]) or (auth.secret.name,)
