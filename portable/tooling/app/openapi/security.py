"""Takes who may call a function, as plain data; returns the security scheme, what an operation needs of it, and its errors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from portable.eventing.auth_discovery import configuration_url
from portable.eventing.auth_signature import HEADERS
from portable.tooling.app.model import FunctionModel
from portable.tooling.app.unique import unique


class Schemes:
    """Collects the security schemes of a document; each stands there once."""

    def __init__(self) -> None:
        self.found: dict[str, Any] = {}

    def needed(self, function: FunctionModel) -> list[dict[str, list[str]]]:
        """Return what an operation asks of its callers, [] for one that everybody may call."""
        auth = function.trigger.get("auth")
        if auth is None:
            return []
        scheme = scheme_of(auth, function)
        name = next((known for known, each in self.found.items() if each == scheme), None)
        if name is None:
            name = unique(auth["kind"], self.found, "-")
            self.found[name] = scheme
        return [{name: list(auth.get("scopes", ()))}]


def refusals(auth: Mapping[str, Any] | None) -> Iterable[tuple[int, str]]:
    """Yield the errors of callers that are not let in: status and description."""
    if auth is None:
        return
    yield 401, "Nobody is signed in, or not as it is asked"
    if auth.get("scopes"):
        yield 403, "A scope is missing"
    if "replays" in auth:
        yield 409, "This request was handled before"
    if auth["kind"] == "jwt":
        yield 503, "The keys of the identity provider cannot be read now"


def scheme_of(auth: Mapping[str, Any], function: FunctionModel) -> dict[str, Any]:
    """Return the security scheme of who may call a function."""
    kind = auth["kind"]
    if kind == "jwt":
        issuer = auth["issuer"]
        if isinstance(issuer, str):
            return {"type": "openIdConnect", "openIdConnectUrl": configuration_url(issuer)}
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    if kind == "api-key":
        return {"type": "apiKey", "in": "header", "name": auth["header"]}
    if kind == "basic":
        return {"type": "http", "scheme": "basic"}
    if kind == "signature":
        scheme = auth["scheme"]
        says = f"The signature of the body, as {scheme} makes it."
        return {"type": "apiKey", "in": "header", "name": HEADERS[scheme], "description": says}
    return _own(function, str(auth["check"]))


def _own(function: FunctionModel, check: str) -> dict[str, Any]:
    """Return the scheme of the app's own check: the header or cookie that it reads, if it says so."""
    provider = function.auth.check if function.auth is not None else None
    says = f"What {check} of the app accepts."
    for parameter in () if provider is None else provider.parameters:
        if parameter.source in ("header", "cookie"):
            return {"type": "apiKey", "in": parameter.source, "name": parameter.key, "description": says}
    return {"type": "http", "scheme": "bearer", "description": says}
