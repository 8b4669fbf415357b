"""DynamoDB tables, billed per request."""

from __future__ import annotations

from portable.tooling.app.model import ResourceModel
from portable.tooling.infra.deploying import DELETE_DATA
from portable.tooling.infra.terraform import Document, reference
from portable_aws.deploy.infra.places import AwsPlaces
from portable_aws.deploy.tables import table_shape


def table(document: Document, places: AwsPlaces, resource: ResourceModel) -> None:
    """Add a table with its indexes and time to live. Where data is kept it can be restored, and not be deleted by accident."""
    shape = table_shape(resource.options)
    keeps = places.stage.keeps_data
    document.resource(
        "aws_dynamodb_table",
        resource.name,
        name=places.table(resource.name),
        billing_mode="PAY_PER_REQUEST",
        hash_key=shape["hash_key"],
        range_key=shape["range_key"],
        attribute=[{"name": name, "type": kind} for name, kind in sorted(shape["attributes"].items())],
        global_secondary_index=[
            {
                "name": index["name"],
                "hash_key": index["hash_key"],
                **({"range_key": index["range_key"]} if index["range_key"] else {}),
                "projection_type": index["projection"],
            }
            for index in shape["indexes"]
        ]
        or None,
        ttl={"attribute_name": shape["ttl_attribute"], "enabled": True} if shape["ttl_attribute"] else None,
        point_in_time_recovery={"enabled": keeps},
        deletion_protection_enabled=reference(f"!var.{DELETE_DATA}") if keeps else False,
        server_side_encryption={"enabled": True},
    )
