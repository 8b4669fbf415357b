"""What the handlers of a test know of callers: the keys of its identity provider, and who is signed in."""

from __future__ import annotations

from secrets import token_hex
from typing import Any

from portable.eventing.request import Request
from portable.testing.http.issuer import Issuer
from portable.tooling.app.model import AppModel
from portable.tooling.run.token_keys import preferred

HEADER = "x-portable-test-caller"
"""The header that names a caller of `http.signed_in`. Nothing but the drivers of the kit reads it."""


class KnownCallers:
    """The callers of an app, for all its tests."""

    def __init__(self, model: AppModel) -> None:
        found = [function.trigger["auth"] for function in model.http() if function.trigger.get("auth")]
        self._algorithms = sorted({preferred(auth["algorithms"]) for auth in found if auth["kind"] == "jwt"})
        self._told: dict[str, Any] = {}
        self.issuer = Issuer()

    def key_set(self, _issuer: str) -> list[dict[str, Any]]:
        """Return the public keys with which the kit signs tokens, whatever issuer is asked for."""
        return self.issuer.key_set(self._algorithms)

    def tell(self, who: Any) -> str:
        """Remember who calls, and return the value of the header by which they are known."""
        name = token_hex(16)
        self._told[name] = who
        return name

    def signed_in(self, request: Request) -> Any:
        """Return who calls by the header of a request, None for nobody."""
        return self.named(request.headers.get(HEADER))

    def named(self, sent: str | None) -> Any:
        """Return who calls by the value of the header, None for nobody."""
        return None if sent is None else self._told.get(sent)
