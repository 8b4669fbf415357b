"""What a route asks of its callers, in a form: takes a function; returns a field for it, and what a filled form sends."""

from __future__ import annotations

import base64
from typing import Any

from portable.tooling.app.model import FunctionModel
from portable.tooling.app.openapi.security import scheme_of
from portable.tooling.dev.dashboard.firing.types import Field
from portable.tooling.dev.dashboard.posted import Form

PLACE = "auth."
"""How the names of these fields begin."""


def auth_fields(function: FunctionModel) -> list[Field]:
    """Return the field for the header or cookie that says who calls, none for a route that everybody may call."""
    auth = function.trigger.get("auth")
    if auth is None:
        return []
    place, name = _place(function)
    says = f"{_needed(auth)} It is sent once and not kept."
    return [Field(f"{PLACE}{place}.{name}", name, "password", says=says)]


def asked(function: FunctionModel, form: Form) -> tuple[list[list[str]], list[str]]:
    """Return the headers and the cookies that say who calls, as the form has them."""
    auth = function.trigger.get("auth")
    if auth is None:
        return [], []
    place, name = _place(function)
    given = form.text(f"{PLACE}{place}.{name}").strip()
    if not given:
        return [], []
    if place == "cookie":
        return [], [f"{name}={given}"]
    return [[name, _complete(given, scheme_of(auth, function))]], []


def kept_out(function: FunctionModel, form: Form) -> list[str]:
    """Return the texts that nothing may keep: what was written in the field, and what is sent for it."""
    headers, cookies = asked(function, form)
    sent = [value for _, value in headers] + [cookie.partition("=")[2] for cookie in cookies]
    return list(dict.fromkeys([*sent, *(value.rpartition(" ")[2] for value in sent)]))


def _place(function: FunctionModel) -> tuple[str, str]:
    scheme = scheme_of(function.trigger["auth"], function)
    return scheme.get("in", "header"), scheme.get("name", "authorization")


def _complete(given: str, scheme: dict[str, Any]) -> str:
    """Return a value with the word that goes before it, which may be left out (RFC 6750, RFC 7617)."""
    if scheme["type"] == "apiKey" or given.lower().startswith(("bearer ", "basic ")):
        return given
    if scheme.get("scheme") == "basic":
        return f"Basic {base64.b64encode(given.encode()).decode()}" if ":" in given else f"Basic {given}"
    return f"Bearer {given}"


def _needed(auth: dict[str, Any]) -> str:
    """Return in a sentence what a route needs."""
    kind = auth["kind"]
    if kind == "jwt":
        scopes = f" with the scopes {', '.join(auth['scopes'])}" if auth["scopes"] else ""
        return f"This route needs a token{scopes}. The command portable token prints one for this machine."
    if kind == "api-key":
        return f"This route needs the value of the secret {auth['secret']}."
    if kind == "basic":
        return f"This route needs a name and a password as name:password, which the secret {auth['secret']} holds."
    if kind == "signature":
        return f"This route needs the signature of the body that {auth['scheme']} makes."
    return f"This route needs what {auth['check']} of the app accepts."
