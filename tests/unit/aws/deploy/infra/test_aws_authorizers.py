"""API Gateway checks tokens where it can refuse nothing that the function takes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from infrastructures import schema_checker
from unit.aws.deploy.infra.aws_policies import Policies
from unit.tooling.rules.apps import HTTP, app, function

JWT = {
    "kind": "jwt",
    "issuer": "https://id.example",
    "audience": ["orders"],
    "scopes": ["read"],
    "algorithms": ["RS256"],
}
CORS = {"origins": ["*"], "headers": [], "expose": [], "max_age": 600, "credentials": False}


def routes(*triggers: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the authorizers of an app with these triggers by label, and its routes by key."""
    found = Policies(app(*(function(f"fun{n}", {**HTTP, **each}) for n, each in enumerate(triggers))))
    made = found.resources("aws_apigatewayv2_route").values()
    return found.resources("aws_apigatewayv2_authorizer"), {each["route_key"]: each for each in made}


def test_a_route_with_rsa_tokens_is_checked_by_the_gateway_too() -> None:
    authorizers, found = routes({"path": "/a", "auth": JWT}, {"path": "/b"})
    assert authorizers == {
        "tokens_1": {
            "api_id": "${aws_apigatewayv2_api.http.id}",
            "name": "tokens-1",
            "authorizer_type": "JWT",
            "identity_sources": ["$request.header.Authorization"],
            "jwt_configuration": {"issuer": "https://id.example", "audience": ["orders"]},
        }
    }
    for key in ("GET /a", "HEAD /a"):
        assert found[key]["authorization_type"] == "JWT"
        assert found[key]["authorizer_id"] == "${aws_apigatewayv2_authorizer.tokens_1.id}"
        assert "authorization_scopes" not in found[key]  # the function says which one is missing
    for key in ("ANY /a", "$default", "GET /b", "ANY /b"):  # preflights and unknown methods are the app's
        assert found[key]["authorization_type"] == "NONE"
        assert "authorizer_id" not in found[key]


@pytest.mark.parametrize(
    "changed",
    [
        {"auth": {**JWT, "algorithms": ["RS256", "ES256"]}},
        {"auth": {**JWT, "algorithms": ["PS256"]}},
        {"auth": {**JWT, "issuer": "http://localhost:8080"}},
        {"auth": {**JWT, "issuer": {"setting": "issuer"}}},
        {"auth": {**JWT, "audience": ["orders", {"setting": "api"}]}},
        {"auth": {"kind": "api-key", "header": "x-api-key", "secret": "keys"}},
        {"auth": JWT, "cors": CORS},
        {"auth": JWT, "method": "*"},
        {"auth": None},
    ],
    ids=str,
)
def test_a_route_whose_tokens_the_gateway_might_refuse_is_not(changed: dict[str, Any]) -> None:
    _, found = routes({"path": "/a", **changed})
    assert {each["authorization_type"] for each in found.values()} == {"NONE"}


def test_routes_of_one_issuer_share_an_authorizer_and_an_api_has_at_most_ten() -> None:
    triggers = [{"path": f"/{n}", "auth": {**JWT, "audience": [f"api-{n % 12}"]}} for n in range(24)]
    authorizers, found = routes(*triggers)
    assert len(authorizers) == 10
    assert found["GET /0"]["authorizer_id"] == found["GET /12"]["authorizer_id"]
    assert found["GET /10"]["authorization_type"] == found["GET /11"]["authorization_type"] == "NONE"


def test_the_provider_knows_every_argument(tmp_path: Path) -> None:
    checker = schema_checker()
    file = tmp_path / "main.tf.json"
    limit = [{"by": "route", "windows": [{"calls": 1, "seconds": 1}]}]
    home = function("home", {**HTTP, "auth": JWT, "limit": limit})  # what a limit adds is here, too
    file.write_text(json.dumps(Policies(app(home)).main), encoding="utf-8")
    faults: list[str] = []
    assert checker.check_file(file, faults) > 0
    assert faults == []
