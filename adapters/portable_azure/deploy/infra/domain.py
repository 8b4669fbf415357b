"""The custom domain of an app on Azure: the binding of a hostname to the function app of the HTTP functions, or to its gateway.

Neither App Service makes certificates for Flex Consumption, nor API Management on the consumption tier (docs/azure.md). So TLS
needs one that is there already, which the variable `domain_certificate` names.
"""

from __future__ import annotations

from typing import Any

from portable.tooling.infra.domains import READY, WANTED, count, told
from portable.tooling.infra.terraform import Document, Expression, reference
from portable_azure.deploy.gateway import gated
from portable_azure.deploy.infra.gateway import CERTIFICATE, LIVE, SERVICE
from portable_azure.deploy.infra.places import GROUP, AzurePlaces

_GIVEN = f'var.{CERTIFICATE} != ""'
_THUMBPRINT = "The thumbprint of a certificate of the domain that the resource group has; no TLS where it is empty."
_IN_A_VAULT = (
    "The id of a certificate of the domain in a Key Vault, which the gateway's identity may read; no domain without."
)


def certificate_rows(places: AzurePlaces) -> tuple[tuple[str, str, Any, str], ...]:
    """Return the row of the variable of the certificate, none for an app that asks for no domain."""
    text = _IN_A_VAULT if gated(places.blueprint) else _THUMBPRINT
    return ((CERTIFICATE, "string", "", text),) if places.blueprint.domain else ()


def domain(document: Document, places: AzurePlaces) -> Expression | None:
    """Add the hostname of the app and return what is told of it; None when the app asks for none or has no HTTP function."""
    http = next((found for found in places.blueprint.functions if found.trigger["kind"] == "http"), None)
    if not places.blueprint.domain or http is None:
        return None
    if gated(places.blueprint):
        host = f'trimprefix({SERVICE}.gateway_url, "https://")'
        return told(LIVE, (f'[{{name = var.domain, type = "CNAME", value = {host}}}]',))
    app = f"azurerm_function_app_flex_consumption.{http.identity}"
    live = f"{WANTED} && var.{READY}"
    document.resource(
        "azurerm_app_service_custom_hostname_binding",
        "domain",
        count=count(live),
        hostname=reference("var.domain"),
        app_service_name=reference(f"{app}.name"),
        resource_group_name=GROUP,
        ssl_state=reference(f'{_GIVEN} ? "SniEnabled" : null'),
        thumbprint=reference(f"{_GIVEN} ? var.{CERTIFICATE} : null"),
    )
    proof = f'{{name = "asuid.${{var.domain}}", type = "TXT", value = {app}.custom_domain_verification_id}}'
    leads = f'{{name = var.domain, type = "CNAME", value = {app}.default_hostname}}'
    return told(live, (f"[{proof}, {leads}]",))
