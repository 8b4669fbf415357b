"""The Firestore database of an app: its tables are collections, which need not be made, only their fields be settled."""

from __future__ import annotations

from portable.tooling.app.model import ResourceModel
from portable.tooling.infra.deploying import DELETE_DATA
from portable.tooling.infra.terraform import Document, reference
from portable_gcp.deploy.infra.apis import after
from portable_gcp.deploy.infra.places import TABLES, GcpPlaces
from portable_gcp.deploy.tables import collection_shape


def tables(document: Document, places: GcpPlaces) -> None:
    """Add the database and the fields of each table. Where data is kept it can be restored, and not be deleted by accident."""
    found = [resource for resource in places.blueprint.resources if resource.kind == "table"]
    if not found:
        return
    protected, unprotected = "DELETE_PROTECTION_ENABLED", "DELETE_PROTECTION_DISABLED"
    switched = "ENABLED" if places.stage.keeps_data else "DISABLED"
    document.resource(
        "google_firestore_database",
        TABLES,
        name=places.database(),
        location_id=reference("local.firestore_location"),
        type="FIRESTORE_NATIVE",
        database_edition="STANDARD",
        delete_protection_state=reference(f'var.{DELETE_DATA} ? "{unprotected}" : "{protected}"')
        if places.stage.keeps_data
        else unprotected,
        point_in_time_recovery_enablement=f"POINT_IN_TIME_RECOVERY_{switched}",
        deletion_policy="DELETE",
        depends_on=after("firestore"),
    )
    document.top("locals", firestore_location=reference("coalesce(var.firestore_location, local.region)"))
    for resource in found:
        _fields(document, resource)


def _fields(document: Document, resource: ResourceModel) -> None:
    """Add the fields that differ from what Firestore does by itself. It indexes every other field, so queries need no more."""
    shape = collection_shape(resource.name, resource.options)
    for field in (*shape["unindexed_fields"], *([shape["ttl_field"]] if shape["ttl_field"] else [])):
        document.resource(
            "google_firestore_field",
            f"{resource.name}_{field}",
            database=reference(f"google_firestore_database.{TABLES}.name"),
            collection=shape["collection"],
            field=field,
            index_config={},
            ttl_config={} if field == shape["ttl_field"] else None,
        )
