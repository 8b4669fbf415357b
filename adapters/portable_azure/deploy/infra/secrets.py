"""Key Vault: secrets whose value the user sets. It is never in Terraform's files or state, and every read is in its log."""

from __future__ import annotations

from portable.tooling.infra.deploying import UNSET
from portable.tooling.infra.terraform import Document, reference
from portable_azure.deploy.infra.monitoring import WORKSPACE
from portable_azure.deploy.infra.places import GROUP, REGION, TAGS, VAULT, AzurePlaces
from portable_azure.deploy.infra.roles import Roles, grant_writer

DELETED_DAYS = {True: 90, False: 7}
"""How long a deleted secret can be restored, by whether the stage keeps data."""


def secrets(document: Document, places: AzurePlaces, roles: Roles) -> None:
    """Add the vault, the secrets, and who may write them."""
    found = [resource.name for resource in places.blueprint.resources if resource.kind == "secret"]
    if not found:
        return
    keeps = places.stage.keeps_data
    vault = document.resource(
        "azurerm_key_vault",
        VAULT,
        name=places.vault(),
        resource_group_name=GROUP,
        location=REGION,
        tenant_id=reference("data.azurerm_client_config.here.tenant_id"),
        sku_name="standard",
        rbac_authorization_enabled=True,
        purge_protection_enabled=keeps,
        soft_delete_retention_days=DELETED_DAYS[keeps],
        tags=TAGS,
    )
    document.resource(
        "azurerm_monitor_diagnostic_setting",
        VAULT,
        name="audit",
        target_resource_id=reference(f"{vault}.id"),
        log_analytics_workspace_id=WORKSPACE,
        enabled_log=[{"category_group": "audit"}],
    )
    written = grant_writer(roles)
    for name in found:
        document.resource(
            "azurerm_key_vault_secret",
            name,
            name=name,
            key_vault_id=reference(f"{vault}.id"),
            content_type="text/plain",
            value_wo=UNSET,
            value_wo_version=1,
            tags=TAGS,
            depends_on=[written],
        )
