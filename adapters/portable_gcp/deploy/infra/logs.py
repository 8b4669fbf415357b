"""The log bucket of a stage: what its functions write is kept as long as the user says, beside the project's own 30 days."""

from __future__ import annotations

from portable.tooling.infra.terraform import Document, Expression, reference
from portable_gcp.deploy.infra.apis import after
from portable_gcp.deploy.infra.places import PROJECT, REGION, GcpPlaces

LOGS = "logs_"
_AT_ONCE = 200
"""Services named in one filter, which has at most 20,000 characters (Cloud Logging quotas)."""


def logs(document: Document, places: GcpPlaces) -> None:
    """Add the log bucket, and what routes the functions' logs to it."""
    kept = document.resource(
        "google_logging_project_bucket_config",
        LOGS,
        project=PROJECT,
        location=REGION,
        bucket_id=places.own("logs", 100),
        retention_days=reference("var.log_retention_days"),
        depends_on=after("logging"),
    )
    names = [service.name for service in places.services.values()]
    for number, start in enumerate(range(0, len(names), _AT_ONCE), 1):
        listed = " OR ".join(f'"{name}"' for name in names[start : start + _AT_ONCE])
        document.resource(
            "google_logging_project_sink",
            f"{LOGS}{number}",
            name=places.own(f"logs-{number}", 100),
            destination=Expression(f"logging.googleapis.com/${{{kept}.id}}"),
            filter=f'resource.type="cloud_run_revision" AND resource.labels.service_name=({listed})',
            unique_writer_identity=True,
        )
