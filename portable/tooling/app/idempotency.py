"""The rules of `idempotent=` that need a function's trigger and parameters: a declaration in, DeclarationError or nothing.

A stored response must not reach another caller. So a route that knows its caller says by `scope=` who that is.
"""

from __future__ import annotations

from portable.compute.function import Function
from portable.errors import DeclarationError
from portable.tooling.app.model import Parameter

_CREDENTIALS = ("authorization", "cookie", "proxy-authorization")
_SIGNS = ("api-key", "apikey", "token", "session", "credential")
"""Parts of the name of a header that carries who calls, such as `x-api-key` and `x-session-token`."""
_FIX = (
    "say who the caller is, idempotent=Idempotent(<table>, scope=lambda request: …), "
    'or that all callers get the same, scope="public"'
)


def check_scope(mark: Function, parameters: tuple[Parameter, ...], place: str) -> None:
    """Refuse a route whose stored responses could reach another caller, and a scope where there is no caller."""
    declared = mark.idempotent
    if declared is None:
        return
    scope = getattr(declared, "scope", None)
    if mark.trigger.kind != "http":
        if scope is not None:
            raise DeclarationError(
                f"{mark.name}: scope= of Idempotent is for HTTP functions, a message has none", place
            )
        return
    if scope is None:
        knows = _caller(mark, parameters)
        if knows is not None:
            raise DeclarationError(f"{mark.name} is idempotent and {knows}: {_FIX}", place)


def _caller(mark: Function, parameters: tuple[Parameter, ...]) -> str | None:
    """Return by what a route knows its caller, None when it has no caller."""
    if getattr(mark.trigger, "auth", None) is not None:
        return "its route has auth="
    for parameter in parameters:
        key = parameter.key.lower()
        if parameter.source == "header" and (key in _CREDENTIALS or any(sign in key for sign in _SIGNS)):
            return f'reads the header "{parameter.key}"'
        if parameter.source == "cookie":
            return f'reads the cookie "{parameter.key}"'
        if parameter.source == "event":
            return "takes the whole Request, which tells who calls"
    return None
