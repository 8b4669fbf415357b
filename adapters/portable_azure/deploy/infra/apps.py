"""Function apps on Flex Consumption: each with an identity, a plan and a storage account of its own, and its settings."""

from __future__ import annotations

import json
from typing import Any

from portable.tooling.infra.blueprint import DeployedFunction
from portable.tooling.infra.terraform import Document, Expression, reference
from portable_azure.deploy.facts import FACTS
from portable_azure.deploy.infra.monitoring import metric_alert
from portable_azure.deploy.infra.places import GROUP, MONITORING, REGION, TAGS, AzurePlaces
from portable_azure.deploy.infra.roles import Roles, grant
from portable_azure.deploy.infra.storage import account, container

CODE = "code"
"""The container of a function app's code, in its own storage account."""
_INSIGHTS = "APPLICATIONINSIGHTS_CONNECTION_STRING"
_SETTINGS = {
    "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
    "contentVersion": "1.0.0.0",
    "parameters": {"app": {"type": "string"}, "settings": {"type": "object"}},
    "resources": [
        {
            "type": "Microsoft.Web/sites/config",
            "apiVersion": "2024-04-01",
            "name": "[concat(parameters('app'), '/appsettings')]",
            "properties": "[parameters('settings')]",
        }
    ],
}
"""Sets the settings of a function app, and removes all others."""


def apps(document: Document, places: AzurePlaces, roles: Roles) -> Expression | None:
    """Add the function apps and return the base URL of the HTTP functions; None when the app has none."""
    for identity, functions in places.apps.items():
        _app(document, places, roles, identity, functions)
    http = next((found for found in places.blueprint.functions if found.trigger["kind"] == "http"), None)
    if http is None:
        return None
    app = f"azurerm_function_app_flex_consumption.{http.identity}"
    metric_alert(document, "http_5xx", reference(f"{app}.id"), "Microsoft.Web/sites", "Http5xx")
    return Expression(f"https://${{{app}.default_hostname}}")


def _app(
    document: Document,
    places: AzurePlaces,
    roles: Roles,
    identity: str,
    functions: tuple[DeployedFunction, ...],
) -> None:
    """Add a function app with all that is its own. Its host's account is its own, because it holds the code.

    It has no tag that changes with every version: each change of a function app restarts it.
    """
    name = places.app(identity)
    signed = document.resource(
        "azurerm_user_assigned_identity", identity, name=name, resource_group_name=GROUP, location=REGION, tags=TAGS
    )
    account(document, identity, places.host_account(identity))
    code = container(document, f"{identity}_{CODE}", CODE, identity)
    plan = document.resource(
        "azurerm_service_plan",
        identity,
        name=name,
        resource_group_name=GROUP,
        location=REGION,
        os_type="Linux",
        sku_name="FC1",
        tags=TAGS,
    )
    document.resource(
        "azurerm_function_app_flex_consumption",
        identity,
        name=name,
        resource_group_name=GROUP,
        location=REGION,
        service_plan_id=reference(f"{plan}.id"),
        runtime_name="python",
        runtime_version=places.blueprint.python,
        instance_memory_in_mb=memory(functions),
        maximum_instance_count=reference("var.maximum_instances"),
        storage_container_type="blobContainer",
        storage_container_endpoint=Expression(
            f"${{azurerm_storage_account.{identity}.primary_blob_endpoint}}${{{code}.name}}"
        ),
        storage_authentication_type="UserAssignedIdentity",
        storage_user_assigned_identity_id=reference(f"{signed}.id"),
        identity={"type": "UserAssigned", "identity_ids": [reference(f"{signed}.id")]},
        tags=Expression('${{for name, value in local.tags : name => value if name != "version"}}'),
        https_only=True,
        webdeploy_publish_basic_authentication_enabled=False,
        app_settings=settings(places, identity, functions),
        site_config={
            "minimum_tls_version": "1.2",
            "scm_minimum_tls_version": "1.2",
            "http2_enabled": True,
            "application_insights_connection_string": reference(
                f"azurerm_application_insights.{MONITORING}.connection_string"
            ),
        },
        depends_on=grant(roles, identity),
    )
    _settle(document, identity)


def _settle(document: Document, identity: str) -> None:
    """Set the settings again, without a connection string in AzureWebJobsStorage.

    The provider adds one without a key, whatever the storage's way to sign in is, and the host prefers it to the identity
    (hashicorp/terraform-provider-azurerm, issues 29149 and 29693). So this comes after every change of the function app.
    """
    app = f"azurerm_function_app_flex_consumption.{identity}"
    insights = f"azurerm_application_insights.{MONITORING}.connection_string"
    given = f"{{app = {{value = {app}.name}}, settings = {{value = merge({app}.app_settings, {{{_INSIGHTS} = {insights}}})}}}}"
    document.resource(
        "azurerm_resource_group_template_deployment",
        identity,
        name=Expression(f"${{{app}.name}}-settings"),
        resource_group_name=GROUP,
        deployment_mode="Incremental",
        tags=TAGS,
        template_content=json.dumps(_SETTINGS, sort_keys=True),
        parameters_content=reference(f"jsonencode({given})"),
        lifecycle={"replace_triggered_by": [app]},
    )


def memory(functions: tuple[DeployedFunction, ...]) -> int:
    """Return the MB of an instance: the least size that is enough for each function."""
    most = max(function.memory for function in functions)
    sizes = FACTS.limits["memory"].choices
    return next((size for size in sizes if size >= most), sizes[-1])


def settings(
    places: AzurePlaces, identity: str, functions: tuple[DeployedFunction, ...]
) -> dict[str, Expression | str]:
    """Return the settings of a function app: what its functions are told, and what its host is.

    The functions of the other apps are off here: the code is the same in all.
    """
    client = reference(f"azurerm_user_assigned_identity.{identity}.client_id")
    elsewhere = (function for function in places.blueprint.functions if function.identity != identity)
    found: dict[str, Any] = {
        **places.variables(functions),
        **places.host_settings(identity),
        **{setting: "true" for function in elsewhere for setting in function.details["disabled_by"]},
        "AZURE_CLIENT_ID": client,
        "APPLICATIONINSIGHTS_AUTHENTICATION_STRING": Expression(f"ClientId={client};Authorization=AAD"),
    }
    return dict(sorted(found.items()))
