"""Storage accounts: no keys, no public blobs, TLS only; the containers of buckets and the queues of the app."""

from __future__ import annotations

from typing import Any

from portable.tooling.infra.terraform import Document, Expression, reference
from portable_azure.deploy.infra.places import DATA, GROUP, REGION, TAGS, AzurePlaces

KEPT_DAYS = 30
"""Days that an object is kept after it was overwritten or deleted ("Soft delete for blobs")."""
SIGNED_DAYS = 7
"""The longest life of a signed URL (storage_signing: that of its key)."""


def account(document: Document, label: str, name: Expression, **blobs: Any) -> str:
    """Add a storage account that nobody reaches without an identity that may, and return its address.

    It keeps what blobs were before they were written or deleted for a while. Versions would do so too, but each that is
    thrown away later may look as if its object were deleted. `blobs` are further properties of its blobs.
    """
    return document.resource(
        "azurerm_storage_account",
        label,
        name=name,
        resource_group_name=GROUP,
        location=REGION,
        account_kind="StorageV2",
        account_tier="Standard",
        account_replication_type=reference("var.replication"),
        https_traffic_only_enabled=True,
        min_tls_version="TLS1_2",
        allow_nested_items_to_be_public=False,
        shared_access_key_enabled=False,
        default_to_oauth_authentication=True,
        local_user_enabled=False,
        cross_tenant_replication_enabled=False,
        allowed_copy_scope="AAD",
        infrastructure_encryption_enabled=True,
        tags=TAGS,
        sas_policy={"expiration_period": f"{SIGNED_DAYS:02d}.00:00:00", "expiration_action": "Log"},
        blob_properties={"delete_retention_policy": {"days": KEPT_DAYS}, **blobs},
    )


def container(document: Document, label: str, name: str, of: str) -> str:
    """Add a private container to the account with a label, and return its address."""
    return document.resource(
        "azurerm_storage_container",
        label,
        name=name,
        storage_account_id=reference(f"azurerm_storage_account.{of}.id"),
        container_access_type="private",
    )


def data(document: Document, places: AzurePlaces) -> None:
    """Add the account of all buckets and queues."""
    if not places.holds_data:
        return
    account(document, DATA, places.data_account(), container_delete_retention_policy={"days": KEPT_DAYS})
    for resource in places.blueprint.resources:
        if resource.kind == "bucket":
            container(document, resource.name, places.bucket(resource.name), DATA)
    for name in places.storage_queues:
        document.resource(
            "azurerm_storage_queue",
            name,
            name=places.queue(name),
            storage_account_id=reference(f"azurerm_storage_account.{DATA}.id"),
        )
