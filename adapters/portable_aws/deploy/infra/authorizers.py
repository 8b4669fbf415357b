"""The JWT authorizers of an HTTP API: API Gateway refuses a token before the function would, so that nobody pays for its call.

The function checks each token as well. So a route has an authorizer only where it can refuse nothing that the function takes:
with RSA signatures alone ("Control access to HTTP APIs with JWT authorizers": "only RSA-based algorithms are supported"), of an
issuer that is known when the infrastructure is made, and without `cors=`, because its replies have no CORS headers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from portable.tooling.infra.blueprint import DeployedFunction
from portable.tooling.infra.terraform import Document, Expression, reference
from portable_aws.deploy.facts import FACTS

Known = tuple[str, tuple[str, ...]]
"""What an authorizer knows: the issuer and the audiences."""
ANY = ("ANY ", "$default")
"""How the keys of routes begin that also get OPTIONS, and methods that no function has."""


class Authorizers:
    """The authorizers of one API. `address` is that of the API."""

    def __init__(self, document: Document, address: str, functions: Iterable[DeployedFunction]) -> None:
        wanted = dict.fromkeys(known for function in functions if (known := checked(function.trigger)))
        self._made: dict[Known, Expression] = {}
        for number, known in enumerate([*wanted][: FACTS.most("http.authorizers")], 1):
            made = document.resource(
                "aws_apigatewayv2_authorizer",
                f"tokens_{number}",
                api_id=reference(f"{address}.id"),
                name=f"tokens-{number}",
                authorizer_type="JWT",
                identity_sources=["$request.header.Authorization"],
                jwt_configuration={"issuer": known[0], "audience": list(known[1])},
            )
            self._made[known] = reference(f"{made}.id")

    def of(self, function: DeployedFunction, route: str) -> dict[str, Any]:
        """Return the arguments of a route that say who checks its callers before the function does."""
        found = self._made.get(checked(function.trigger) or ("", ()))
        if found is None or route.startswith(ANY):
            return {"authorization_type": "NONE"}
        return {"authorization_type": "JWT", "authorizer_id": found}


def checked(trigger: Mapping[str, Any]) -> Known | None:
    """Return what an authorizer must know to check the tokens of a route, None where it must not."""
    auth = trigger.get("auth")
    if not auth or auth["kind"] != "jwt" or trigger.get("cors"):
        return None
    issuer, audience = auth["issuer"], auth["audience"]
    literal = (
        isinstance(issuer, str) and issuer.startswith("https://") and all(isinstance(each, str) for each in audience)
    )
    if not literal or not all(name.startswith("RS") for name in auth["algorithms"]):
        return None
    return issuer, tuple(audience)
