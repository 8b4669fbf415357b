"""API Management before the HTTP functions: only where it is asked for, the only way in, and without a key in any file."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree

import pytest
from msgspec.structs import replace
from unit.azure.azure_infra import Configuration, blueprint, configuration, queue, whole
from unit.azure.azure_models import app, http

from portable.tooling.infra.stage import Stage
from portable.tooling.problems import problems
from portable.tooling.target import Options
from portable_azure.deploy.infra.main import infrastructure
from portable_azure.deploy.routes import METHODS
from portable_azure.deploy.target import target
from portable_azure.runtime.gateway import CLIENT, HOST, KEY

ON = Options("3.12", "x86_64", {"gateway": True})
SERVICE = "azurerm_api_management.gateway_"


def made(*functions: Any, domain: str = "", options: Options = ON) -> Configuration:
    found = blueprint(replace(app(*functions), domain=domain), options)
    return Configuration(infrastructure(found, Stage("shop", "prod")).files())


def entry(*functions: Any, options: Options = ON) -> str:
    return target.plan(app(*functions), options).generated()["function_app.py"]


@pytest.fixture(scope="module")
def found() -> Configuration:
    return made(
        http("home", "/"),
        http("item", "/items/{id}"),
        http("change", "/items/{key}", "PUT"),
        http("any", "/any", "ANY"),
        http("rest", "/files/{name:path}"),
        http("odd", "/a%20b"),
        queue("work"),
    )


def test_the_gateway_is_what_the_app_is_called_by(found: Configuration) -> None:
    assert found.main["locals"]["url"] == f"${{{SERVICE}.gateway_url}}"
    assert found.one("api_management", "gateway_")["sku_name"] == "Consumption_0"
    api = found.one("api_management_api", "gateway_")
    assert api["service_url"] == "https://${azurerm_function_app_flex_consumption.App.default_hostname}"
    assert (api["subscription_required"], api["path"], api["protocols"]) == (False, "", ["https"])
    whole(found)


def test_any_path_is_passed_on_and_a_plain_route_has_a_name(found: Configuration) -> None:
    operations = {one["display_name"]: one for one in found.resources("api_management_api_operation").values()}
    routes = {"GET /", "GET /items/{id}", "PUT /items/{key}"}
    assert set(operations) == {f"{method} /*" for method in METHODS} | routes
    assert operations["GET /items/{id}"]["template_parameter"] == [{"name": "id", "required": True, "type": "string"}]


def test_the_api_has_no_more_operations_than_it_may() -> None:
    many = made(*(http(f"f{number}", f"/f/{number}") for number in range(120)))
    names = {one["display_name"] for one in many.resources("api_management_api_operation").values()}
    assert len(names) == 100
    assert {f"{method} /*" for method in METHODS} < names


def test_the_gateway_writes_what_the_runtime_believes(found: Configuration) -> None:
    policy = found.one("api_management_api_policy", "gateway_")
    headers = ElementTree.fromstring(policy["xml_content"]).findall("inbound/set-header")
    assert {header.get("name"): header.findtext("value") for header in headers} == {
        KEY: "{{function-key}}",
        CLIENT: "@(context.Request.IpAddress)",
        HOST: "@(context.Request.OriginalUrl.Host)",
    }
    assert {header.get("exists-action") for header in headers} == {"override"}


def test_the_key_is_read_by_azure_when_the_code_is_there(found: Configuration) -> None:
    held = found.one("resource_group_template_deployment", "gateway_")
    [value] = json.loads(held["template_content"])["resources"]
    assert value["properties"]["secret"] is True
    assert "listKeys" in value["properties"]["value"]
    assert value["name"].endswith("/function-key')]")
    assert held["lifecycle"] == {"replace_triggered_by": ["azurerm_function_app_flex_consumption.App"]}
    for one in (held, found.one("api_management_api_policy", "gateway_")):
        assert one["count"] == "${var.published ? 1 : 0}"
    assert "host_keys" not in found.text


def test_the_domain_is_the_gateways_once_there_is_a_certificate() -> None:
    asked = made(http("home", "/"), domain="api.example.com")
    hosts = asked.one("api_management", "gateway_")["dynamic"]["hostname_configuration"]
    live = 'var.domain != "" && var.domain_ready && var.domain_certificate != ""'
    assert hosts["for_each"] == f"${{{live} ? [var.domain] : []}}"
    [proxy] = hosts["content"]["proxy"]
    assert proxy["key_vault_certificate_id"] == "${var.domain_certificate}"
    assert proxy["ssl_keyvault_identity_client_id"] == "${azurerm_user_assigned_identity.gateway_.client_id}"
    assert asked.resources("app_service_custom_hostname_binding") == {}
    told = asked.main["locals"]["domain"]
    assert f"live = {live}" in told
    assert f'type = "CNAME", value = trimprefix({SERVICE}.gateway_url, "https://")' in told
    whole(asked)


def test_the_host_asks_for_the_key_only_behind_a_gateway() -> None:
    behind, plain = entry(http("home", "/")), entry(http("home", "/"), options=Options("3.12", "x86_64", {}))
    assert "AuthLevel.FUNCTION" in behind
    assert "from portable_azure.runtime.gateway import caller as _caller" in behind
    assert behind.count(", 30, _caller)") == 2
    assert "AuthLevel.ANONYMOUS" in plain
    assert "gateway" not in plain
    assert "api_management" not in configuration(http("home", "/")).text
    assert "api_management" not in made(queue("work")).text


@pytest.mark.parametrize(
    ("function", "value", "expected"),
    [
        (http("home", "/", timeout=31), True, [("limit", False, "API Management ends a request after 30 s")]),
        (http("home", "/", timeout=30), True, []),
        (http("home", "/", timeout=31), False, []),
        (http("home", "/"), "yes", [("setting", True, "must be true or false")]),
        (queue("work"), True, [("setting", False, "has no effect")]),
    ],
)
def test_what_a_gateway_cannot_do_is_told(function: Any, value: object, expected: list[Any]) -> None:
    told = problems(app(function), target, Options("3.12", "x86_64", {"gateway": value}))
    assert len(told) == len(expected)
    for problem, (rule, error, text) in zip(told, expected, strict=True):
        assert (problem.rule, problem.error, text in problem.message) == (rule, error, True)
