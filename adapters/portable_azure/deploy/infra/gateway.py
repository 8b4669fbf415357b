"""API Management, consumption tier, before the HTTP functions: one API, and the key by which it alone reaches them.

The key is read by Azure itself when the template below is deployed, so neither Terraform's files nor its state have it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from xml.sax.saxutils import escape

from portable.eventing.routing import segments
from portable.tooling.infra.blueprint import DeployedFunction
from portable.tooling.infra.domains import READY, WANTED
from portable.tooling.infra.terraform import Document, Expression, reference
from portable_azure.deploy.facts import FACTS
from portable_azure.deploy.infra.places import GROUP, REGION, TAGS, AzurePlaces
from portable_azure.deploy.routes import METHODS
from portable_azure.runtime.gateway import CLIENT, HOST, KEY

LABEL = "gateway_"
SERVICE = f"azurerm_api_management.{LABEL}"
NAME_LIMIT = 50
"""Characters of the name of an API Management service (Resource Manager, "naming rules and restrictions")."""
CERTIFICATE = "domain_certificate"
"""The variable of the certificate of the domain: the id of one in a Key Vault, which the gateway's identity may read."""
LIVE = f'{WANTED} && var.{READY} && var.{CERTIFICATE} != ""'
_HELD = "function-key"
"""The named value with the key of the function app."""
_WRITTEN = {
    KEY: f"{{{{{_HELD}}}}}",
    CLIENT: "@(context.Request.IpAddress)",
    HOST: "@(context.Request.OriginalUrl.Host)",
}
"""The headers that the gateway writes, over any that a client sends ("set-header", "API Management policy expressions")."""
_TEMPLATE = {
    "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
    "contentVersion": "1.0.0.0",
    "parameters": {"app": {"type": "string"}, "gateway": {"type": "string"}},
    "resources": [
        {
            "type": "Microsoft.ApiManagement/service/namedValues",
            "apiVersion": "2022-08-01",
            "name": f"[concat(parameters('gateway'), '/{_HELD}')]",
            "properties": {
                "displayName": _HELD,
                "secret": True,
                "value": "[listKeys(resourceId('Microsoft.Web/sites/host', parameters('app'), 'default'), "
                "'2022-09-01').functionKeys.default]",
            },
        }
    ],
}
"""Gives the gateway the key of the function app."""


def gateway(document: Document, places: AzurePlaces, first: DeployedFunction) -> Expression:
    """Add the gateway with its API and return its base URL. `first` is the first HTTP function."""
    app = f"azurerm_function_app_flex_consumption.{first.identity}"
    document.resource(
        "azurerm_api_management",
        LABEL,
        name=places.shared_name(NAME_LIMIT),
        resource_group_name=GROUP,
        location=REGION,
        sku_name="Consumption_0",
        publisher_name=places.stage.app,
        publisher_email=reference('var.alarm_email == "" ? "nobody@example.com" : var.alarm_email'),
        tags=TAGS,
        **(_domain(document, places) if places.blueprint.domain else {}),
    )
    where = {"api_management_name": reference(f"{SERVICE}.name"), "resource_group_name": GROUP}
    document.resource(
        "azurerm_api_management_api",
        LABEL,
        name=places.stage.app,
        display_name=places.stage.app,
        revision="1",
        path="",
        protocols=["https"],
        service_url=Expression(f"https://${{{app}.default_hostname}}"),
        subscription_required=False,
        **where,
    )
    where = {"api_name": reference(f"azurerm_api_management_api.{LABEL}.name"), **where}
    for label, operation in _operations(places):
        document.resource("azurerm_api_management_api_operation", label, **operation, **where)
    given = f"{{app = {{value = {app}.name}}, gateway = {{value = {SERVICE}.name}}}}"
    published = reference("var.published ? 1 : 0")
    key = document.resource(
        "azurerm_resource_group_template_deployment",
        LABEL,
        name=Expression(f"${{{SERVICE}.name}}-key"),
        count=published,
        resource_group_name=GROUP,
        deployment_mode="Incremental",
        tags=TAGS,
        template_content=json.dumps(_TEMPLATE, sort_keys=True),
        parameters_content=reference(f"jsonencode({given})"),
        lifecycle={"replace_triggered_by": [app]},
        depends_on=[f"azurerm_resource_group_template_deployment.{first.identity}"],
    )
    document.resource(
        "azurerm_api_management_api_policy", LABEL, count=published, xml_content=policy(), depends_on=[key], **where
    )
    return reference(f"{SERVICE}.gateway_url")


def policy() -> str:
    """Return the policy of the API: the headers that the runtime and the host of the function app read."""
    written = "".join(
        f'<set-header name="{name}" exists-action="override"><value>{escape(value)}</value></set-header>'
        for name, value in _WRITTEN.items()
    )
    rest = "".join(f"<{part}><base /></{part}>" for part in ("backend", "outbound", "on-error"))
    return f"<policies><inbound><base />{written}</inbound>{rest}</policies>"


def _operations(places: AzurePlaces) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the label and the arguments of each operation.

    Those of any path come first: they answer whatever has no operation of its own, so that it is always the app that says
    404 and 405. Routes have one so far as the API may have more, for metrics by their names.
    """
    for method in METHODS:
        yield f"{method.lower()}_", _operation(f"{method.lower()}_", method, "/*", [])
    left = FACTS.most("gateway.operations") - len(METHODS)
    seen: set[tuple[str, str]] = set()
    for function in places.blueprint.functions:
        trigger = function.trigger
        if trigger["kind"] != "http" or trigger["method"] not in METHODS or len(seen) == left:
            continue
        path: str = trigger["path"]
        parts = segments(path)[1:]
        names = [name for name, kind in parts if kind]
        shape = "/".join("{}" if kind else name.lower() for name, kind in parts)
        if path[1:] == function.details["route"].strip("/") and (trigger["method"], shape) not in seen:
            seen.add((trigger["method"], shape))
            yield function.name, _operation(function.name, trigger["method"], path, names)


def _operation(name: str, method: str, path: str, names: list[str]) -> dict[str, Any]:
    return {
        "operation_id": name,
        "display_name": f"{method} {path}",
        "method": method,
        "url_template": path,
        "template_parameter": [{"name": each, "required": True, "type": "string"} for each in names] or None,
    }


def _domain(document: Document, places: AzurePlaces) -> dict[str, Any]:
    """Add the identity that reads the certificate, and return the arguments of the domain."""
    signed = document.resource(
        "azurerm_user_assigned_identity",
        LABEL,
        name=places.stage.called("gateway"),
        resource_group_name=GROUP,
        location=REGION,
        tags=TAGS,
    )
    proxy = {
        "host_name": reference("var.domain"),
        "key_vault_certificate_id": reference(f"var.{CERTIFICATE}"),
        "ssl_keyvault_identity_client_id": reference(f"{signed}.client_id"),
    }
    return {
        "identity": {"type": "UserAssigned", "identity_ids": [reference(f"{signed}.id")]},
        "dynamic": {
            "hostname_configuration": {
                "for_each": reference(f"{LIVE} ? [var.domain] : []"),
                "content": {"proxy": [proxy]},
            }
        },
    }
