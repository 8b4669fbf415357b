"""Cosmos DB: one serverless account and one database for the app in a stage, one container for each table."""

from __future__ import annotations

from portable.tooling.app.model import ResourceModel
from portable.tooling.infra.terraform import Document, reference
from portable_azure.deploy.infra.monitoring import metric_alert
from portable_azure.deploy.infra.places import COSMOS, GROUP, REGION, TAGS, AzurePlaces
from portable_azure.deploy.tables import ACCOUNT, container_shape

DATABASE = "app"


def tables(document: Document, places: AzurePlaces) -> None:
    """Add the account, its database and the tables. Where data is kept, it can be restored to any moment of a week.

    That is so for deleted tables and a deleted account, too.
    """
    found = [resource for resource in places.blueprint.resources if resource.kind == "table"]
    if not found:
        return
    keeps = places.stage.keeps_data
    document.resource(
        "azurerm_cosmosdb_account",
        COSMOS,
        name=places.shared_name(44),
        resource_group_name=GROUP,
        location=REGION,
        kind="GlobalDocumentDB",
        offer_type="Standard",
        capabilities=[{"name": "EnableServerless"}] if ACCOUNT["serverless"] else None,
        consistency_policy={"consistency_level": ACCOUNT["consistency"]},
        geo_location=[{"location": REGION, "failover_priority": 0}],
        local_authentication_enabled=ACCOUNT["local_authentication"],
        access_key_metadata_writes_enabled=False,
        minimal_tls_version="Tls12",
        backup={"type": "Continuous", "tier": "Continuous7Days"} if keeps else None,
        tags=TAGS,
    )
    document.resource(
        "azurerm_cosmosdb_sql_database",
        COSMOS,
        name=DATABASE,
        resource_group_name=GROUP,
        account_name=reference(f"azurerm_cosmosdb_account.{COSMOS}.name"),
    )
    for resource in found:
        _table(document, resource)
    refused = {"name": "StatusCode", "operator": "Include", "values": ["429"]}
    account = reference(f"azurerm_cosmosdb_account.{COSMOS}.id")
    cosmos = "Microsoft.DocumentDB/databaseAccounts"
    metric_alert(document, f"{COSMOS}throttled", account, cosmos, "TotalRequests", refused, "Count")


def _table(document: Document, resource: ResourceModel) -> None:
    shape = container_shape(resource.options)
    policy = shape["indexing_policy"]
    document.resource(
        "azurerm_cosmosdb_sql_container",
        resource.name,
        name=resource.name,
        resource_group_name=GROUP,
        account_name=reference(f"azurerm_cosmosdb_account.{COSMOS}.name"),
        database_name=reference(f"azurerm_cosmosdb_sql_database.{COSMOS}.name"),
        partition_key_paths=shape["partition_key_paths"],
        partition_key_version=shape["partition_key_version"],
        default_ttl=shape["default_ttl"],
        indexing_policy={
            "indexing_mode": policy["indexingMode"],
            "included_path": policy["includedPaths"],
            "excluded_path": policy["excludedPaths"],
        },
    )
