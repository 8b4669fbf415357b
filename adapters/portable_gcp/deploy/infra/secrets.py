"""Secrets in Secret Manager: made without a version, which their owner adds. Terraform never sees a value."""

from __future__ import annotations

from portable.tooling.infra.deploying import DELETE_DATA
from portable.tooling.infra.terraform import Document, reference
from portable_gcp.deploy.infra.apis import after
from portable_gcp.deploy.infra.places import REGION, GcpPlaces


def secret(document: Document, places: GcpPlaces, name: str) -> None:
    """Add a secret, which stays in the region. Where data is kept it cannot be deleted by accident."""
    document.resource(
        "google_secret_manager_secret",
        name,
        secret_id=places.secret(name),
        replication={"user_managed": {"replicas": [{"location": REGION}]}},
        deletion_protection=reference(f"!var.{DELETE_DATA}") if places.stage.keeps_data else False,
        depends_on=after("secretmanager"),
    )
