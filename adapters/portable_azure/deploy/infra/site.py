"""A static site in a storage account of its own, which serves the container `$web` at an address of its own (Azure Storage, "static website hosting").

That address is another origin than that of the functions. Front Door would join the two; it is not made here.
"""

from __future__ import annotations

from portable.eventing.site import INDEX
from portable.tooling.infra.site import SITE, site_files, site_of
from portable.tooling.infra.terraform import Document, Expression, reference
from portable_azure.deploy.infra.places import AzurePlaces
from portable_azure.deploy.infra.roles import Roles, grant_files
from portable_azure.deploy.infra.storage import account


def site(document: Document, places: AzurePlaces, roles: Roles) -> dict[str, Expression] | None:
    """Add the site of an app and return what is told of it; None for an app without one."""
    found = site_of(places.blueprint)
    if found is None:
        return None
    made = account(document, SITE, places.site_account())
    writes = grant_files(roles)
    website = document.resource(
        "azurerm_storage_account_static_website",
        SITE,
        storage_account_id=reference(f"{made}.id"),
        index_document=INDEX,
        error_404_document=found["fallback"],
        depends_on=[writes],
    )
    site_files(
        document,
        "azurerm_storage_blob",
        found,
        after=(website,),
        storage_container_id=Expression(f"${{{made}.id}}/blobServices/default/containers/$web"),
        name=reference("each.key"),
        type="Block",
        content_md5=reference("each.value[2]"),
    )
    return {
        "url": reference(f'trimsuffix({made}.primary_web_endpoint, "/")'),
        "account": reference(f"{made}.name"),
    }
